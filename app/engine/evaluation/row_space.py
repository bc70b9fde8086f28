"""Real and synthetic tables in one space of numbers, for models and for distances.

A judge must not know how rows were made, so what it measures with is taken from the real tables
alone: labels, ranges and spreads. A synthetic label that no real row has is a label of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Array = NDArray[np.float64]
Hashes = NDArray[np.uint64]

MIX = np.uint64(0x9E3779B97F4A7C15)
MOST_AXES = 64  # labels of one column that have an axis of their own, by frequency


@dataclass(frozen=True, slots=True)
class LabelAxis:
    """A column of labels: its known labels, the most frequent first."""

    name: str
    labels: pa.Array

    def numbers(self, column: pa.ChunkedArray) -> Array:
        """Number of each label, NaN where missing; one more than the last where unknown.
        Shape (rows,)."""
        codes = pc.index_in(_text(column), value_set=self.labels)
        numbers = np.array(pc.fill_null(codes, len(self.labels)).to_numpy(), dtype=np.float64)
        numbers[_nulls(column)] = np.nan
        return numbers

    def coordinates(self, numbers: Array) -> Array:
        """One axis a label, so that two different labels lie at distance 1; shape (rows, axes)."""
        axes = np.arange(min(len(self.labels), MOST_AXES))
        return (numbers[:, None] == axes) * np.sqrt(0.5)


@dataclass(frozen=True, slots=True)
class NumberAxis:
    """A column of numbers with the values of the real rows in order."""

    name: str
    ordered: Array

    def numbers(self, column: pa.ChunkedArray) -> Array:
        return _float64(column)

    def coordinates(self, numbers: Array) -> Array:
        """Mid-rank among the real values in [0, 1], missing at distance 1 of the middle;
        shape (rows, 2).

        Ranks make a distance that neither a unit nor one extreme decides.
        """
        known = np.nan_to_num(numbers)
        below = np.searchsorted(self.ordered, known, side="left")
        ranks = (below + np.searchsorted(self.ordered, known, side="right")) / 2.0
        missing = np.isnan(numbers)
        ranks = np.where(missing, 0.5, ranks / max(len(self.ordered), 1))
        return np.column_stack([ranks, missing.astype(np.float64)])


@dataclass(frozen=True, slots=True)
class TextAxis(NumberAxis):
    """A column of texts as numbers: how many characters a text has, and a fraction that says which
    one it is, so that equal texts are equal numbers and all others are not."""

    def numbers(self, column: pa.ChunkedArray) -> Array:
        return text_numbers(column)


@dataclass(frozen=True, slots=True)
class RowSpace:
    """The columns of real tables as axes."""

    axes: tuple[LabelAxis | NumberAxis, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(axis.name for axis in self.axes)

    @property
    def categories(self) -> list[int]:
        """Numbers of the columns that hold labels."""
        return [place for place, axis in enumerate(self.axes) if isinstance(axis, LabelAxis)]

    def numbers(self, table: pa.Table) -> Array:
        """Numbers and label numbers, NaN where missing, shape (rows, columns)."""
        return np.column_stack([axis.numbers(table[axis.name]) for axis in self.axes])

    def coordinates(self, numbers: Array) -> NDArray[np.float32]:
        """Points whose Euclidean distance tells rows apart, shape (rows, coordinates)."""
        parts = [axis.coordinates(numbers[:, place]) for place, axis in enumerate(self.axes)]
        return np.concatenate(parts, axis=1).astype(np.float32)


def row_space(*real: pa.Table, texts: Collection[str] = ()) -> RowSpace:
    """The space of tables that have the same columns.

    Args:
        texts: names of columns whose values are texts rather than labels.
    """
    whole = pa.concat_tables([table.select(real[0].column_names) for table in real])
    return RowSpace(
        tuple(_axis(name, whole[name], is_text=name in texts) for name in whole.column_names)
    )


def text_numbers(column: pa.ChunkedArray) -> Array:
    """The number of each text on its axis, NaN where missing, shape (rows,)."""
    texts = _text(column).to_pylist()
    return np.array([np.nan if each is None else _text_number(each) for each in texts], np.float64)


def _text_number(text: str) -> float:
    return len(text) + zlib.crc32(text.encode("utf-8", "replace")) / 2.0**32


def row_hashes(numbers: Array) -> Hashes:
    """A hash of each row by its values, equal for equal rows; shape (rows,)."""
    cells = np.ascontiguousarray(np.where(numbers == 0, 0.0, numbers)).view(np.uint64)
    hashes = np.zeros(len(numbers), dtype=np.uint64)
    for column in cells.T:
        hashes = (hashes ^ column) * MIX
        hashes ^= hashes >> np.uint64(29)
    return hashes


def is_label(kind: pa.DataType) -> bool:
    """Whether values of this type are labels rather than quantities."""
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_dictionary(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_null(kind)
    )


def _axis(name: str, column: pa.ChunkedArray, *, is_text: bool) -> LabelAxis | NumberAxis:
    if is_text:
        numbers = text_numbers(column)
        return TextAxis(name, np.sort(numbers[~np.isnan(numbers)]))
    if not is_label(column.type):
        values = _float64(column)
        return NumberAxis(name, np.sort(values[~np.isnan(values)]))
    counts = pc.value_counts(pc.drop_null(_text(column)))
    order = np.lexsort((counts.field(0).to_numpy(False), -counts.field(1).to_numpy(False)))
    return LabelAxis(name, counts.field(0).take(pa.array(order)))


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.string())


def _float64(column: pa.ChunkedArray) -> Array:
    """Numbers, NaN where missing; dates and times as what they count."""
    if pa.types.is_temporal(column.type):
        width = pa.int32() if column.type.bit_width == 32 else pa.int64()
        column = column.cast(width)
    values = pc.cast(column, pa.float64(), safe=False)
    return np.array(pc.fill_null(values, np.nan).to_numpy(), dtype=np.float64)


def _nulls(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    return np.asarray(pc.is_null(column).to_numpy())
