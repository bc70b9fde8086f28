"""What is found in a source: frozen values that are JSON as they stand.

A profile holds values of the source (top values, quantiles, spikes): it is as personal as the rows
are, and no less to be guarded.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from app.engine.formats.cells.cell_format import CellFormat, Kind
from app.engine.sources.declarations import DeclaredTable

SensitiveKind = Literal[
    "name",
    "email",
    "phone",
    "address",
    "card",
    "iban",
    "national_id",
    "birth_date",
    "ip",
    "free_text",
]
# By a name of its own, so that generated code has one for it.
SensitivitySign = TypeAliasType("SensitivitySign", Literal["name", "content"])
SENSITIVE_FROM = 0.5
"""Confidence from which a column counts as sensitive."""


class Found(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ValueCount(Found):
    """A value as it stands in the source, and in how many rows."""

    value: str | None
    rows: int


class Sensitivity(Found):
    """What about persons a column seems to hold."""

    kind: SensitiveKind
    confidence: float = Field(ge=0, le=1)
    by: tuple[SensitivitySign, ...]


class Bars(Found):
    """Rows of a column of numbers in equal steps from `low` to `high`, for a plot.

    Args:
        rows: of each step; the outer ones hold what lies beyond them, too.
    """

    low: float
    high: float
    rows: tuple[int, ...]


class Figures(Found):
    """Numbers of a column; of moments, the seconds since 1970 or since midnight.

    Args:
        quantiles: at 0, 1, 5, 10, 25, 50, 75, 90, 95, 99 and 100 percent.
        integral: whether all are whole.
        bars: what a plot shows; None in profiles of earlier versions.
    """

    mean: float
    std: float
    quantiles: tuple[float, ...]
    integral: bool
    bars: Bars | None = None


QUANTILES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)


class ColumnProfile(Found):
    """One column.

    Args:
        missing: share of the rows in which nothing is there.
        missing_tokens: the texts that mean it, and nulls, with their rows.
        distinct: different values that are there.
        top: the most frequent values.
        spikes: single numbers that hold far more rows than their neighbours.
        notes: what was assumed, in words.
    """

    name: str
    kind: Kind
    format: CellFormat
    missing: float
    missing_tokens: tuple[ValueCount, ...] = ()
    distinct: int
    top: tuple[ValueCount, ...] = ()
    figures: Figures | None = None
    spikes: tuple[ValueCount, ...] = ()
    sensitivity: Sensitivity | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_sensitive(self) -> bool:
        found = self.sensitivity
        return found is not None and found.confidence >= SENSITIVE_FROM


class Dependency(Found):
    """A column whose value says the value of another one in every row."""

    determinant: str
    dependent: str
    one_to_one: bool = False


class RowRule(Found):
    """A rule between numbers or moments of a row that holds in every row where all are there.

    Args:
        rule: in the words of the language's expressions.
    """

    kind: Literal["order", "sum", "product", "fixed_sum"]
    columns: tuple[str, ...]
    rule: str


class MissingTogether(Found):
    """Columns in which values are missing in the same rows, of which there are so many."""

    columns: tuple[str, ...]
    rows: int


class TableProfile(Found):
    """One table.

    Args:
        primary_keys: columns, or pairs of them, whose values are unique and all there; the
            likeliest first.
        duplicate_rows: rows that are the same as one before them.
        sampled: what was not looked for in all rows, in words; empty where everything was.
        declared: what its database declares: types, keys, what is unique; None of other tables.
    """

    name: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    primary_keys: tuple[tuple[str, ...], ...] = ()
    duplicate_rows: int = 0
    dependencies: tuple[Dependency, ...] = ()
    rules: tuple[RowRule, ...] = ()
    missing_together: tuple[MissingTogether, ...] = ()
    warnings: tuple[str, ...] = ()
    sampled: tuple[str, ...] = ()
    declared: DeclaredTable | None = None

    def column(self, name: str) -> ColumnProfile:
        """Raises KeyError where there is none of this name."""
        for each in self.columns:
            if each.name == name:
                return each
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.columns)


class FoundForeignKey(Found):
    """A column that refers to another table.

    Args:
        orphans: rows whose value the other table does not have.
        missing: rows without a value.
        confidence: from names and values together.
    """

    table: str
    column: str
    parent: str
    parent_column: str
    orphans: int
    missing: int
    confidence: float


class SourceProfile(Found):
    """All tables of a source, and the keys between them."""

    name: str
    tables: tuple[TableProfile, ...]
    foreign_keys: tuple[FoundForeignKey, ...] = ()
    warnings: tuple[str, ...] = ()

    def table(self, name: str) -> TableProfile:
        """Raises KeyError where there is none of this name."""
        for each in self.tables:
            if each.name == name:
                return each
        raise KeyError(name)
