"""One column of real and of synthetic rows, laid over one another."""

from __future__ import annotations

from app.engine.reports.charts.chart import (
    Chart,
    Palette,
    legend,
    line,
    percent,
    rectangle,
    shortened,
    words,
)
from app.engine.reports.margins import Margin

WIDTH, LABELS = 320.0, 120.0
ROW, PLOT, TOP = 19.0, 110.0, 22.0
HEADS = ("", "real", "synthetic")


def margin_chart(margin: Margin, palette: Palette) -> Chart:
    """Bars are real rows, lines synthetic ones: shares of all rows."""
    drawn = _labels(margin, palette) if margin.is_label else _bins(margin, palette)
    height, marks = drawn
    cells = zip(margin.places, margin.real, margin.synthetic, strict=True)
    rows = tuple((place, percent(real), percent(made)) for place, real, made in cells)
    return Chart(
        margin.column, _described(margin), WIDTH, height, legend(palette, 11) + marks, HEADS, rows
    )


def _described(margin: Margin) -> str:
    gaps = [
        (abs((real or 0.0) - made), place, real, made)
        for place, real, made in zip(margin.places, margin.real, margin.synthetic, strict=True)
    ]
    _, place, real, made = max(gaps)
    return (
        f"Shares of rows by {margin.column}. They differ most at {place}: "
        f"real {percent(real)}, synthetic {percent(made)}."
    )


def _most(margin: Margin) -> float:
    return max([*(share or 0.0 for share in margin.real), *margin.synthetic, 1e-9])


def _labels(margin: Margin, palette: Palette) -> tuple[float, str]:
    scale = (WIDTH - LABELS - 46.0) / _most(margin)
    marks = []
    for place, name in enumerate(margin.places):
        y = TOP + ROW * place
        real, made = (margin.real[place] or 0.0) * scale, margin.synthetic[place] * scale
        marks += [
            words(LABELS - 6, y + 12, shortened(name, LABELS - 8), palette.ink, "end"),
            rectangle(LABELS, y + 3, real, ROW - 7, palette.real, ' fill-opacity="0.45"'),
            line([(LABELS + made, y + 1), (LABELS + made, y + ROW - 2)], palette.synthetic, 2.5),
            words(
                LABELS + max(real, made) + 5, y + 12, percent(margin.synthetic[place]), palette.ink
            ),
        ]
    return TOP + ROW * len(margin.places) + 2, "".join(marks)


def _bins(margin: Margin, palette: Palette) -> tuple[float, str]:
    width, bottom = WIDTH / len(margin.places), TOP + PLOT
    scale = (PLOT - 4) / _most(margin)
    marks = [line([(0, bottom), (WIDTH, bottom)], palette.line)]
    for place, made in enumerate(margin.synthetic):
        real, x = (margin.real[place] or 0.0) * scale, width * place
        y = bottom - made * scale
        marks += [
            rectangle(
                x + 0.5, bottom - real, width - 1, real, palette.real, ' fill-opacity="0.45"'
            ),
            line([(x, y), (x + width, y)], palette.synthetic, 2.5),
        ]
    first, last = margin.places[0], margin.places[-1]
    middle = margin.places[len(margin.places) // 2]
    marks += [
        words(0, bottom + 14, shortened(first, WIDTH / 3), palette.ink),
        words(WIDTH / 2, bottom + 14, shortened(middle, WIDTH / 3), palette.ink, "middle"),
        words(WIDTH, bottom + 14, shortened(last, WIDTH / 3), palette.ink, "end"),
    ]
    return bottom + 20, "".join(marks)
