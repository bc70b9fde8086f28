"""Whether measured facts hold, in short: how many there are, and which are unmet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

Facts = Sequence[Mapping[str, Any]]


class FactCounts(TypedDict):
    """How many facts were measured in the finished files, and how many of them do not hold."""

    total: int
    unmet: int


def fact_counts(facts: Facts) -> FactCounts | None:
    """None where nothing was measured: every table declares its rows at least."""
    if not facts:
        return None
    return {"total": len(facts), "unmet": sum(not fact["holds"] for fact in facts)}


def unmet_facts(facts: Facts) -> list[str]:
    """The facts that do not hold, in plain words; with their table's name where there are more."""
    several = len({fact["table"] for fact in facts}) > 1
    return [
        f"{fact['table']}: {fact['fact']}" if several else str(fact["fact"])
        for fact in facts
        if not fact["holds"]
    ]
