"""Texts drawn from weighted tables, a block at a time.

All tables of a column lie in one pool of short texts. A row is a list of places in the pool; one
`take` over the places of all rows writes the rows' texts one after the other, so that joining
them costs nothing more than picking the offsets where rows begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.generators.base import Block

Places = NDArray[np.int32]
EMPTY = 0  # place of the empty text in every pool
SLICE = 8_192  # rows worked on at a time: what is in hand stays in the processor's cache


class Words:
    """A supply of uniform 32-bit words."""

    def __init__(self, bits: np.random.BitGenerator) -> None:
        self._bits = bits

    def draw(self, rows: int) -> NDArray[np.uint32]:
        raw = np.asarray(self._bits.random_raw((rows + 1) // 2), np.uint64)
        return raw.view(np.uint32)[:rows]


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
        scaled = words.draw(rows) * (self.size / 2**32)
        column = scaled.astype(np.int64)
        if self.keep is None or self.alias is None:
            return column
        scaled -= column
        other = self.alias.take(column, mode="wrap")
        return np.where(scaled < self.keep.take(column, mode="wrap"), column, other)


def alias_table(weights: Sequence[float] | None, size: int) -> AliasTable:
    """The table of draws with these weights (None: all equal)."""
    if weights is None or len(set(weights)) == 1:
        return AliasTable(size)
    scaled = np.array(weights, np.float64)
    scaled *= size / scaled.sum()
    keep, alias = np.ones(size), np.arange(size)
    small = [k for k in range(size) if scaled[k] < 1.0]
    large = [k for k in range(size) if scaled[k] >= 1.0]
    while small and large:
        low, high = small.pop(), large[-1]
        keep[low], alias[low] = scaled[low], high
        scaled[high] -= 1.0 - scaled[low]
        if scaled[high] < 1.0:
            small.append(large.pop())
    return AliasTable(size, keep, alias)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Slots of a row that are drawn together: an option is picked, each slot then draws from the
    option's own part of the pool.

    Args:
        pick: draws the option.
        first, size: where the part begins and how long it is, shape (options, slots); an unused
            slot is the part of size 1 at the empty text.
    """

    pick: AliasTable
    first: NDArray[np.int64]
    size: NDArray[np.float64]

    @property
    def slots(self) -> int:
        return int(self.first.shape[1])

    def columns(self, words: Words, rows: int) -> list[tuple[Any, Any]]:
        """First place and size of the part to draw from, for each slot: numbers or (rows,)."""
        if len(self.first) == 1:
            return [(self.first[0, slot], self.size[0, slot]) for slot in range(self.slots)]
        option = self.pick.draw(words, rows)
        return [
            (self.first[:, slot].take(option, mode="wrap"), self.size[:, slot].take(option))
            for slot in range(self.slots)
        ]


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
        if self.slots > 1 or len(self.groups[0].first) > 1:
            return None
        size = int(self.groups[0].size[0, 0])
        shares = np.bincount(self.alias[1:] - 1, 1.0 - self.keep[1:], size) + self.keep[1:]
        return self.pool[1:], shares / size

    def draw(self, block: Block) -> pa.StringArray:
        """The texts of the block, shape (rows,)."""
        words = Words(block.stream.child("tables").generator().bit_generator)
        places = np.empty((block.rows, self.slots), np.int32)
        for start in range(0, block.rows, SLICE):
            self._fill(places[start : start + SLICE], words)
        return joined(self.pool, places)

    def _fill(self, places: Places, words: Words) -> None:
        slot = 0
        for group in self.groups:
            for first, size in group.columns(words, len(places)):
                scaled = words.draw(len(places)) * (size * 2.0**-32)
                column = scaled.astype(np.int64)
                scaled -= column
                column += first
                other = self.alias.take(column, mode="wrap")
                kept = scaled < self.keep.take(column, mode="wrap")
                places[:, slot] = np.where(kept, column, other)
                slot += 1


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
    """The texts at each row of places, joined."""
    rows, slots = places.shape
    taken = pool.take(pa.array(places.ravel()))
    offsets = np.frombuffer(taken.buffers()[1], np.int32)[: rows * slots + 1]
    buffers = [None, pa.py_buffer(offsets[::slots].copy()), taken.buffers()[2]]
    return pa.Array.from_buffers(pa.string(), rows, buffers)
