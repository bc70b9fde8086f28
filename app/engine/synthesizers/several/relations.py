"""What is known of a table beside its model: its key, its parents, what is made and written how."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from app.engine.sources.declarations import DeclaredTable
from app.engine.synthesizers.cell_formats import ColumnCells

MOST_GROUPS = 64
MOST_GRID = 5_000
MOST_ORPHANS = 1_000_000
MOST_ROWS = 65_536  # of one parent


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class MatchedColumn(_Frozen):
    """A column that divides the rows of a table into groups.

    Args:
        cuts: of a number or moment: where one group ends and the next one starts, ascending.
        labels: those that are a group each; all others are one more. None for numbers.
    """

    name: str
    cuts: list[float] = Field([], max_length=MOST_GROUPS)
    labels: list[str] | None = Field(None, max_length=MOST_GROUPS)


class OwnParent(_Frozen):
    """The parent whose rows a table's rows are drawn for.

    Args:
        column: the foreign key.
        also: its further columns, with those of the parent that they are the same as; the first
            one is the same as the parent's key.
        count: the column of the parent's model that says how many rows each has.
        position: the column of the table's model that numbers them, from 1.
        given: columns of the parent's model by the name that they have in the table's model.
        apart: rows that have no parent for each row that has one.
        orphans: share of the rows without a parent whose key refers to none.
        orphan_keys: how many different keys those have.
    """

    column: str
    parent: str
    count: str
    position: str
    given: dict[str, str]
    also: dict[str, str] = {}
    apart: float = Field(0.0, ge=0, le=1e6)
    orphans: float = Field(0.0, ge=0, le=1)
    orphan_keys: int = Field(0, ge=0, le=MOST_ORPHANS)


class Reference(_Frozen):
    """A foreign key to a second parent: a row of one of its groups.

    Args:
        column, also, orphans, orphan_keys: as in `OwnParent`.
        group: the column of the table's model that says the group of the parent.
        count: the column of the parent's model that says how often each row is referred to.
        by: what divides the parent's rows into groups.
        is_distinct: whether rows of one own parent refer to different rows.
        is_later: whether the parent stands behind the table, to which it leads back.
        is_own: whether a row refers to one of those that follow from it.
    """

    column: str
    parent: str
    group: str
    count: str
    by: list[MatchedColumn] = Field([], max_length=8)
    is_distinct: bool = False
    is_later: bool = False
    is_own: bool = False
    also: dict[str, str] = {}
    orphans: float = Field(0.0, ge=0, le=1)
    orphan_keys: int = Field(0, ge=0, le=MOST_ORPHANS)


class SelfReference(_Frozen):
    """A foreign key to a row of the same table.

    Args:
        column, also, parent, group, count, by: as in `Reference`; the parent is the table itself.
        level: the column of the table's model that says how many rows lie above a row, missing
            for those that have none above; None where the source's rows go round in circles.
        is_within: whether a row and the one that it refers to have one own parent.
        loops: whether rows that have none above refer to themselves.
    """

    column: str
    parent: str
    group: str
    count: str
    by: list[MatchedColumn] = Field([], max_length=8)
    level: str | None = None
    is_within: bool = False
    loops: bool = False
    also: dict[str, str] = {}


class LookupKey(_Frozen):
    """A key to a lookup table: each row has that of one of its rows, or misses a part of it.

    Args:
        columns: of the table, and `parent_columns` those of the lookup table that they refer to.
        is_distinct: whether rows of one own parent have different ones.
    """

    columns: list[str] = Field(min_length=1, max_length=64)
    parent: str
    parent_columns: list[str] = Field(min_length=1, max_length=64)
    is_distinct: bool = False


class LineColumn(_Frozen):
    """A column that numbers the rows of each parent.

    Args:
        first: number of a parent's first row.
        type: name of its Arrow type.
    """

    column: str
    first: int = Field(ge=0, le=1)
    type: str = Field(pattern=r"^u?int(8|16|32|64)$")


class RunningNumber(_Frozen):
    """A column of a sequence that is drawn as a first value and changes.

    A value on its line is its place on the line of numbers and moments, or of a grid its place
    among the values of that, or the logarithm of the number.

    Args:
        column: of the table; its model is given it.
        change: the column of the model with what is added on the line, missing in first rows and
            where a row starts afresh.
        first: the column of the model with the value on the line where there is no change.
        grid: values that may be drawn, ascending; empty for all.
        low, high: ends of what may be drawn; places in the grid where there is one.
        step: that values are multiples of; 0 for none.
        least: change that each row has at least, where the column orders rows.
        restarts: whether later rows may start afresh, or miss the value.
        is_ratio: whether the line is that of logarithms.
        is_order: whether the column orders the rows.
    """

    column: str
    first: str
    change: str
    grid: list[float] = Field([], max_length=MOST_GRID)
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    step: float = Field(0.0, ge=0, allow_inf_nan=False)
    least: float = Field(0.0, ge=0, allow_inf_nan=False)
    restarts: bool = False
    is_ratio: bool = False
    is_order: bool = False

    def on_line(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where numbers and moments lie on the column's own line, shape (rows,)."""
        if self.grid:
            grid = np.array(self.grid)
            return np.searchsorted((grid[1:] + grid[:-1]) / 2, places).astype(float)
        return np.log(places) if self.is_ratio else places

    def from_line(self, line: NDArray[np.float64]) -> NDArray[np.float64]:
        """The numbers and moments that lie there, shape (rows,)."""
        if self.grid:
            return np.array(self.grid)[line.astype(np.int64)]
        return np.exp(line) if self.is_ratio else line

    @property
    def most_rows(self) -> int:
        """Of one parent, so that each may lie behind the one before it."""
        if not self.least:
            return MOST_ROWS
        return int(min((self.high - self.low) / self.least, MOST_ROWS - 1)) + 1


