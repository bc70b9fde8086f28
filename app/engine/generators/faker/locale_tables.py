"""Texts drawn from weighted tables, a block at a time.

All tables of a column lie in one pool of short texts. A row is a list of places in the pool; one
`take` over the places of all rows writes the rows' texts one after the other, so that joining
them costs nothing more than picking the offsets where rows begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.generators.base import Block

Places = NDArray[np.int32]
SLICE = 8_192  # rows worked on at a time: what is in hand stays in the processor's cache


class Words:
    """A supply of uniform 32-bit words."""

    def __init__(self, bits: np.random.BitGenerator) -> None:
        self._bits = bits

    def draw(self, rows: int) -> NDArray[np.uint32]:
        """The next words, shape (rows,)."""
        raw = np.asarray(self._bits.random_raw((rows + 1) // 2), np.uint64)
        return raw.view(np.uint32)[:rows]

    def below(self, size: int, rows: int) -> NDArray[np.int64]:
        """Uniform whole numbers of 0 .. size - 1, shape (rows,)."""
        return (self.draw(rows) * (size * 2.0**-32)).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class AliasTable:
    """Weighted draws of 0 .. size-1 in constant time (Walker 1977, set up as by Vose 1991).

    Column k keeps the share `keep[k]` of its draws and gives the others to `alias[k]`; without
    weights both are None and all columns are equal.
    """

    size: int
    keep: NDArray[np.float64] | None = None
    alias: NDArray[np.int64] | None = None

    def draw(self, words: Words, rows: int) -> NDArray[np.int64]:
        """Columns by their weights, whole numbers of 0 .. size - 1, shape (rows,)."""
        scaled = words.draw(rows) * (self.size / 2**32)
        column = scaled.astype(np.int64)
        if self.keep is None or self.alias is None:
            return column
        scaled -= column
        other = self.alias.take(column, mode="wrap")
        return np.where(scaled < self.keep.take(column, mode="wrap"), column, other)

    def shares(self) -> NDArray[np.float64]:
        """The probability of every column, shape (size,)."""
        if self.keep is None or self.alias is None:
            return np.full(self.size, 1.0 / self.size)
        given = np.bincount(self.alias, 1.0 - self.keep, self.size)
        return (self.keep + given) / self.size


def alias_table(weights: Sequence[float] | None, size: int) -> AliasTable:
    """The table of draws with these weights (None: all equal)."""
    if weights is None or len(set(weights)) == 1:
        return AliasTable(size)
    scaled = np.array(weights, np.float64)
    scaled *= size / scaled.sum()
    keep, alias = np.ones(size), np.arange(size)
    small, large = np.flatnonzero(scaled < 1.0).tolist(), np.flatnonzero(scaled >= 1.0).tolist()
    left = scaled.tolist()
    while small and large:
        low, high = small.pop(), large[-1]
        keep[low], alias[low] = left[low], high
        left[high] -= 1.0 - left[low]
        if left[high] < 1.0:
            small.append(large.pop())
    return AliasTable(size, keep, alias)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Slots of a row that go together, in one of several options.

    The first slot's tables of all options are one table, so that its draw decides the option
    too; each further slot draws from the option's own part of the pool.

    Args:
        start: where the table of the first slot begins in the pool.
        head: draws from it.
        owner: the option that each of its entries belongs to, shape (head.size,).
        first, size: where the part of each further slot begins and how long it is, shape
            (options, slots - 1); an unused slot is the part of size 1 at the empty text.
        weighted: for each further slot, whether any of its parts has weights.
    """

    start: int
    head: AliasTable
    owner: NDArray[np.int64]
    first: NDArray[np.int64]
    size: NDArray[np.float64]
    weighted: tuple[bool, ...]

    @property
    def slots(self) -> int:
        return 1 + int(self.first.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class TableTexts:
    """Texts put together from the tables of a pool.

    Args:
        pool: all tables, one after the other, behind the empty text.
        keep, alias: the alias method for every place of the pool, within its own table.
        groups: the slots of a row.
    """

    pool: pa.StringArray
    keep: NDArray[np.float64]
    alias: NDArray[np.int32]
    groups: tuple[Group, ...]

    @property
    def type(self) -> pa.DataType:
        return pa.string()

    @property
    def slots(self) -> int:
        return sum(group.slots for group in self.groups)

    def single_table(self) -> tuple[pa.Array, NDArray[np.float64]] | None:
        """The values and their probabilities where rows are single draws from one table."""
        head = self.groups[0].head
        return (self.pool[1:], head.shares()) if self.slots == 1 else None

    def draw(self, block: Block) -> pa.StringArray:
        """The texts of the block, shape (rows,)."""
        words = Words(block.stream.child("tables").generator().bit_generator)
        places = np.empty((block.rows, self.slots), np.int32)
        for start in range(0, block.rows, SLICE):
            slot = 0
            for group in self.groups:
                self._fill(group, places[start : start + SLICE, slot : slot + group.slots], words)
                slot += group.slots
        return joined(self.pool, places)

    def _fill(self, group: Group, places: Places, words: Words) -> None:
        head = group.head.draw(words, len(places))
        np.add(head, group.start, out=places[:, 0], casting="unsafe")
        option = group.owner.take(head, mode="wrap") if len(group.first) > 1 else None
        for slot, weighted in enumerate(group.weighted):
            first, size = group.first[:, slot], group.size[:, slot]
            if option is not None:
                first, size = first.take(option, mode="wrap"), size.take(option, mode="wrap")
            scaled = words.draw(len(places)) * size
            place = scaled.astype(np.int64)
            scaled -= place
            place += first
            if weighted:
                kept = scaled < self.keep.take(place, mode="wrap")
                place = np.where(kept, place, self.alias.take(place, mode="wrap"))
            places[:, slot + 1] = place


@dataclass(frozen=True, slots=True, eq=False)
class TypedTable:
    """Single draws from one table of values that are no texts."""

    values: pa.Array
    table: AliasTable

    @property
    def type(self) -> pa.DataType:
        return self.values.type

    def draw(self, block: Block) -> pa.Array:
        words = Words(block.stream.child("tables").generator().bit_generator)
        return self.values.take(pa.array(self.table.draw(words, block.rows)))

    def single_table(self) -> None:
        """Typed values are never made unique by number, nor drawn without replacement."""
        return


def joined(pool: pa.StringArray, places: Places) -> pa.StringArray:
    """The texts at each row of places, of shape (rows, slots), joined; shape (rows,)."""
    rows, slots = places.shape
    taken = pool.take(pa.array(places.ravel()))
    offsets = np.frombuffer(taken.buffers()[1], np.int32)[: rows * slots + 1]
    buffers = [None, pa.py_buffer(offsets[::slots].copy()), taken.buffers()[2]]
    return pa.Array.from_buffers(pa.string(), rows, buffers)


def joined_ragged(
    pool: pa.StringArray, places: Places, counts: NDArray[np.int64]
) -> pa.StringArray:
    """The texts at consecutive places, `counts` of them, of shape (rows,), joined for each row;
    shape (rows,)."""
    taken = pool.take(pa.array(places))
    offsets = np.frombuffer(taken.buffers()[1], np.int32)[: len(places) + 1]
    ends = offsets[np.concatenate([[0], np.cumsum(counts)])]
    buffers = [None, pa.py_buffer(ends), taken.buffers()[2]]
    return pa.Array.from_buffers(pa.string(), len(counts), buffers)
