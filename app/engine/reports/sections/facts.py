"""Declared facts beside what the files hold, those that do not hold first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from app.engine.reports.sections.markup import paragraphs, section, sentence, table

MOST_HOLDING = 300
ABOUT = (
    "Everything that was declared or asked for, as the finished files hold it. The tolerance is "
    "how far the two may lie apart; 0 is exact."
)
NONE = "The finished files were not measured."


def facts(document: dict[str, Any]) -> str:
    """Every fact that does not hold, and as many others as a page bears."""
    found = document.get("facts")
    if found is None:
        return ""
    if not found:
        return section("Facts", paragraphs(NONE), name="facts")
    unmet = [each for each in found if not each["holds"]]
    holding = [each for each in found if each["holds"]]
    left = len(holding) - MOST_HOLDING
    more = f"And {left:,} more that hold, which the JSON file has." if left > 0 else ""
    several = len({each["table"] for each in found}) > 1
    heads = ("Fact", "Holds", "Declared", "Observed", "Tolerance")
    shown = [*unmet, *holding[:MOST_HOLDING]]
    return section(
        "Facts",
        paragraphs(ABOUT),
        table(heads, _rows(shown, several=several), first_number=2, label="Declared facts"),
        paragraphs(more),
        name="facts",
        mark="page",
    )


def _rows(found: Sequence[dict[str, Any]], *, several: bool) -> Iterator[tuple[str, ...]]:
    for each in found:
        name = f"{each['table']}: {each['fact']}" if several else each["fact"]
        note = f"<br><small>{escape(sentence(each['note']))}</small>" if each["note"] else ""
        holds = "yes" if each["holds"] else "<strong>no</strong>"
        cells = (value_shown(each[key]) for key in ("declared", "observed", "tolerance"))
        yield (f"{escape(name)}{note}", holds, *map(escape, cells))


def value_shown(value: Any) -> str:
    """A declared or an observed value in words."""
    if isinstance(value, list):
        return " to ".join(value_shown(each) for each in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–" if value is None else str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"
