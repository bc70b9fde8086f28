"""Classes of rows that write in words of their own, by the other columns of the row.

The column that models will be trained on divides first, then the one that tells most of the words:
by how much likelier texts that were left out become where words are counted by its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.synthesizers.bounds import need, need_shape, need_within
from app.engine.synthesizers.table import EncodedColumn, Kind, plain_cells, positions
from app.engine.synthesizers.texts.counting import Sequences
from app.engine.synthesizers.texts.ngrams import MOST_CLASSES, NONE, Ngrams, Places
from app.engine.synthesizers.values import Protection, column_values

MOST_COLUMNS = 2
MOST_PARTS = 8  # of a column
MOST_TARGETS = 24  # labels of the column that models are trained on
FEWEST = 10  # times k: individuals of a class
LEAST_GAIN = 0.01  # nats a token
MOST_ROWS = 20_000  # that columns are chosen by


@dataclass(frozen=True, eq=False, slots=True)
class DividingColumn:
    """A column that says which class a row is of.

    Args:
        labels: those that are a part each; all others are one more, shape (labels,). None of a
            number.
        cuts: of a number or moment: where one part ends and the next one starts, ascending, shape
            (cuts,).
    """

    name: str
    is_number: bool
    labels: pa.Array
    cuts: NDArray[np.float64]

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        need(pa.types.is_string(self.labels.type), "labels are no texts")
        need(not self.labels.null_count, "a missing label stands among labels")
        need(self.cuts.ndim == 1 and bool((np.diff(self.cuts) >= 0).all()), "cuts do not ascend")

    @property
    def parts(self) -> int:
        """How many there are; the last one is for missing."""
        return 2 + (len(self.cuts) if self.is_number else len(self.labels))

    def part_of(self, cells: pa.Array) -> Places:
        """The part that each cell is in, shape (rows,)."""
        plain = plain_cells(cells)
        missing = np.asarray(plain.is_null().to_numpy(zero_copy_only=False))
        if self.is_number:
            found = np.searchsorted(self.cuts, np.nan_to_num(positions(plain)), side="right")
        else:
            texts = plain.cast(pa.string())
            place = pc.index_in(texts, value_set=self.labels, skip_nulls=True)
            found = pc.fill_null(place, len(self.labels)).to_numpy(zero_copy_only=False)
        return np.where(missing, self.parts - 1, found).astype(np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class RowClasses:
    """The class of a row by its other columns.

    Args:
        columns: that divide rows, the first ones first.
        numbers: for each column the class of each combination of parts up to it, NONE where too
            few individuals have it, shape (combinations,).
    """

    columns: tuple[DividingColumn, ...]
    numbers: tuple[NDArray[np.int32], ...]

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        need(len(self.columns) == len(self.numbers), "rows are divided by no column")
        size = 1
        for column, numbers in zip(self.columns, self.numbers, strict=True):
            size *= column.parts
            need(size <= 1 << 16, "there are too many classes")
            need_shape(numbers, (size,), "classes of rows")
            need_within(numbers, NONE, MOST_CLASSES, "classes of rows")

    def check_place(self, ngrams: Ngrams, names: Iterable[str]) -> None:
        """Raises ValueError where n-grams or columns are of other classes."""
        known = set(names)
        for column, numbers in zip(self.columns, self.numbers, strict=True):
            need(column.name in known, "a text depends on no column of the table")
            need_within(numbers, NONE, len(ngrams.above) - 1, "classes of rows")

    def of_rows(self, cells: Mapping[str, pa.Array], rows: int) -> Places:
        """The class of each row, shape (rows,)."""
        found, codes = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
        for column, numbers in zip(self.columns, self.numbers, strict=True):
            codes = codes * column.parts + column.part_of(cells[column.name])
            own = numbers[codes]
            found = np.where(own == NONE, found, own)
        return found


@dataclass(frozen=True, eq=False, slots=True)
class Division:
    """Rows divided into classes.

    Args:
        above: the class that each one is a part of, NONE of the first.
        depths: the class of each row with all rows, after the first column and so on; NONE where
            it has none of its own there.
    """

    classes: RowClasses
    above: NDArray[np.int32]
    depths: list[Places]


def divide(
    columns: Iterable[EncodedColumn],
    sequences: Sequences,
    tokens: int,
    k: int,
    target: str | None,
) -> Division:
    """Classes of the rows of texts.

    Args:
        columns: the other columns of the rows.
        tokens: how many different ones there are.
        k: individuals that stand for whatever comes out.
        target: the column that divides first, where it tells anything.
    """
    known = [(each, _dividing(each, sequences.individuals, k, target)) for each in columns]
    codes = {
        column.name: column.part_of(_cells(each))
        for each, column in known
        if column.parts > 2 or each.has_missing
    }
    dividing = {column.name: column for _, column in known}
    chosen: list[DividingColumn] = []
    now = np.zeros(len(sequences.lengths), dtype=np.int64)
    first = {name for name in codes if name == target}
    while codes and len(chosen) < MOST_COLUMNS:
        names = first or codes.keys()
        gains = {name: _gain(sequences, now, codes[name], tokens) for name in sorted(names)}
        best = max(sorted(gains), key=lambda name: gains[name])
        if gains[best] >= (0.0 if best == target else LEAST_GAIN):
            chosen.append(dividing[best])
            now = now * dividing[best].parts + codes[best]
        elif not first:
            break
        del codes[best]
        first = set()
    return _numbered(chosen, {each.name: column for column, each in known}, sequences, k)


def _numbered(
    chosen: list[DividingColumn],
    columns: Mapping[str, EncodedColumn],
    sequences: Sequences,
    k: int,
) -> Division:
    """Classes that enough individuals are of."""
    above, numbers = [NONE], list[NDArray[np.int32]]()
    rows = np.zeros(len(sequences.lengths), dtype=np.int64)
    depths, size, before = [rows], 1, np.zeros(1, dtype=np.int64)
    for column in chosen:
        rows = rows * column.parts + column.part_of(_cells(columns[column.name]))
        size *= column.parts
        pairs = np.unique(np.column_stack([rows, sequences.individuals]), axis=0)
        people = np.bincount(pairs[:, 0], minlength=size)
        parents = np.repeat(before, column.parts)
        own = np.full(size, NONE, dtype=np.int32)
        for code in np.flatnonzero(people >= FEWEST * k):
            own[code] = len(above)
            above.append(int(parents[code]))
        numbers.append(own)
        depths.append(own[rows].astype(np.int64))
        before = np.where(own == NONE, parents, own)
    return Division(
        RowClasses(tuple(chosen), tuple(numbers)), np.array(above, dtype=np.int32), depths
    )


def _dividing(
    column: EncodedColumn, individuals: Places, k: int, target: str | None
) -> DividingColumn:
    """A column in few parts, of values that may come out alone."""
    values = column_values(column, Protection(k), MOST_PARTS, individuals)
    most = MOST_TARGETS if column.name == target else MOST_PARTS - 1
    if column.kind is Kind.LABEL:
        labels = values.values.cast(pa.string())[:most]
        return DividingColumn(column.name, False, labels, np.zeros(0))
    cuts = positions(values.values.take(pa.array(values.starts[1:])))
    return DividingColumn(column.name, True, pa.array([], pa.string()), cuts)


def _cells(column: EncodedColumn) -> pa.Array:
    codes = column.codes
    return column.values.take(pa.array(np.maximum(codes, 0), mask=codes < 0))


def _gain(sequences: Sequences, now: Places, codes: Places, tokens: int) -> float:
    """By how much texts of one half of the individuals become likelier by the words of the other
    half where these are counted by parts, in nats a token."""
    rows = np.arange(len(sequences.lengths))
    chosen = rows[:: max(len(rows) // MOST_ROWS, 1)]
    is_chosen = np.bincount(chosen, minlength=len(rows)) > 0
    of = np.repeat(rows, sequences.lengths)
    kept = is_chosen[of]
    of, words = of[kept], sequences.tokens[kept].astype(np.int64)
    coarse = np.unique(now, return_inverse=True)[1][of]
    fine = np.unique(now * (int(codes.max()) + 1) + codes, return_inverse=True)[1][of]
    half = _halves(sequences.individuals)[of]
    if half.all() or not half.any():
        return -np.inf
    base = _chances(np.zeros_like(coarse), words, half, tokens, np.full(len(words), 1 / tokens))
    before = _chances(coarse, words, half, tokens, base)
    after = _chances(fine, words, half, tokens, before)
    return round(float(np.log(after[~half] / before[~half]).mean()), 9)


def _halves(individuals: Places) -> NDArray[np.bool_]:
    """One half of the individuals, whatever order they are in, shape (rows,)."""
    mixed = individuals.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return np.asarray(mixed >> np.uint64(63) == 0)


def _chances(
    parts: Places, words: Places, learned: NDArray[np.bool_], tokens: int, base: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How likely each word is in its part, by the words that are learned, drawn towards `base` by
    the number of different ones (Witten & Bell 1991); shape (words,)."""
    keys = parts * tokens + words
    known, counts = np.unique(keys[learned], return_counts=True)
    at = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
    found = np.where(known[at] == keys, counts[at], 0)
    size = int(parts.max()) + 1
    kinds = np.maximum(np.bincount(known // tokens, minlength=size), 1)[parts]
    total = np.bincount(parts[learned], minlength=size)[parts]
    return np.asarray((found + kinds * base) / (total + kinds))
