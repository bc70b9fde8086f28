"""What a trained model reached: its ROC curve, and the columns that it went by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.engine.reports.charts.chart import (
    Chart,
    Palette,
    line,
    percent,
    rectangle,
    shortened,
    words,
)

SIDE, EDGE = 200.0, 34.0
LABELS, WIDTH, ROW = 130.0, 320.0, 19.0
MOST_POINTS, MOST_COLUMNS = 20, 12


def roc_chart(roc: dict[str, Any], auc: float | None, palette: Palette) -> Chart:
    """The curve of the positive label beside that of a coin."""
    points = [
        (x, y)
        for x, y in zip(roc["false_positive_rate"], roc["true_positive_rate"], strict=True)
        if x is not None and y is not None
    ]
    drawn = [(EDGE + SIDE * x, EDGE / 3 + SIDE * (1 - y)) for x, y in points]
    bottom = EDGE / 3 + SIDE
    marks = (
        line([(EDGE, EDGE / 3), (EDGE, bottom), (EDGE + SIDE, bottom)], palette.line),
        line([(EDGE, bottom), (EDGE + SIDE, EDGE / 3)], palette.line),
        line(drawn, palette.synthetic, 2.5) if len(drawn) > 1 else "",
        words(EDGE, bottom + 14, "0", palette.ink, "middle"),
        words(EDGE + SIDE, bottom + 14, "1", palette.ink, "middle"),
        words(EDGE + SIDE / 2, bottom + 14, "false positive rate", palette.ink, "middle"),
        words(EDGE - 6, EDGE / 3 + 8, "1", palette.ink, "end"),
        words(EDGE + 6, EDGE / 3 + 8, "true positive rate", palette.ink),
    )
    said = "" if auc is None else f" The area under it is {auc:.3f}; that of a coin is 0.5."
    step = max(1, len(points) // MOST_POINTS)
    rows = tuple((f"{x:.3f}", f"{y:.3f}") for x, y in points[::step])
    return Chart(
        "ROC curve",
        f"True positives by false positives, as the threshold falls.{said}",
        SIDE + 2 * EDGE,
        bottom + 20,
        "".join(marks),
        ("false positive rate", "true positive rate"),
        rows,
    )


def importance_chart(importance: Sequence[dict[str, Any]], palette: Palette) -> Chart:
    """Shares of what a model gained by its splits, the largest first."""
    known = [(each["column"], each["share"] or 0.0) for each in importance[:MOST_COLUMNS]]
    scale = (WIDTH - LABELS - 46.0) / max([share for _, share in known] + [1e-9])
    marks = []
    for place, (name, share) in enumerate(known):
        y = ROW * place
        marks += [
            words(LABELS - 6, y + 13, shortened(name, LABELS - 8), palette.ink, "end"),
            rectangle(LABELS, y + 4, share * scale, ROW - 7, palette.real),
            words(LABELS + share * scale + 5, y + 13, percent(share), palette.ink),
        ]
    rows = tuple((name, percent(share)) for name, share in known)
    most = f" {known[0][0]} first, {percent(known[0][1])}." if known else ""
    return Chart(
        "Columns that the model went by",
        f"Shares of what it gained by its splits.{most}",
        WIDTH,
        ROW * max(1, len(known)) + 4,
        "".join(marks),
        ("column", "share"),
        rows,
    )
