"""The page for a data protection officer, with a line to sign."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from app.engine.reports.officer import attack_cells, officer_facts, remaining
from app.engine.reports.sections.markup import paragraphs, section, table
from app.engine.reports.threats import ABOUT_THREATS

THREAT_HEADS = ("Threat", "Figure", "Value", "Interval", "Control", "Above control, of a copy")


def officer_page(document: dict[str, Any]) -> str:
    """Source, purpose, method, privacy, threats, hashes, and what is left to decide."""
    return section(
        "For the data protection officer",
        table(("Question", "Answer"), _facts(document), label="Facts"),
        _all_threats(document) if document["threats"] else "",
        "<h3>What remains</h3>",
        paragraphs(remaining(document)),
        '<div class="sign"><p>Decision</p><p>Name</p><p>Date</p><p>Signature</p></div>',
        name="officer",
        mark="page",
    )


def _facts(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, answer, digests in officer_facts(document):
        shown = escape(answer) if answer else '<span class="fill"></span>'
        small = "".join(f"<br><small>{escape(each)}</small>" for each in digests)
        yield escape(name), shown + small


def _all_threats(document: dict[str, Any]) -> str:
    listed = table(THREAT_HEADS, _threats(document), first_number=2, label="Threats")
    return f"<h3>Threats</h3>{paragraphs(ABOUT_THREATS)}{listed}"


def _threats(document: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, meaning, *cells in attack_cells(document):
        first = f"{escape(name)}<br><small>{escape(meaning)}</small>"
        yield (first, *map(escape, cells))
