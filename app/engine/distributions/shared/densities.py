"""Densities as points to plot."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Curve = Callable[[float], float]
POINTS = 160
MOST_BARS = 80


@dataclass(frozen=True, slots=True)
class Density:
    """Points of a curve, or of bars where `bars`; empty where nothing can be drawn yet."""

    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    bars: bool = False


def curve_density(
    height: Curve, span: tuple[float, float], low: float | None, high: float | None
) -> Density:
    """A density as a curve.

    Args:
        span: the ends of what is worth seeing.
        low, high: the bounds of the column.
    """
    left, right = span
    left = left if low is None else max(left, low)
    right = right if high is None else min(right, high)
    if not left < right:
        return Density()
    step = (right - left) / (POINTS - 1)
    x = tuple(left + step * i for i in range(POINTS))
    return Density(x, tuple(map(height, x)))


def scaled_density(
    standard: Curve,
    reach: tuple[float, float],
    scaling: tuple[float, float],
    low: float | None,
    high: float | None,
) -> Density:
    """The curve of a density of (x - loc) / scale.

    Args:
        reach: the ends of what is worth seeing of the standard form.
        scaling: loc and scale.
    """
    loc, scale = scaling
    begin, end = reach
    span = loc + scale * begin, loc + scale * end
    return curve_density(lambda x: standard((x - loc) / scale) / scale, span, low, high)


def bar_density(
    mass: Callable[[int], float],
    span: tuple[int, float],
    low: float | None,
    high: float | None,
) -> Density:
    """Probabilities of whole numbers as bars.

    Args:
        span: the first number, and the last that is worth seeing.
    """
    first, end = span
    first = max(first, math.ceil(low)) if low is not None else first
    last = min(int(end), first + MOST_BARS)
    last = min(last, math.floor(high)) if high is not None else last
    x = tuple(float(k) for k in range(first, last + 1))
    return Density(x, tuple(mass(int(k)) for k in x), bars=True)


def bell(mean: float, std: float) -> tuple[Curve, tuple[float, float]]:
    """The normal density, and the ends of what is worth seeing of it."""
    scale = 1 / (std * math.sqrt(2 * math.pi))
    return (
        lambda x: scale * math.exp(-0.5 * ((x - mean) / std) ** 2),
        (mean - 3.5 * std, mean + 3.5 * std),
    )
