"""What the values of one column are: bins for learning, protection, and the way back to cells.

A column is learned as *symbols*: each label is one; numbers are cut into bins of about equal mass,
and a value that alone has the mass of a bin has a bin of its own, so spikes keep their value and
their share. Missing is the last symbol. Inside a bin a value is drawn by the counts of the source,
from the values that were observed, bit for bit; only where nearly all values differ is it drawn
between them, since rows would otherwise be recognised by their values alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.synthesizers.bounds import need, need_shape, need_starts, need_within
from app.engine.synthesizers.number_line import EXACT, between_neighbours, cells_on_line, on_steps
from app.engine.synthesizers.table import (
    MISSING,
    Codes,
    EncodedColumn,
    Kind,
    clipped,
    clipped_by,
    held_by,
    kind_of,
    positions,
)

FEATURE_BINS = 250
CONTINUOUS_SHARE = 0.2  # of rows that have distinct values: above, values are drawn between
MOST_WHOLE = 1 << 63
MOST_DIGITS = 38  # of a decimal128
MOST_COUNT = 1 << 40

Symbols = NDArray[np.int32]
Features = NDArray[np.uint8]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Protection:
    """Value protection: nothing comes out that fewer than `k` rows stand for.

    Labels of fewer than k rows are never drawn; numbers below the k-th smallest or above the k-th
    largest are drawn as these. 1 protects nothing.
    """

    k: int = 5


@dataclass(frozen=True, eq=False, slots=True)
class DrawnValues:
    """Values of a column that have been drawn.

    Args:
        codes: place of the value in the column's values, MISSING where there is none.
        fractions: in [0, 1): where between its neighbours a continuous value lies.
        exact: numbers that stand in the place of what codes and fractions say, on the line of
            numbers and moments; NaN for none. None where there are none at all.
    """

    codes: Codes
    fractions: Floats
    exact: Floats | None = None

    def take(self, rows: NDArray[np.intp]) -> DrawnValues:
        """Those of some rows, which may be named more than once."""
        exact = None if self.exact is None else self.exact[rows]
        return DrawnValues(self.codes[rows], self.fractions[rows], exact)

    def replaced(self, rows: NDArray[np.intp], by: DrawnValues) -> DrawnValues:
        """With other values in some rows."""
        codes, fractions = self.codes.copy(), self.fractions.copy()
        codes[rows], fractions[rows] = by.codes, by.fractions
        if self.exact is None and by.exact is None:
            return DrawnValues(codes, fractions)
        exact = self._exact_numbers().copy()
        exact[rows] = by._exact_numbers()
        return DrawnValues(codes, fractions, exact)

    @staticmethod
    def joined(parts: Sequence[DrawnValues]) -> DrawnValues:
        """Values after one another."""
        exact = None
        if any(part.exact is not None for part in parts):
            exact = np.concatenate([part._exact_numbers() for part in parts])
        codes = np.concatenate([part.codes for part in parts])
        return DrawnValues(codes, np.concatenate([part.fractions for part in parts]), exact)

    def _exact_numbers(self) -> Floats:
        return np.full(len(self.codes), np.nan) if self.exact is None else self.exact


@dataclass(frozen=True, eq=False, slots=True)
class ColumnValues:
    """The values that may be drawn of one column.

    Args:
        type: the Arrow type of the source.
        values: distinct values that may be drawn, ascending, shape (values,).
        counts: rows of the source that each stands for, shape (values,).
        starts: first value of each symbol, ascending from 0, shape (symbols,).
        feature_starts: first value of each feature code, the same way.
        has_missing: whether there is one more symbol, for missing.
        is_continuous: whether values are drawn between those observed.
    """

    name: str
    kind: Kind
    type: pa.DataType
    values: pa.Array
    counts: NDArray[np.int64]
    starts: NDArray[np.int32]
    feature_starts: NDArray[np.int32]
    has_missing: bool
    is_continuous: bool

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        count = len(self.values)
        need_shape(self.counts, (count,), "the counts of values")
        need_within(self.counts, 1, MOST_COUNT, "the counts of values")
        need(self.values.null_count == 0, "a missing value stands among those that may be drawn")
        is_number = kind_of(self.values.type) is Kind.NUMBER
        need(is_number or self.kind is Kind.LABEL, "texts are said to be numbers")
        need(is_number or not self.is_continuous, "labels are said to be continuous")
        need_starts(self.starts, count, "symbols")
        most_labels = count if self.kind is Kind.NUMBER else min(count, FEATURE_BINS)
        need_starts(self.feature_starts, max(most_labels, int(count > 0)), "features")
        need(len(self.feature_starts) <= FEATURE_BINS, "there are too many features")
        if self.kind is Kind.NUMBER and count:
            need(bool((np.diff(positions(self.values)) >= 0).all()), "numbers do not ascend")
        if self.is_continuous and count:
            need(_has_between(self.values), "there is nothing between its numbers")
        self.decode(DrawnValues(np.arange(count, dtype=np.int32), np.zeros(count)))

    @property
    def symbols(self) -> int:
        return len(self.starts) + self.has_missing

    def rows_of_symbols(self) -> NDArray[np.int64]:
        """Rows of the source that each symbol but the missing one stands for, shape (symbols,)."""
        return np.add.reduceat(self.counts, self.starts) if len(self.starts) else self.counts

    @property
    def feature_codes(self) -> int:
        """How many codes its feature has; the last one is for missing."""
        return len(self.feature_starts) + 1

    def symbols_of(self, codes: Codes) -> Symbols:
        """Symbol of each value, shape (rows,)."""
        return _places(self.starts, codes)

    def features_of(self, codes: Codes) -> Features:
        """What other columns see of each value, shape (rows,)."""
        return _places(self.feature_starts, codes).astype(np.uint8)

    def draw(self, symbols: Symbols, uniforms: Floats) -> DrawnValues:
        """Values of symbols.

        Args:
            symbols: shape (rows,).
            uniforms: in [0, 1), shape (rows,).
        """
        if not len(self.values):
            return DrawnValues(np.full(len(symbols), MISSING, np.int32), uniforms)
        missing = symbols >= len(self.starts)
        bins = np.where(missing, 0, symbols)
        before = np.concatenate([[0], np.cumsum(self.counts)])
        edges = before[np.append(self.starts, len(self.values))]
        target = edges[bins] + uniforms * (edges[bins + 1] - edges[bins])
        codes = np.searchsorted(before, target, side="right") - 1
        codes = np.minimum(codes, np.append(self.starts, len(self.values))[bins + 1] - 1)
        fractions = np.clip((target - before[codes]) / self.counts[codes], 0.0, 1.0)
        return DrawnValues(np.where(missing, MISSING, codes).astype(np.int32), fractions)

    def decode(self, drawn: DrawnValues) -> pa.Array:
        """Cells of the source's type, shape (rows,)."""
        return _as_type(self.plain_cells(drawn), self.type)

    def plain_cells(self, drawn: DrawnValues) -> pa.Array:
        """Cells of the type that the values have, shape (rows,)."""
        missing = drawn.codes == MISSING
        if self.is_continuous:
            cells = self._between(drawn, missing)
        else:
            indices = pa.array(np.where(missing, 0, drawn.codes), mask=missing)
            cells = self.values.take(indices)
        if drawn.exact is None:
            return cells
        exact = cells_on_line(drawn.exact, cells.type)
        return pc.if_else(pa.array(np.isnan(drawn.exact)), cells, exact)

    def _between(self, drawn: DrawnValues, missing: NDArray[np.bool_]) -> pa.Array:
        """Values between the midpoints to their neighbours in the bin, on the source's steps."""
        kind = self.values.type
        codes = np.where(missing, 0, drawn.codes)
        bins = _places(self.starts, codes.astype(np.int32))
        low = self.starts[bins]
        high = np.append(self.starts, len(self.values))[bins + 1] - 1
        if pa.types.is_floating(kind):
            known = positions(self.values)
            stepped = on_steps(between_neighbours(known, codes, low, high, drawn.fractions), known)
            found = np.clip(stepped, known[low], known[high])
            return pa.array(found, mask=missing).cast(kind, safe=False)
        first, step, units = whole_steps(self.values)
        between = between_neighbours(units.astype(float), codes, low, high, drawn.fractions)
        steps = np.clip(np.round(between).astype(np.int64), units[low], units[high])
        return _from_whole(first + steps * step, missing, kind)


