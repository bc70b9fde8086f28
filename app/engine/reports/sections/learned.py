"""What a model learned: its columns in their order, and what says most of each."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from app.engine.reports.sections.markup import items, paragraphs, section, table

MOST = 300
ABOUT = (
    "Columns in the order in which they are drawn. Beside each stand the columns that say most of "
    "it, with their share of what the trees add, or how strongly they are correlated."
)


def learned(document: dict[str, Any]) -> str:
    """The columns of a model, those that are made, and rules that hold in every row."""
    found = document.get("learned")
    if found is None:
        return ""
    cells = (
        (escape(each["name"]), escape(said_by(each)), f"{each['trees']:,}") for each in found[:MOST]
    )
    left = len(found) - MOST
    more = f"And {left:,} more columns." if left > 0 else ""
    made, rules = document["made"], document["rules"]
    return section(
        "What was learned",
        paragraphs(ABOUT),
        table(("Column", "Said by", "Trees"), cells, first_number=2, label="Learned columns"),
        paragraphs(more, f"Made and not learned: {', '.join(made)}." if made else ""),
        f"<h3>Rules that hold in every row</h3>{items(rules)}" if rules else "",
        name="learned",
    )


def said_by(column: Mapping[str, Any]) -> str:
    """The columns that say most of one."""
    said = (f"{each['column']} {each['weight']:.0%}" for each in column["by"])
    return ", ".join(said) or "itself alone"
