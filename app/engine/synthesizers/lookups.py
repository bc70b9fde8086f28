"""Columns whose value another one says in every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.bounds import need, need_shape, need_within
from app.engine.synthesizers.preparation import PreparedColumn
from app.engine.synthesizers.table import MISSING, Codes, EncodedTable
from app.engine.synthesizers.values import ColumnValues


@dataclass(frozen=True, eq=False, slots=True)
class Lookup:
    """What each value of one column says of another one.

    Args:
        codes: the dependent's value for each of the determinant's, and for a missing one, shape
            (values + 1,).
    """

    dependent: str
    determinant: str
    codes: NDArray[np.int32]

    def check(self) -> None:
        """Its parts are checked by the model, which has the columns."""

    def check_place(self, order: Sequence[str], columns: Mapping[str, ColumnValues]) -> None:
        """Raises ValueError where it does not fit the columns that are drawn in this order."""
        names = list(order)
        fits = {self.dependent, self.determinant} <= set(names)
        need(fits, "a column is determined by one that is not there")
        is_behind = names.index(self.determinant) < names.index(self.dependent)
        need(is_behind, "a column is determined by none before it")
        values = len(columns[self.determinant].values)
        need_shape(self.codes, (values + 1,), "the codes of a column")
        most = len(columns[self.dependent].values) - 1
        need_within(self.codes, MISSING, most, "the codes of a column")

    def said_by(self, codes: Codes) -> Codes:
        """The dependent's value for each of the determinant's; shape (rows,)."""
        found = self.codes[np.where(codes == MISSING, len(self.codes) - 1, codes)]
        return found.astype(np.int32)


def determined(columns: Sequence[PreparedColumn], table: EncodedTable) -> dict[str, str]:
    """For each column that others determine, one of these that nothing determines itself.

    Only among values that are drawn as they were observed. A determinant has as many values as
    what it determines, or more; of two that determine one another the first by name is free.
    So it is in the source: protection may take more values from one of them than from the other.
    """
    ranks = {
        source.name: (-len(source.values) - source.has_missing, source.name)
        for source, column in zip(table.columns, columns, strict=True)
        if not column.values.is_continuous and len(column.values.values)
    }
    found: dict[str, str] = {}
    usable = [(a, b) for a, b in table.dependencies if a in ranks and b in ranks]
    for determinant, name in sorted(usable, key=lambda pair: (ranks[pair[0]], ranks[pair[1]])):
        if ranks[determinant] < ranks[name] and determinant not in found:
            found.setdefault(name, determinant)
    return found


def with_determined_behind(
    columns: Sequence[PreparedColumn], order: Sequence[PreparedColumn], pairs: Mapping[str, str]
) -> list[PreparedColumn]:
    """The free ones of `order`, each with what it determines right behind it.

    Args:
        columns: all of them.
        pairs: what `determined` found.
    """
    found: list[PreparedColumn] = []
    for column in order:
        if column.name not in pairs:
            found.append(column)
            found += [each for each in columns if pairs.get(each.name) == column.name]
    return found


def looked_up(determinant: PreparedColumn, column: PreparedColumn) -> Lookup:
    """What each of the determinant's values says, from rows that have it: a rare value that was
    moved to its neighbour would say its own partner there."""
    codes = np.full(len(determinant.values.values) + 1, MISSING, dtype=np.int32)
    both = determinant.usable & determinant.own & column.usable
    codes[determinant.codes[both]] = column.codes[both]  # MISSING is the last place
    return Lookup(column.name, determinant.name, codes)
