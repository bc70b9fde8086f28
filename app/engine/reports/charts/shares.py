"""Shares of rows by the values of one column, of one table or of two laid over one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.engine.reports.charts.chart import (
    LETTERS,
    Chart,
    Palette,
    legend,
    line,
    percent,
    rectangle,
    shortened,
    words,
)

WIDTH, LABELS, GAP = 320.0, 120.0, 8.0
ROW, PLOT, TOP = 19.0, 110.0, 22.0


@dataclass(frozen=True, slots=True)
class Shares:
    """What a drawing shows.

    Args:
        places: labels, or bins in order.
        behind: shares that are drawn as bars, None where one is not said; empty where there is
            nothing to lay `front` over, which then are the bars.
        front: shares that are drawn as lines.
        names: of the two.
    """

    title: str
    description: str
    is_label: bool
    places: tuple[str, ...]
    behind: tuple[float | None, ...]
    front: tuple[float, ...]
    names: tuple[str, str]


def shares_chart(shares: Shares, palette: Palette) -> Chart:
    """Bars and lines; a table of both as the data."""
    height, marks = (_labels if shares.is_label else _bins)(shares, palette)
    key = legend(palette, 11, shares.names) if shares.behind else ""
    heads = ("", *(shares.names if shares.behind else shares.names[1:]))
    columns = [map(percent, each) for each in (shares.behind, shares.front) if each]
    rows = tuple(zip(shares.places, *columns, strict=True))
    return Chart(shares.title, shares.description, WIDTH, height, key + marks, heads, rows)


def largest_gap(
    behind: Sequence[float | None], front: Sequence[float], places: Sequence[str]
) -> tuple[str, float | None, float]:
    """The place where two series differ most, and their shares there."""
    gaps = zip(behind, front, places, strict=True)
    first, second, place = max(gaps, key=lambda each: abs((each[0] or 0.0) - each[1]))
    return place, first, second


def _most(shares: Shares) -> float:
    return max([*(share or 0.0 for share in shares.behind), *shares.front, 1e-9])


def _bars(shares: Shares, palette: Palette) -> tuple[tuple[float | None, ...], str]:
    """What is drawn as bars, and their colour."""
    if shares.behind:
        return shares.behind, palette.real
    return shares.front, palette.synthetic


def _labels(shares: Shares, palette: Palette) -> tuple[float, str]:
    scale = (WIDTH - LABELS - 46.0) / _most(shares)
    bars, colour = _bars(shares, palette)
    top = TOP if shares.behind else 2.0
    marks = []
    for place, name in enumerate(shares.places):
        y = top + ROW * place
        bar, made = (bars[place] or 0.0) * scale, shares.front[place] * scale
        marks += [
            words(LABELS - 6, y + 12, shortened(name, LABELS - 8), palette.ink, "end"),
            rectangle(LABELS, y + 3, bar, ROW - 7, colour, ' fill-opacity="0.45"'),
        ]
        if shares.behind:
            ends = [(LABELS + made, y + 1), (LABELS + made, y + ROW - 2)]
            marks.append(line(ends, palette.synthetic, 2.5))
        said = percent(shares.front[place])
        marks.append(words(LABELS + max(bar, made) + 5, y + 12, said, palette.ink))
    return top + ROW * len(shares.places) + 2, "".join(marks)


def _bins(shares: Shares, palette: Palette) -> tuple[float, str]:
    top = TOP if shares.behind else 4.0
    width, bottom = WIDTH / len(shares.places), top + PLOT
    scale = (PLOT - 4) / _most(shares)
    bars, colour = _bars(shares, palette)
    marks = [line([(0, bottom), (WIDTH, bottom)], palette.line)]
    for place, made in enumerate(shares.front):
        bar, x = (bars[place] or 0.0) * scale, width * place
        y = bottom - made * scale
        marks.append(
            rectangle(x + 0.5, bottom - bar, width - 1, bar, colour, ' fill-opacity="0.45"')
        )
        if shares.behind:
            marks.append(line([(x, y), (x + width, y)], palette.synthetic, 2.5))
    marks += _ends(shares.places, bottom + 14, palette)
    return bottom + 20, "".join(marks)


def _ends(places: tuple[str, ...], y: float, palette: Palette) -> list[str]:
    """Names of the first, the middle and the last bin; not of the middle one where all are long."""
    first, middle, last = places[0], places[len(places) // 2], places[-1]
    is_short = LETTERS * (len(first) + len(middle) + len(last)) < WIDTH - 2 * GAP
    room = WIDTH / (3 if is_short else 2) - GAP
    drawn = [
        words(0, y, shortened(first, room), palette.ink),
        words(WIDTH, y, shortened(last, room), palette.ink, "end"),
    ]
    if is_short:
        drawn.append(words(WIDTH / 2, y, middle, palette.ink, "middle"))
    return drawn