def column_values(
    column: EncodedColumn,
    protection: Protection,
    bins: int,
    individuals: NDArray[np.int64] | None = None,
) -> ColumnValues:
    """What may be drawn of a column.

    Args:
        bins: how many bins numbers are cut into, at most.
        individuals: number of the individual that each row belongs to, shape (rows,): k of them
            stand for a label, and beyond an end; None where each row is one.
    """
    counts = column.counts()
    if column.kind is Kind.LABEL:
        holders = counts if individuals is None else held_by(column, individuals)
        kept = np.flatnonzero(holders >= protection.k)
        kept = kept[np.argsort(-counts[kept], kind="stable")]
        starts = np.arange(len(kept), dtype=np.int32)
        features = starts[:FEATURE_BINS]
        continuous = False
    else:
        if individuals is None:
            kept, counts = clipped(counts, protection.k)
            continuous = _is_continuous(column, counts[kept])
        else:
            kept, counts, continuous = _held_numbers(column, individuals, protection.k)
        # Values between those of a bin give them away where the bin stands for few rows.
        most = int(counts[kept].sum()) // (2 * protection.k) if continuous else bins
        starts = equal_mass_bins(counts[kept], max(min(bins, most), 1))
        if continuous and individuals is not None:
            starts = _held_bins(column, individuals, kept, starts, protection.k)
        features = equal_mass_bins(counts[kept], FEATURE_BINS)
    return ColumnValues(
        column.name, column.kind, column.type, column.values.take(pa.array(kept)), counts[kept],
        starts, features, column.has_missing, continuous,
    )  # fmt: skip


