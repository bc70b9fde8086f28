"""What is asked of the rows of a model, as fields that a person fills, and as a job request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.engine.expressions.names import written
from app.ui.model.relations.comparisons import SIGNS
from app.ui.model.values import read_number
from app.ui.model.writing.numbers import readings

# Comparisons that take more or fewer values than one.
ONE_OF, MISSING, PRESENT = "in", "is null", "is not null"
COMPARISONS = {**SIGNS, ONE_OF: "is one of", MISSING: "is missing", PRESENT: "is not missing"}
_LEADING_ZERO = re.compile(r"-?0[0-9]")


@dataclass
class AskedCondition:
    """So many rows of which a column compares so.

    Args:
        value: as text; several between commas for `in`, none for what is missing.
        rows: as text; empty for all of them.
    """

    column: str
    sign: str = "=="
    value: str = ""
    rows: str = ""

    @property
    def where(self) -> str:
        """The condition in the language of expressions."""
        name = written(self.column)
        if self.sign in (MISSING, PRESENT):
            return f"{name} {self.sign}"
        if self.sign == ONE_OF:
            values = ", ".join(map(literal, self.value.split(",")))
            return f"{name} in ({values})"
        return f"{name} {self.sign} {literal(self.value)}"

    def request(self) -> dict[str, Any]:
        """As a job request has it."""
        rows = read_number(self.rows)
        return {"where": self.where} | ({} if rows is None else {"rows": rows})


@dataclass
class AskedShare:
    """The share of a column's value, as text: `0.3`, `30%`."""

    column: str
    value: str = ""
    share: str = ""


@dataclass
class AskedRows:
    """Everything that is asked of the rows.

    Args:
        given, impute: ids of sources; empty for none.
        draw: whether holes are filled by draws.
    """

    conditions: list[AskedCondition] = field(default_factory=list)
    shares: list[AskedShare] = field(default_factory=list)
    given: str = ""
    impute: str = ""
    draw: bool = False

    @property
    def has_table(self) -> bool:
        """Whether a table says how many rows there are."""
        return bool(self.given or self.impute)

    def request(self) -> dict[str, Any]:
        """The keys of a job request; those that say nothing are left out."""
        asked: dict[str, Any] = {
            "conditions": [each.request() for each in self.conditions],
            "shares": shares_of(self.shares),
            "given": self.given,
            "impute": self.impute,
            "draw": self.draw and bool(self.impute),
        }
        return {key: value for key, value in asked.items() if value}


def shares_of(found: Sequence[AskedShare]) -> Mapping[str, Mapping[str, Any]]:
    """Shares by column and value."""
    by_column: dict[str, dict[str, Any]] = {}
    for each in found:
        share = read_number(each.share)
        by_column.setdefault(each.column, {})[each.value.strip()] = "" if share is None else share
    return by_column


def literal(text: str) -> str:
    """A value in the language of expressions: a number, a truth value, else a text; what stands in
    quotes or begins with a zero, such as a postal code, is a text."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text
    if text in {"true", "false"}:
        return text
    if not _LEADING_ZERO.match(text) and (found := readings(text)):
        return str(found[0])
    quoted = text.replace("'", "''")
    return f"'{quoted}'"
