"""From an encoded table to what is learned: values that may be drawn, and each row's place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.synthesizers.table import MISSING, Codes, EncodedColumn, EncodedTable, Kind, held_by
from app.engine.synthesizers.values import (
    ColumnValues,
    Protection,
    codes_of,
    column_values,
)

FEWEST_BINS = 8


@dataclass(frozen=True, eq=False, slots=True)
class PreparedColumn:
    """A column to be learned.

    Args:
        codes: place of each row's value among those that may be drawn, shape (rows,).
        usable: rows whose value may be drawn, missing included; the others teach nothing. As many
            missing ones are not usable, in proportion, so that the share of missing stays.
        own: rows whose place is that of their own value, and not of the nearest that may be drawn.
    """

    values: ColumnValues
    codes: Codes
    usable: NDArray[np.bool_]
    own: NDArray[np.bool_]

    @property
    def name(self) -> str:
        return self.values.name


def prepared(
    table: EncodedTable, protection: Protection, bins: int, rows_per_bin: int = 0
) -> list[PreparedColumn]:
    """The columns of a table.

    Args:
        bins: of numbers, at most.
        rows_per_bin: that a bin has at least, about, of the rows in which a column is not missing.
    """
    return [
        _prepared(
            column,
            protected(column, table, protection.k),
            protection,
            _bins(column, bins, rows_per_bin),
            table.individuals,
        )
        for column in table.columns
    ]


def protected(column: EncodedColumn, table: EncodedTable, k: int) -> EncodedColumn:
    """A column of a table with the values that it is learned with.

    A column that determines another one may only have values that enough rows stand for, also
    where it is a number, since each value's partner comes out with it. Of several tables what it
    determines may, too: else values between those of few individuals would be drawn of it.
    """
    both = table.individuals is not None
    paired = {name for pair in table.dependencies for name in (pair if both else pair[:1])}
    return _frequent(column, k, table.individuals) if column.name in paired else column


def _bins(column: EncodedColumn, bins: int, rows_per_bin: int) -> int:
    if not rows_per_bin:
        return bins
    known = int((column.codes != MISSING).sum())
    return min(bins, max(known // rows_per_bin, FEWEST_BINS))


def _prepared(
    column: EncodedColumn,
    learned: EncodedColumn,
    protection: Protection,
    bins: int,
    individuals: NDArray[np.int64] | None,
) -> PreparedColumn:
    values = column_values(learned, protection, bins, individuals)
    codes, usable = codes_of(learned, values)
    place = pc.fill_null(pc.index_in(column.values, value_set=values.values), MISSING)
    table = np.append(np.asarray(place.to_numpy(zero_copy_only=False)), MISSING)
    usable = _balanced(usable, column.codes == MISSING)
    return PreparedColumn(values, codes, usable, own=table[column.codes] == codes)


def _balanced(usable: NDArray[np.bool_], missing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Usable rows with missing ones left out as often as known ones are, evenly over the table."""
    known, left = int((~missing).sum()), int((usable & ~missing).sum())
    if left in (0, known):
        return usable
    places = np.flatnonzero(missing)
    out = round(len(places) * (known - left) / known)
    found = usable.copy()
    found[places[np.arange(out) * len(places) // max(out, 1)]] = False
    return found


def _frequent(
    column: EncodedColumn, k: int, individuals: NDArray[np.int64] | None
) -> EncodedColumn:
    """The column without numbers that fewer than k rows, or individuals, have: they take their
    neighbour's place. Where no number has k individuals, all cells are missing; where none has k
    rows, it stays as it is."""
    counts = column.counts() if individuals is None else held_by(column, individuals)
    kept = np.flatnonzero(counts >= k)
    if column.kind is Kind.LABEL or len(kept) == len(counts):
        return column
    if not len(kept):
        if individuals is None:
            return column
        missing = np.full(len(column.codes), MISSING, dtype=np.int32)
        return replace(column, values=column.values[:0], codes=missing)
    nearest = np.clip(np.searchsorted(kept, np.arange(len(counts))), 0, len(kept) - 1)
    table = np.append(nearest, MISSING).astype(np.int32)
    return replace(column, values=column.values.take(kept), codes=table[column.codes])
