"""Columns and pairs, those that are farthest from real rows first."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from app.engine.reports.charts.chart import PAGE
from app.engine.reports.charts.heat_map import heat_map
from app.engine.reports.charts.margins import margin_chart
from app.engine.reports.margins import Margin
from app.engine.reports.sections.markup import drawing, number, paragraphs, section, table

MOST_COLUMNS = 100
MATRICES = {
    "real": "Real rows",
    "synthetic": "Synthetic rows",
    "difference": "Difference (synthetic less real)",
}
FEW = (
    "Bars are real rows, lines synthetic ones. Where fewer than five real rows lie their share is "
    "not shown, and their labels are among the others."
)
STRENGTH = (
    "How strongly each two columns go together: Cramér's V, less its bias, over ten bins of about "
    "equal mass or the ten most frequent labels. 0 is independent, 1 is one following from the "
    "other."
)


def columns(document: dict[str, Any]) -> str:
    """Figures of single columns, and drawings of the first."""
    if "columns" not in document:
        return ""
    found, margins = document["columns"], document["margins"]
    drawn = "".join(
        drawing(margin_chart(margin_from(each), PAGE), f"column-{place}")
        for place, each in enumerate(margins)
    )
    left = len(found) - len(margins)
    more = f" {len(margins)} of {len(found)} columns are drawn." if left else ""
    return section(
        "Columns",
        paragraphs("Farthest from other real rows first."),
        _columns(found),
        f'{paragraphs(FEW + more)}<div class="drawings">{drawn}</div>' if margins else "",
        name="columns",
    )


def pairs(document: dict[str, Any]) -> str:
    """Pairs of columns, and matrices of associations."""
    if "pairs" not in document:
        return ""
    found = document["pairs"]
    if found["distance"] is None:
        return section("Pairs of columns", paragraphs("There is one column alone."), name="pairs")
    mean = (
        f"Mean distance of all pairs {number(found['distance'])}; of other real rows "
        f"{number(found['ceiling'])}; of independent columns {number(found['floor'])}."
    )
    cells = (
        [
            " × ".join(escape(name) for name in each["columns"]),
            *(number(each[name]) for name in ("distance", "ceiling", "floor")),
        ]
        for each in found["farthest"]
    )
    heads = ("Pair", "Distance", "Ceiling", "Floor")
    return section(
        "Pairs of columns",
        paragraphs(mean),
        table(heads, cells, first_number=1, label="Pairs of columns"),
        _matrices(document["associations"]),
        name="pairs",
    )


def margin_from(document: dict[str, Any]) -> Margin:
    """As documents keep it."""
    places, real, synthetic = (tuple(document[name]) for name in ("places", "real", "synthetic"))
    return Margin(document["column"], document["is_label"], places, real, synthetic)


def _columns(found: Sequence[dict[str, Any]]) -> str:
    heads = (
        "Column", "Measure", "Distance", "Ceiling", "Moved by", "Missing", "Missing, real",
        "Outside",
    )  # fmt: skip
    cells = (
        [
            escape(each["name"]),
            each["measure"],
            *(number(each[name]) for name in ("distance", "ceiling", "moved")),
            *(number(each[name]) for name in ("missing", "missing_real", "outside")),
        ]
        for each in found[:MOST_COLUMNS]
    )
    left = len(found) - MOST_COLUMNS
    more = paragraphs(f"And {left} columns that are nearer.") if left > 0 else ""
    return table(heads, cells, first_number=2, label="Columns") + more


def _matrices(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    drawn = "".join(
        drawing(heat_map(title, found["columns"], found[name], PAGE), f"matrix-{name}")
        for name, title in MATRICES.items()
    )
    return f'{paragraphs(STRENGTH)}<div class="drawings">{drawn}</div>'
