"""Groups of a second parent's rows: what a row of the table is like says which one it refers to.

A table that refers to two others is drawn for the rows of the first one. What it says of the second
is learned as the group of the row that it refers to, by the columns of the second parent that go
with the table's own columns; the row itself is drawn in the group by how often it is referred to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.synthesizers.several.relations import MOST_GROUPS, MatchedColumn
from app.engine.synthesizers.table import MISSING, EncodedColumn, Kind, plain_cells, positions
from app.engine.synthesizers.values import ColumnValues, Protection, column_values

Codes = NDArray[np.int64]

MOST_PARTS = 8  # of one column
MOST_COLUMNS = 3
LEAST_INFORMATION = 0.02  # nats that a column must tell of another one


def group_codes(by: Sequence[MatchedColumn], cells: Mapping[str, pa.Array], rows: int) -> Codes:
    """The group of each row, shape (rows,).

    Args:
        cells: the columns that divide the rows, shape (rows,) each.
    """
    found = np.zeros(rows, dtype=np.int64)
    for column in by:
        size = 2 + (len(column.cuts) if column.labels is None else len(column.labels))
        found = found * size + _part_codes(column, cells[column.name])
    return found


def _part_codes(column: MatchedColumn, cells: pa.Array) -> Codes:
    """The part that each cell is in; the last one is for missing."""
    plain = plain_cells(cells)
    is_missing = np.asarray(plain.is_null().to_numpy(zero_copy_only=False))
    if column.labels is None:
        places = np.searchsorted(column.cuts, np.nan_to_num(positions(plain)), side="right")
        return np.where(is_missing, len(column.cuts) + 1, places)
    known = pa.array(column.labels, pa.string())
    index = pc.index_in(plain.cast(pa.string()), value_set=known, skip_nulls=True)
    others = len(column.labels)
    places = np.asarray(pc.fill_null(index, others).to_numpy(zero_copy_only=False))
    return np.where(is_missing, others + 1, places).astype(np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class HeldColumns:
    """Learned columns of a table and whose their rows are, for what may come out of them.

    Args:
        individuals: number of the individual that each row belongs to, shape (rows,).
        learned: which rows are not set aside, shape (rows,).
        k: individuals that stand for whatever comes out.
    """

    columns: Sequence[EncodedColumn]
    individuals: NDArray[np.int64]
    learned: NDArray[np.bool_]
    k: int

    def coarse(self) -> Iterator[tuple[MatchedColumn, Codes]]:
        """Each column in few parts, and the part of each row; shape (rows,)."""
        kept = np.flatnonzero(self.learned)
        people = self.individuals[kept]
        bins = min(MOST_PARTS, max(len(np.unique(people)) // self.k, 1))
        for column in self.columns:
            values = column_values(column.taken(kept), Protection(self.k), bins, people)
            matched = _matched(values)
            parts = np.append(_part_codes(matched, column.values), _missing_part(matched))
            yield matched, parts[column.codes]  # MISSING is the last place


def divided(parent: HeldColumns, table: HeldColumns, rows: NDArray[np.intp]) -> list[MatchedColumn]:
    """What divides a second parent's rows: the columns that tell most of the table's own.

    Args:
        parent: of the second parent.
        table: of the table.
        rows: the second parent's row that each row of the table refers to, MISSING for none.
    """
    known = np.flatnonzero((rows != MISSING) & table.learned & parent.learned[rows])
    own = [codes[known] for _, codes in table.coarse()]
    candidates: list[tuple[float, MatchedColumn]] = []
    for matched, codes in parent.coarse():
        there = codes[rows[known]]
        candidates.append((max((_information(there, each) for each in own), default=0.0), matched))
    candidates.sort(key=lambda pair: (-pair[0], pair[1].name))
    found: list[MatchedColumn] = []
    size = 1
    for information, matched in candidates[:MOST_COLUMNS]:
        parts = _missing_part(matched) + 1
        if information >= LEAST_INFORMATION and size * parts <= MOST_GROUPS:
            found.append(matched)
            size *= parts
    return found


def _matched(values: ColumnValues) -> MatchedColumn:
    """What divides a column, of values that may come out alone."""
    if values.kind is Kind.LABEL:
        labels = values.values.cast(pa.string())[: MOST_PARTS - 1]
        return MatchedColumn(name=values.name, labels=labels.to_pylist())
    starts = pa.array(values.starts[1:])
    return MatchedColumn(name=values.name, cuts=positions(values.values.take(starts)).tolist())


def _missing_part(column: MatchedColumn) -> int:
    return 1 + (len(column.cuts) if column.labels is None else len(column.labels))


def _information(left: Codes, right: Codes) -> float:
    """Mutual information of two columns of codes, in nats, less what chance makes of it (Miller &
    Madow's correction)."""
    if not len(left):
        return 0.0
    table = np.zeros((int(left.max()) + 1, int(right.max()) + 1))
    np.add.at(table, (left, right), 1.0)
    table = table[table.any(axis=1)][:, table.any(axis=0)]
    shares = table / table.sum()
    alone = shares.sum(axis=1, keepdims=True) * shares.sum(axis=0, keepdims=True)
    there = shares > 0
    found = float((shares[there] * np.log(shares[there] / alone[there])).sum())
    chance = (table.shape[0] - 1) * (table.shape[1] - 1) / (2 * len(left))
    return round(found - chance, 9)