def codes_of(column: EncodedColumn, values: ColumnValues) -> tuple[Codes, NDArray[np.bool_]]:
    """Each row's place in the values that may be drawn, and which rows have such a value, both of
    shape (rows,).

    Numbers beyond an end have the place of the end; rows whose label may not be drawn are not to
    be learned from, and have MISSING.
    """
    place = pc.index_in(column.values, value_set=values.values)
    if column.kind is Kind.NUMBER and len(values.values):
        order = np.asarray(pc.fill_null(place, MISSING).to_numpy(zero_copy_only=False))
        first, last = np.flatnonzero(order != MISSING)[[0, -1]]
        order = np.where(np.arange(len(order)) < first, 0, order)
        order = np.where(np.arange(len(order)) > last, len(values.values) - 1, order)
    else:
        order = np.asarray(pc.fill_null(place, MISSING).to_numpy(zero_copy_only=False))
    table = np.append(order, MISSING).astype(np.int32)  # the last one is for MISSING itself
    codes = table[column.codes]
    return codes, (codes != MISSING) | (column.codes == MISSING)


def equal_mass_bins(counts: NDArray[np.int64], bins: int) -> NDArray[np.int32]:
    """Where bins of about equal mass start; a value as heavy as a bin has one of its own.

    Args:
        counts: rows of each value in order, shape (values,).

    Returns:
        Ascending places of values from 0, at most `bins`, shape (bins,).
    """
    if len(counts) <= bins:
        return np.arange(len(counts), dtype=np.int32)
    weight = 1
    while True:
        heavy = counts * bins >= counts.sum() * weight
        # Each run of light values needs a bin at least, wherever heavy ones interrupt them.
        runs = int((~heavy & np.append(True, heavy[:-1])).sum())
        left = bins - int(heavy.sum()) - runs
        if left >= 0:
            break
        weight *= 2
    size = max(int(counts[~heavy].sum()) / max(left, 1), 1.0)
    run = np.cumsum(heavy | np.append(False, heavy[:-1]))
    before = np.concatenate([[0], np.cumsum(np.where(heavy, 0, counts))[:-1]])
    key = run * (len(counts) + 1) + np.floor(before / size).astype(np.int64)
    return np.flatnonzero(np.append(True, np.diff(key) != 0)).astype(np.int32)


def whole_steps(values: pa.Array) -> tuple[int, int, NDArray[np.int64]]:
    """Whole numbers or moments as a first one, a step, and how many steps each lies behind the
    first; exact where floating point is not, as with nanoseconds since 1970.

    Args:
        values: ascending, shape (values,), at least one, less than 2**62 apart.
    """
    whole = _whole(values)
    behind = whole - whole[0]
    step = int(np.gcd.reduce(behind)) or 1
    return int(whole[0]), step, behind // step


