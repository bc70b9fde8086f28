"""How differently groups fare, before and after."""

from __future__ import annotations

from html import escape
from typing import Any

from app.engine.reports.fairness import (
    FAIRNESS_HEADS,
    fairness_cells,
    fairness_heading,
    fairness_words,
)
from app.engine.reports.sections.markup import paragraphs, section, table


def fairness(document: dict[str, Any]) -> str:
    """The section; empty where no protected column was named."""
    found = document.get("fairness")
    if not found:
        return ""
    return section(
        escape(fairness_heading(found)),
        paragraphs(fairness_words(found)),
        table(FAIRNESS_HEADS, fairness_cells(found), first_number=1, label="Fairness"),
        name="fairness",
    )