class SplitColumn(_Frozen):
    """A column of a sequence that is learned apart in first rows and in later ones.

    Args:
        column: of the table; its model is given it.
        first, later: columns of the model, missing in all other rows.
    """

    column: str
    first: str
    later: str


class TableSequence(_Frozen):
    """How rows of one parent follow one another.

    Args:
        numbers: columns that are drawn as changes; the first one orders the rows.
        split: columns that are learned apart in first rows.
        before: columns of the model with what another one was in the row before, by name.
        before_that: the same of two rows before.
        means: the same of the mean over all rows before.
    """

    numbers: list[RunningNumber] = Field(min_length=1)
    split: list[SplitColumn]
    before: dict[str, str]
    before_that: dict[str, str]
    means: dict[str, str]

    @property
    def known(self) -> set[str]:
        """Columns of the model that say something of the rows before."""
        return {*self.before, *self.before_that, *self.means}

    @property
    def helpers(self) -> set[str]:
        """Columns of the model that do not come out."""
        changes = {name for each in self.numbers for name in (each.first, each.change)}
        return self.known | changes | {name for e in self.split for name in (e.first, e.later)}

    @property
    def given(self) -> set[str]:
        """Columns of the model that rows are given while they are drawn."""
        own = {each.column for each in self.numbers} | {each.column for each in self.split}
        return self.known | own


RelatedKey = OwnParent | Reference | SelfReference


class TableRelations(_Frozen):
    """One of several tables.

    Args:
        key: the column that others refer to, of several the first one; None where none do.
        parent: None for a root.
        itself: keys to rows of the same table.
        lookups: keys to lookup tables that are of several columns, or distinct.
        lines: columns that number the rows of each parent.
        sequence: how rows of one parent follow one another; None where they do so in no order.
        made: columns that are declared, by name.
        order: of all columns that come out.
        cells: how the source writes its columns.
        rows: of the source.
        declared: types, keys and what is unique, for a database; None in files of earlier versions.
    """

    name: str
    key: str | None = None
    parent: OwnParent | None = None
    references: list[Reference] = []
    itself: list[SelfReference] = []
    lookups: list[LookupKey] = []
    lines: list[LineColumn] = []
    sequence: TableSequence | None = None
    made: dict[str, dict[str, Any]] = {}
    order: list[str]
    cells: list[ColumnCells] = []
    rows: int = Field(ge=0)
    declared: DeclaredTable | None = None

    @property
    def keys(self) -> list[RelatedKey]:
        """The foreign keys that follow from rows of tables that are learned."""
        own: list[RelatedKey] = [] if self.parent is None else [self.parent]
        return [*own, *self.references, *self.itself]

    @property
    def drawn_keys(self) -> dict[str, str]:
        """The columns of these keys, with the names of the tables."""
        return {column: each.parent for each in self.keys for column in (each.column, *each.also)}

    @property
    def helpers(self) -> set[str]:
        """Columns of its model that do not come out, but for the counts of its children."""
        own = set() if self.parent is None else {self.parent.position, *self.parent.given}
        levels = {each.level for each in self.itself if each.level is not None}
        groups = {each.group for each in self.references} | {each.group for each in self.itself}
        steps = set() if self.sequence is None else self.sequence.helpers
        return own | levels | groups | steps