def _held_numbers(
    column: EncodedColumn, individuals: NDArray[np.int64], k: int
) -> tuple[NDArray[np.intp], NDArray[np.int64], bool]:
    """Places of the numbers that may be drawn, the rows of each number, and whether values between
    them are drawn, too.

    A number that many rows but fewer than k individuals have would come out as it is: where there
    are many such ones, values between them are drawn; else it is left out.
    """
    kept, counts = clipped_by(column, individuals, k)
    held = held_by(column, individuals)[kept]
    few = held < k
    if _is_continuous(column, counts[kept]) or (few.any() and _is_continuous(column, held)):
        return kept, counts, True
    few &= counts[kept] >= k
    few[[0, -1] if len(few) else []] = False  # k individuals lie at the ends or beyond
    return kept[~few], counts, False


def _held_bins(
    column: EncodedColumn,
    individuals: NDArray[np.int64],
    kept: NDArray[np.intp],
    starts: NDArray[np.int32],
    k: int,
) -> NDArray[np.int32]:
    """Bins of neighbours put together until k individuals have values in each one.

    Args:
        kept: places of the values that may be drawn, neighbours of one another.
        starts: of the bins, as places in `kept`.
    """
    known = np.flatnonzero(column.codes != MISSING)
    places = np.clip(column.codes[known] - kept[0], 0, len(kept) - 1)
    bins = _places(starts, places.astype(np.int32))
    people = np.unique(individuals[known], return_inverse=True)[1]
    order = np.argsort(bins, kind="stable")
    edges = np.searchsorted(bins[order], np.arange(len(starts) + 1))
    found: list[int] = []
    held: set[int] = set()
    for number in range(len(starts)):
        if not found or len(held) >= k:
            found.append(number)
            held = set()
        held |= set(people[order[edges[number] : edges[number + 1]]].tolist())
    if len(held) < k and len(found) > 1:
        found.pop()
    return starts[found]


def _is_continuous(column: EncodedColumn, counts: NDArray[np.int64]) -> bool:
    many = len(counts) > CONTINUOUS_SHARE * int(counts.sum())
    return bool(len(counts)) and many and _has_between(column.values)


def _has_between(values: pa.Array) -> bool:
    """Whether numbers between these ones can be computed so that they keep to their ends."""
    ends = values.take(pa.array([0, len(values) - 1]))
    if pa.types.is_floating(values.type):
        return bool((np.abs(positions(ends)) < EXACT).all())
    scale = values.type.scale if pa.types.is_decimal(values.type) else 0
    if not 0 <= scale <= MOST_DIGITS:
        return False
    if (np.abs(positions(ends)) * 10.0**scale >= MOST_WHOLE).any():
        return False
    first, last = _whole(ends).tolist()
    return bool(last - first < MOST_WHOLE // 2)


def _whole(values: pa.Array) -> NDArray[np.int64]:
    """Whole numbers, what moments count, or decimals by their last digit; shape (values,)."""
    if pa.types.is_decimal(values.type):
        cells = values.cast(pa.decimal128(MOST_DIGITS, values.type.scale))
        words = np.frombuffer(cells.buffers()[1], np.dtype("<i8")).reshape(-1, 2)
        return words[cells.offset : cells.offset + len(cells), 0].copy()
    if pa.types.is_temporal(values.type) and values.type.bit_width == 32:
        values = values.cast(pa.int32())
    return np.asarray(values.cast(pa.int64()).to_numpy(zero_copy_only=False))


def _places(starts: NDArray[np.int32], codes: Codes) -> Symbols:
    """Number of the bin of each code; one more than the last for MISSING."""
    found = np.searchsorted(starts, codes, side="right") - 1
    return np.where(codes == MISSING, len(starts), found).astype(np.int32)


def _from_whole(
    found: NDArray[np.int64], missing: NDArray[np.bool_], kind: pa.DataType
) -> pa.Array:
    if pa.types.is_decimal(kind):
        words = np.stack([found, found >> 63], axis=1).astype("<i8")
        digits = pa.decimal128(MOST_DIGITS, kind.scale)
        cells = pa.Array.from_buffers(digits, len(found), [None, pa.py_buffer(words.tobytes())])
        return pc.if_else(pa.array(missing), None, cells.cast(kind))
    whole = pa.array(found, mask=missing)
    if pa.types.is_temporal(kind) and kind.bit_width == 32:
        whole = whole.cast(pa.int32())
    return whole.cast(kind)


def _as_type(cells: pa.Array, kind: pa.DataType) -> pa.Array:
    if cells.type == kind:
        return cells
    if pa.types.is_null(kind):
        return pa.nulls(len(cells))
    if pa.types.is_dictionary(kind):
        return cells.cast(kind.value_type).dictionary_encode().cast(kind)
    return cells.cast(kind)
