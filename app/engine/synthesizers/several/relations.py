"""What is known of a table beside its model: its key, its parents, what is made and written how."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.engine.synthesizers.cell_formats import ColumnCells

MOST_GROUPS = 64


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
    """

    column: str
    parent: str
    count: str
    position: str
    given: dict[str, str]
    also: dict[str, str] = {}
    apart: float = Field(0.0, ge=0, le=1e6)


class Reference(_Frozen):
    """A foreign key to a second parent: a row of one of its groups.

    Args:
        column, also: as in `OwnParent`.
        group: the column of the table's model that says the group of the parent.
        count: the column of the parent's model that says how often each row is referred to.
        by: what divides the parent's rows into groups.
        is_distinct: whether rows of one own parent refer to different rows.
    """

    column: str
    parent: str
    group: str
    count: str
    by: list[MatchedColumn] = Field([], max_length=8)
    is_distinct: bool = False
    also: dict[str, str] = {}


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


class LineColumn(_Frozen):
    """A column that numbers the rows of each parent.

    Args:
        first: number of a parent's first row.
        type: name of its Arrow type.
    """

    column: str
    first: int = Field(ge=0, le=1)
    type: str = Field(pattern=r"^u?int(8|16|32|64)$")


RelatedKey = OwnParent | Reference | SelfReference


class TableRelations(_Frozen):
    """One of several tables.

    Args:
        key: the column that others refer to, of several the first one; None where none do.
        parent: None for a root.
        itself: keys to rows of the same table.
        lines: columns that number the rows of each parent.
        made: columns that are declared, by name.
        order: of all columns that come out.
        cells: how the source writes its columns.
        rows: of the source.
    """

    name: str
    key: str | None = None
    parent: OwnParent | None = None
    references: list[Reference] = []
    itself: list[SelfReference] = []
    lines: list[LineColumn] = []
    made: dict[str, dict[str, Any]] = {}
    order: list[str]
    cells: list[ColumnCells] = []
    rows: int = Field(ge=0)

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
        return own | levels | groups
