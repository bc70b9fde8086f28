"""What the tools answer: typed, and never larger than a conversation can hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, Field

from app.engine.errors import Fault

MOST_FAULTS = 50
MOST_FACTS = 50
MOST_COLUMNS = 200
MOST_TABLES = 20
MOST_CELLS = 2_000
MOST_PREVIEWED = 50
MOST_TEXT = 20_000
MOST_DEFINITION = 100_000
MOST_CELL = 200

T = TypeVar("T")


class FoundFault(BaseModel):
    """One thing that is wrong with a definition, or may not be meant."""

    path: str = Field(description="The place in the document, such as features.age.min.")
    line: int | None = Field(description="The line of the text, counted from 1.")
    message: str
    hint: str | None = Field(description="What would be right.")


class DeclaredColumn(BaseModel):
    table: str
    name: str
    type: str


class Validation(BaseModel):
    """Whether a definition can be used, and all faults of it at once."""

    valid: bool
    faults: list[FoundFault]
    warnings: list[FoundFault] = []
    columns: list[DeclaredColumn] = Field([], description=f"The first {MOST_COLUMNS} of them.")
    left_out: int = Field(0, description="Faults beyond those listed.")


class ReachedFact(BaseModel):
    table: str
    fact: str
    declared: float
    reached: float = Field(description="What the rows will hold.")


class TableSize(BaseModel):
    name: str
    rows: int
    columns: int


class Compiled(BaseModel):
    """What a definition comes to, before a row is made."""

    name: str
    seed: int
    tables: list[TableSize]
    rules: str = Field(description="The rules by which the target is drawn, as text.")
    facts: list[ReachedFact]
    reachable: dict[str, list[float]] = Field(
        description="Lowest and highest value of each target's metric that the columns allow."
    )
    warnings: list[FoundFault]


class Preview(BaseModel):
    """The first rows that `generate` makes with the same seed."""

    seed: int
    tables: dict[str, list[dict[str, Any]]] = Field(description="Records of each table.")
    notes: list[str] = Field(description="What was left out of them.")
    warnings: list[FoundFault]


class WrittenFile(BaseModel):
    table: str
    rows: int
    path: str = Field(description="Relative to the folder of the server.")
    format: str
    bytes: int
    sha256: str


class Fact(BaseModel):
    """A declared fact beside what the finished files hold."""

    table: str
    fact: str
    declared: Any
    observed: Any
    holds: bool


class Written(BaseModel):
    """Files that were made, with every declared fact measured in them."""

    name: str
    seed: int = Field(description="Makes the same bytes again.")
    files: list[WrittenFile]
    facts_total: int
    facts_unmet: int
    facts: list[Fact] = Field(description=f"{MOST_FACTS} at the most, unmet ones first.")
    warnings: list[FoundFault]


class LookedAtColumn(BaseModel):
    table: str
    name: str
    kind: str
    sensitive: str | None = Field(description="What about persons it seems to hold.")


class LookedAt(BaseModel):
    """A real table as a declared definition: its shape, none of its rows."""

    definition: str = Field(
        description="YAML that `preview` and `generate` take. Labels of few rows are merged, the "
        "outermost numbers are left out, sensitive columns are made up."
    )
    notes: list[str] = Field(description="What the definition does not keep of the tables.")
    tables: list[TableSize]
    columns: list[LookedAtColumn] = Field(description=f"The first {MOST_COLUMNS} of them.")


class Figure(BaseModel):
    """One figure of synthetic rows."""

    title: str
    value: float | None
    ceiling: float | None = Field(description="What other real rows reach.")
    floor: float | None = Field(description="What rows of independent columns reach.")


class Judged(BaseModel):
    """Synthetic rows beside real ones."""

    figures: list[Figure]
    text: str = Field(description="The same with intervals and the columns that are farthest off.")


def found(faults: Iterable[Fault]) -> list[FoundFault]:
    """The first faults, their texts cut."""
    return [
        FoundFault(
            path=cut(each.path, MOST_CELL),
            line=each.line,
            message=cut(each.message, 2_000),
            hint=None if each.hint is None else cut(each.hint, 2_000),
        )
        for each in first(tuple(faults), MOST_FAULTS)
    ]


def first(items: Sequence[T], most: int) -> Sequence[T]:
    return items[:most]


def cut(text: str, most: int) -> str:
    """A text, with an ellipsis where it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"
