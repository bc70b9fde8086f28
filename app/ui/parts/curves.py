"""Plots with axes as HTML: a declared density over what was seen, and a ROC curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from app.engine.distributions.shared.densities import Density
from app.ui.model.histograms import Histogram

Point = tuple[float, float]
MOST_TICKS = 6


@dataclass(frozen=True)
class Area:
    """What a plot shows: from `left` to `right`, from 0 to `top`; drawn on 100 by 100."""

    left: float
    right: float
    top: float

    def x(self, value: float) -> float:
        return 100 * (value - self.left) / (self.right - self.left)

    def y(self, value: float) -> float:
        return 100 * (1 - value / self.top)

    def line(self, points: Sequence[Point], classes: str) -> str:
        """A curve; its width is that of the screen, however the plot is stretched."""
        drawn = " ".join(f"{self.x(x):.2f},{self.y(y):.2f}" for x, y in points)
        return f'<polyline class="{classes}" points="{drawn}" vector-effect="non-scaling-stroke"/>'

    def bar(self, left: float, right: float, height: float, classes: str, said: str) -> str:
        width = max(self.x(right) - self.x(left) - 0.3, 0.3)
        return (
            f'<rect class="{classes}" x="{self.x(left):.2f}" y="{self.y(height):.2f}" '
            f'width="{width:.2f}" height="{100 - self.y(height):.2f}">'
            f"<title>{escape(said)}</title></rect>"
        )


def density_plot(declared: Density, seen: Histogram | None, said: str) -> str:
    """The declared density as a line or bars, what the preview has as pale bars behind it."""
    beside = seen if seen is not None and len(seen.edges) > 1 and not declared.bars else None
    area = _area(declared, beside)
    if area is None:
        return '<p class="quiet small">No density to draw yet.</p>'
    drawn = _seen(area, beside) if beside else ""
    pairs = list(zip(declared.x, declared.y, strict=True))
    if declared.bars:
        half = 0.45 * min((right - left for left, right in pairwise(declared.x)), default=1)
        drawn += "".join(
            area.bar(x - half, x + half, y, "curve__bar", f"{x:g}: {y:.3g}") for x, y in pairs
        )
    else:
        drawn += area.line(pairs, "curve__line")
    return _figure(drawn, area, said)


def _area(declared: Density, seen: Histogram | None) -> Area | None:
    """As wide and as high as all that is drawn; None where that is nothing."""
    ends = [*declared.x[:1], *declared.x[-1:], *(seen.edges[:1] + seen.edges[-1:] if seen else ())]
    heights = [*declared.y, *_heights(seen)]
    if not declared.x or max(heights) <= 0 or not all(map(math.isfinite, ends + heights)):
        return None
    margin = 0.6 if declared.bars else 0.0
    left, right = min(ends) - margin, max(ends) + margin
    return Area(left, right, 1.05 * max(heights)) if left < right else None


def _heights(seen: Histogram | None) -> list[float]:
    if seen is None:
        return []
    step = seen.edges[1] - seen.edges[0]
    return [share / step for share in seen.shares]


def _seen(area: Area, seen: Histogram) -> str:
    step = seen.edges[1] - seen.edges[0]
    return "".join(
        area.bar(left, left + step, height, "curve__seen", f"{name}: {share:.1%} of the preview")
        for left, height, name, share in zip(
            seen.edges, _heights(seen), seen.names, seen.shares, strict=False
        )
    )


def roc_plot(false_rate: Sequence[float], true_rate: Sequence[float], said: str) -> str:
    """A ROC curve, and the line of chance."""
    area = Area(0.0, 1.0, 1.0)
    drawn = area.line([(0.0, 0.0), (1.0, 1.0)], "curve__chance")
    drawn += area.line(list(zip(false_rate, true_rate, strict=True)), "curve__line")
    plot = _figure(drawn, area, said, "curve--square")
    return (
        '<div class="roc"><span class="roc__y">True positive rate, 0 to 1</span>'
        f'{plot}<span class="roc__x">False positive rate</span></div>'
    )


def _figure(drawn: str, area: Area, said: str, classes: str = "") -> str:
    lines = "".join(
        f'<span style="left:{area.x(value):.2f}%">{text}</span>'
        for value, text in _ticks(area.left, area.right)
    )
    return (
        f'<div class="curve {classes}"><svg viewBox="0 0 100 100" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(said)}">{drawn}</svg>'
        f'<div class="curve__ticks" aria-hidden="true">{lines}</div></div>'
    )


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Round values inside a range, a step of 1, 2 or 5 apart, with their texts."""
    rough = (high - low) / MOST_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(number * step, _tick_text(number * step, step)) for number in range(first, last + 1)]


def _tick_text(value: float, step: float) -> str:
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:,.{decimals}f}" if decimals < 7 and abs(value) < 1e9 else f"{value:.3g}"
