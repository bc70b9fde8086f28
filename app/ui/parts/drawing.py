"""Small plots and tables as HTML, made here so that a page of them is one element.

Everything that comes from data is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from nicegui import ui

from app.ui.model.histograms import Histogram
from app.ui.model.results import Against
from app.ui.model.values import figure_text, short
from app.ui.parts.tags import box

HEIGHT = 64
# Columns that are drawn; more of them take time of everybody.
MOST_COLUMNS = 40


def bars(found: Histogram, beside: Sequence[float] = ()) -> str:
    """A histogram of a number; `beside` are the shares of another one in the same steps."""
    top = max([*found.shares, *beside, 1e-9])
    width = 100 / max(1, len(found.shares))
    drawn = [
        f'<rect x="{width * i + 0.4:.2f}" y="{HEIGHT * (1 - share / top):.2f}" '
        f'width="{max(width - 0.8, 0.3):.2f}" height="{HEIGHT * share / top:.2f}" '
        f'fill="currentColor"><title>{escape(name)}: {share:.1%}</title></rect>'
        for i, (name, share) in enumerate(zip(found.names, found.shares, strict=True))
    ]
    said = escape(f"Histogram: {found.summary}")
    return (
        f'<svg class="bars" viewBox="0 0 100 {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{said}">{"".join(drawn)}{_outline(beside, top, width)}</svg>'
    )


def _outline(shares: Sequence[float], top: float, width: float) -> str:
    if not shares:
        return ""
    points = " ".join(
        f"{x:.2f},{HEIGHT * (1 - share / top):.2f}"
        for i, share in enumerate(shares)
        for x in (width * i, width * (i + 1))
    )
    return (
        f'<polyline class="bars__other" points="{points}" fill="none" stroke="currentColor" '
        'stroke-width="1.5" vector-effect="non-scaling-stroke"/>'
    )


def labels(names: Sequence[str], shares: Sequence[float], shape: str = ".1%") -> str:
    """A bar for each label, and its figure in a given format."""
    top = max([*shares, 1e-9])
    return _meters(
        names, [share / top for share in shares], [f"{share:{shape}}" for share in shares]
    )


def meter(share: float) -> str:
    return f'<div class="meter"><div style="width:{100 * min(max(share, 0), 1):.1f}%"></div></div>'


def plot(name: str, found: Histogram, beside: Histogram | None = None) -> str:
    """One column: its name, what it looks like, its figures; `beside` has the same steps."""
    if not found.shares:
        drawn = '<div class="labels"></div>'
    elif found.edges:
        same = beside is not None and beside.edges == found.edges
        drawn = bars(found, beside.shares if beside and same else ())
    else:
        drawn = labels(found.names, found.shares)
    missing = f", {found.missing:.0%} missing" if found.missing else ""
    return _named(name, drawn, found.summary + missing)


def against(name: str, found: Against, *, is_share: bool) -> str:
    """The target by the values of one column, higher where it is higher."""
    known = [figure for figure in found.figures if figure is not None]
    if not known:
        return ""
    low = 0.0 if is_share else min(known) - (max(known) - min(known)) * 0.15
    reach = max(known) - low or 1.0
    heights = [None if figure is None else (figure - low) / reach for figure in found.figures]
    texts = [_target_text(figure or 0.0, is_share=is_share) for figure in found.figures]
    ends = (_target_text(end, is_share=is_share) for end in (min(known), max(known)))
    said = " to ".join(ends)
    if found.column.edges:
        drawn = _steps(found.column.names, heights, texts, said)
    else:
        drawn = _meters(found.column.names, heights, texts)
    return _named(name, drawn, said)


def _target_text(figure: float, *, is_share: bool) -> str:
    return f"{figure:.1%}" if is_share else figure_text(figure)


def _meters(names: Sequence[str], heights: Sequence[float | None], figures: Sequence[str]) -> str:
    """A bar for each label that has a height from 0 to 1, and its figure."""
    lines = "".join(
        f'<span title="{escape(short(name))}">{escape(short(name))}</span>{meter(height)}'
        f'<span class="number">{figure}</span>'
        for name, height, figure in zip(names, heights, figures, strict=True)
        if height is not None
    )
    return f'<div class="labels">{lines}</div>'


def _named(name: str, drawn: str, said: str) -> str:
    """A plot with its name above and its figures below."""
    name, said = short(name), short(said)
    return (
        f'<div class="plot"><div class="plot__name" title="{escape(name)}">{escape(name)}</div>'
        f'{drawn}<div class="plot__said" title="{escape(said)}">{escape(said)}</div></div>'
    )


def _steps(
    names: Sequence[str], heights: Sequence[float | None], figures: Sequence[str], said: str
) -> str:
    """Bars of given heights from 0 to 1; none where a height is None."""
    width = 100 / len(names)
    drawn = "".join(
        f'<rect x="{width * i + 0.4:.2f}" y="{HEIGHT * (1 - height):.2f}" '
        f'width="{max(width - 0.8, 0.3):.2f}" height="{max(HEIGHT * height, 0.5):.2f}" '
        f'fill="currentColor"><title>{escape(name)}: {figure}</title></rect>'
        for i, (name, height, figure) in enumerate(zip(names, heights, figures, strict=True))
        if height is not None
    )
    return (
        f'<svg class="bars" viewBox="0 0 100 {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(said)}">{drawn}</svg>'
    )


def records(rows: Sequence[Mapping[str, Any]], caption: str) -> str:
    """The first columns of rows as a table."""
    if not rows:
        return ""
    names = list(rows[0])[:MOST_COLUMNS]
    numeric = {name for name in names if all(_is_number(row[name]) for row in rows)}
    head = "".join(
        f'<th scope="col"{_align(name in numeric)}>{escape(short(name))}</th>' for name in names
    )
    body = "".join(
        "<tr>" + "".join(_cell(row[name], name in numeric) for name in names) + "</tr>"
        for row in rows
    )
    return (
        f'<table class="data"><caption class="reader">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _align(right: bool) -> str:
    return ' class="number"' if right else ""


def _cell(value: Any, right: bool) -> str:
    if value is None:
        return '<td class="null">none</td>'
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<td{_align(right)}>{escape(short(text))}</td>"


def html(content: str, classes: str = "", **props: Any) -> ui.html:
    """Markup made by this module."""
    made = ui.html(content, sanitize=False).classes(classes)
    made.props.update({key.replace("_", "-"): value for key, value in props.items()})
    return made


class PlotGrid:
    """Plots by name; of those that were there before, only the ones that look different are sent
    to the browser."""

    def __init__(self) -> None:
        self._box = box("plots")
        self._shown: dict[str, ui.html] = {}

    def show(self, drawn: Mapping[str, str]) -> None:
        """Draw `markup` by name, in this order."""
        if list(drawn) != list(self._shown):
            self._box.clear()
            with self._box:
                self._shown = {name: html(markup) for name, markup in drawn.items()}
        for name, markup in drawn.items():
            self._shown[name].set_content(markup)
