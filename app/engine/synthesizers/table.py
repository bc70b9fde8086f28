"""A real table in the form that synthesizers learn from: columns of codes into ordered values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import SourceError

MISSING = -1
FEWEST_ROWS = 20
LENGTH = pa.int64()
"""The type of the column that stands for a text in a model: how many tokens it has."""

Codes = NDArray[np.int32]


class Kind(StrEnum):
    """How the values of a column are learned."""

    LABEL = "label"  # values without an order
    NUMBER = "number"  # values in order: numbers, dates, times


@dataclass(frozen=True, eq=False, slots=True)
class EncodedColumn:
    """One column of a real table.

    Args:
        type: the Arrow type of the source.
        values: the distinct values that occur, ascending, without nulls.
        codes: place of each row's value in `values`, MISSING where there is none, shape (rows,).
    """

    name: str
    kind: Kind
    type: pa.DataType
    values: pa.Array
    codes: Codes

    @property
    def has_missing(self) -> bool:
        return bool((self.codes == MISSING).any())

    def counts(self) -> NDArray[np.int64]:
        """Rows of each value, shape (values,)."""
        known = self.codes[self.codes != MISSING]
        return np.bincount(known, minlength=len(self.values)).astype(np.int64)

    def taken(self, rows: NDArray[np.intp]) -> EncodedColumn:
        """The column of some rows, which may be named more than once; MISSING rows have no value.
        Only values that occur in them are left."""
        codes = np.append(self.codes, MISSING)[rows].astype(np.int32)
        occurs = np.bincount(codes[codes != MISSING], minlength=len(self.values)) > 0
        table = np.append(np.cumsum(occurs) - 1, MISSING).astype(np.int32)
        values = self.values.take(pa.array(np.flatnonzero(occurs)))
        return EncodedColumn(self.name, self.kind, self.type, values, table[codes])

    def positions(self) -> NDArray[np.float64]:
        """Where each value of a number lies on a line, ascending, shape (values,)."""
        return positions(self.values)


@dataclass(frozen=True, eq=False, slots=True)
class SourceText:
    """A column that is learned as free text; a column of the table has its lengths.

    Args:
        cells: the texts, null where missing, shape (rows,).
        lengths: tokens of each text, 0 where missing, shape (rows,).
    """

    name: str
    cells: pa.Array
    lengths: NDArray[np.int64]

    def taken(self, rows: NDArray[np.intp]) -> SourceText:
        """The texts of some rows, which may be named more than once."""
        return SourceText(self.name, self.cells.take(pa.array(rows)), self.lengths[rows])


@dataclass(frozen=True, eq=False, slots=True)
class EncodedTable:
    """A real table.

    Args:
        dependencies: pairs (A, B) of names for which each value of A, a missing one included, has
            one value of B in every row. A pair (A, B) may stand beside (B, A).
        rules: what else holds in every row, as expressions; those that speak of anything but
            sums and orders of numbers and moments are not kept.
        given: names of columns that rows always have when they are drawn: they come first, and
            are not learned themselves.
        early: names of columns that are drawn first, in this order, behind those that are given;
            of a given one among them rows are asked for where it stands.
        individuals: number of the individual that each row belongs to, shape (rows,); None where
            each row is one.
        texts: columns that are learned as free text, by the columns of their lengths.
    """

    columns: tuple[EncodedColumn, ...]
    rows: int
    dependencies: tuple[tuple[str, str], ...] = field(default=())
    rules: tuple[str, ...] = field(default=())
    given: frozenset[str] = field(default=frozenset())
    early: tuple[str, ...] = field(default=())
    individuals: NDArray[np.int64] | None = None
    texts: tuple[SourceText, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(column.name, column.type) for column in self.columns])


def encode(
    table: pa.Table,
    kinds: Mapping[str, Kind] | None = None,
    dependencies: tuple[tuple[str, str], ...] | None = None,
    rules: tuple[str, ...] = (),
) -> EncodedTable:
    """The encoded form of an Arrow table.

    Args:
        kinds: of some columns, where the type of a column says it wrongly: a postal code that is
            stored as a number is a label.
        dependencies: pairs (A, B) where A determines B; None: they are looked for.
        rules: as in `EncodedTable`.

    Raises:
        SourceError: too few rows, no columns, two of one name, or a type that cannot be learned.
    """
    _check(table)
    known = kinds or {}
    columns = tuple(
        _encoded(name, table[name], known.get(name) or kind_of(table.schema.field(name).type))
        for name in table.column_names
    )
    found = dependencies if dependencies is not None else determined_pairs(columns)
    return EncodedTable(columns, table.num_rows, found, rules)


def kind_of(kind: pa.DataType) -> Kind:
    """How values of an Arrow type are learned where nobody says otherwise.

    Raises:
        SourceError: lists, structs and bytes.
    """
    types = pa.types
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return Kind.NUMBER
    if types.is_date(kind) or types.is_timestamp(kind) or types.is_time(kind):
        return Kind.NUMBER
    if types.is_duration(kind):
        return Kind.NUMBER
    if types.is_dictionary(kind):
        return kind_of(kind.value_type)
    if types.is_boolean(kind) or types.is_null(kind):
        return Kind.LABEL
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return Kind.LABEL
    raise SourceError(f"values of type {kind} cannot be learned: use numbers, dates or text")


def positions(values: pa.Array) -> NDArray[np.float64]:
    """Values in order as numbers, dates and times as what they count; shape (values,)."""
    if pa.types.is_temporal(values.type):
        values = values.cast(pa.int32() if values.type.bit_width == 32 else pa.int64())
    return np.asarray(pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def determined_pairs(columns: tuple[EncodedColumn, ...]) -> tuple[tuple[str, str], ...]:
    """Pairs (A, B) where each value of A has one value of B, and B has more than one.

    A's values must repeat, ten times on average: where they hardly do, everything seems determined.
    """
    found = []
    for determinant in columns:
        values = len(determinant.values) + 1
        if values * 10 > len(determinant.codes) or values <= 2:
            continue
        place = np.where(determinant.codes == MISSING, values - 1, determinant.codes)
        for column in columns:
            if column is determinant or len(column.values) + column.has_missing < 2:
                continue
            only = np.full(values, MISSING, dtype=np.int32)
            only[place] = column.codes
            if (only[place] == column.codes).all():
                found.append((determinant.name, column.name))
    return tuple(found)


def _check(table: pa.Table) -> None:
    if not table.num_columns:
        raise SourceError("the table has no columns")
    if table.num_rows < FEWEST_ROWS:
        raise SourceError(
            f"the table is too small: it has {table.num_rows} rows, and {FEWEST_ROWS} are needed"
        )
    names = table.column_names
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SourceError(f"the table has more than one column named {twice[0]!r}")


def _encoded(name: str, column: pa.ChunkedArray, kind: Kind) -> EncodedColumn:
    cells = plain_cells(_one_array(column))
    distinct = pc.unique(cells).drop_null()
    values = distinct.take(pc.array_sort_indices(distinct)) if len(distinct) else distinct
    codes = pc.fill_null(pc.index_in(cells, value_set=values, skip_nulls=True), MISSING)
    return EncodedColumn(
        name, kind, column.type, values, np.asarray(codes.to_numpy(zero_copy_only=False), np.int32)
    )


def plain_cells(cells: pa.Array) -> pa.Array:
    """The cells of a column in a type that sorts, with what is not finite as missing.

    Raises:
        SourceError: a type that cannot be learned.
    """
    kind_of(cells.type)
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    if pa.types.is_floating(cells.type):
        cells = pc.if_else(pc.is_finite(cells), cells, pa.scalar(None, cells.type))
    if pa.types.is_boolean(cells.type) or pa.types.is_null(cells.type):
        cells = cells.cast(pa.string())
    if pa.types.is_string_view(cells.type):
        cells = cells.cast(pa.string())
    return cells


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    cells = column.combine_chunks()
    if isinstance(cells, pa.ChunkedArray):  # what pyarrow makes of no or of too many chunks
        cells = pa.concat_arrays(cells.chunks) if cells.num_chunks else pa.array([], column.type)
    return cells


def held_by(column: EncodedColumn, individuals: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many different individuals have each value, shape (values,).

    Args:
        individuals: number of the individual that each row belongs to, shape (rows,).
    """
    known = column.codes != MISSING
    own, people = np.unique(individuals[known], return_inverse=True)
    pairs = np.unique(column.codes[known].astype(np.int64) * max(len(own), 1) + people)
    return np.bincount(pairs // max(len(own), 1), minlength=len(column.values)).astype(np.int64)


def clipped(counts: NDArray[np.int64], k: int) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Places of the values between the k-th from either end, and counts with what lies beyond them
    added to the ends. Nothing where the k-th from one end lies beyond the k-th from the other, as
    with fewer than 2k - 1 rows that differ."""
    total = int(counts.sum())
    if total < k:
        return np.arange(0), counts
    reach = np.cumsum(counts)
    low = int(np.searchsorted(reach, k))
    high = int(np.searchsorted(reach, total - k + 1))
    if low > high:
        return np.arange(0), counts
    return np.arange(low, high + 1), _gathered(counts, low, high)


def clipped_by(
    column: EncodedColumn, individuals: NDArray[np.int64], k: int
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """As `clipped`, between the values beyond which, or at which, k individuals have one."""
    known, counts = column.codes != MISSING, column.counts()
    own, places = np.unique(individuals[known], return_inverse=True)
    if len(own) < k:
        return np.arange(0), counts
    lowest, highest = np.full(len(own), len(counts)), np.full(len(own), -1)
    np.minimum.at(lowest, places, column.codes[known])
    np.maximum.at(highest, places, column.codes[known])
    low, high = int(np.sort(lowest)[k - 1]), int(np.sort(highest)[-k])
    if low > high:
        return np.arange(0), counts
    return np.arange(low, high + 1), _gathered(counts, low, high)


def _gathered(counts: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
    """Counts with what lies beyond two places added to them."""
    clipped = counts.copy()
    clipped[low] = counts[: low + 1].sum()
    clipped[high] = counts[high:].sum() if high > low else counts.sum()
    return clipped
