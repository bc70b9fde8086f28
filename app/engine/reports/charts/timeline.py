"""When each stage of some work began and ended."""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.reports.charts.chart import Chart, Palette, line, rectangle, words

WIDTH, LABELS, ROW, BEHIND = 640.0, 90.0, 22.0, 70.0
LEAST = 2.0  # pixels of the shortest stage


def timeline_chart(stages: Sequence[tuple[str, float, float]], palette: Palette) -> Chart:
    """A bar for each stage.

    Args:
        stages: name, and seconds since the first beginning at which it began and ended; at least
            one.
    """
    whole = max(1e-9, *(end for _, _, end in stages))
    scale = (WIDTH - LABELS - BEHIND) / whole
    bottom = ROW * len(stages) + 4
    marks = [line([(LABELS, 0), (LABELS, bottom)], palette.line)]
    for place, (name, first, last) in enumerate(stages):
        y, x, width = ROW * place + 4, LABELS + first * scale, max(LEAST, (last - first) * scale)
        marks += [
            words(LABELS - 6, y + 12, name, palette.ink, "end"),
            rectangle(x, y + 1, width, ROW - 8, palette.real, ' fill-opacity="0.7"'),
            words(x + width + 5, y + 12, seconds(last - first), palette.ink),
        ]
    rows = tuple(
        (name, seconds(first), seconds(last), seconds(last - first)) for name, first, last in stages
    )
    longest = max(stages, key=lambda each: each[2] - each[1])
    said = (
        f"{len(stages)} stages in {seconds(whole)}; the longest, {longest[0]}, "
        f"took {seconds(longest[2] - longest[1])}."
    )
    heads = ("", "began after", "ended after", "took")
    return Chart("Timeline", said, WIDTH, bottom + 2, "".join(marks), heads, rows)


def seconds(value: float) -> str:
    """In the unit that suits."""
    if value < 60:
        return f"{value:.3g} s" if value >= 0.01 else "0 s"
    return f"{value / 60:.3g} min" if value < 3600 else f"{value / 3600:.3g} h"
