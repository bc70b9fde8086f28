"""Which row of its parent each row of a table refers to: columns of row numbers.

None of them is written. All are int64, null where a row refers to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.generators.apportionment import Apportionment, ExactApportionment
from app.engine.generators.base import Block
from app.engine.generators.bijection import Shuffle
from app.engine.generators.segmented import arrangement, split_nulls
from app.engine.plan.keys.children import ChildCounts

NUMBER = pa.int64()
Rows = NDArray[np.int64]
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class ChildrenOf:
    """As many children of each parent as declared: in any order, or, without one, those of a parent
    together, in the order of the parents, and behind them the rows that refer to nothing."""

    counts: ChildCounts
    order: Shuffle | None
    type: pa.DataType = NUMBER
    reads: frozenset[str] = NOTHING

    def draw(self, block: Block) -> pa.Array:
        children = _children(block, self.order)
        known = children < self.counts.total
        rows = np.zeros(block.rows, dtype=np.int64)
        rows[known] = self.counts.parents(children[known])[0]
        return pa.array(rows, mask=~known)

    def places(self, block: Block) -> pa.Array:
        """The how manieth of its parent's children each row is, from 0, null where it is none."""
        children = _children(block, self.order)
        known = children < self.counts.total
        places = np.zeros(block.rows, dtype=np.int64)
        places[known] = self.counts.parents(children[known])[1]
        return pa.array(places, mask=~known)


@dataclass(frozen=True, eq=False, slots=True)
class AnyParent:
    """Each row refers to any row of the parent, all equally likely."""

    parents: int
    apportionment: Apportionment
    type: pa.DataType = NUMBER
    reads: frozenset[str] = NOTHING

    def draw(self, block: Block) -> pa.Array:
        rows = block.stream.child("parents").generator().integers(0, self.parents, block.rows)
        return pa.array(rows, mask=_absent(self.apportionment, block))


@dataclass(frozen=True, eq=False, slots=True)
class OneEach:
    """Each row refers to another row of the parent."""

    order: Shuffle
    apportionment: ExactApportionment
    type: pa.DataType = NUMBER
    reads: frozenset[str] = NOTHING

    def draw(self, block: Block) -> pa.Array:
        absent = _absent(self.apportionment, block)
        rows = np.zeros(block.rows, dtype=np.int64)
        rows[~absent] = self.order(self.apportionment.first_cells(block))
        return pa.array(rows, mask=absent)


@dataclass(frozen=True, eq=False, slots=True)
class Earlier:
    """Each row refers to an earlier one of the same table, all equally likely, so that no row is
    its own ancestor; the first refers to nothing, or, where all must refer, to itself."""

    apportionment: Apportionment
    type: pa.DataType = NUMBER
    reads: frozenset[str] = NOTHING

    def draw(self, block: Block) -> pa.Array:
        absent = _absent(self.apportionment, block)
        if block.number == 0 and absent.any() and not absent[0]:
            absent[np.flatnonzero(absent)[0]], absent[0] = False, True
        chance = block.stream.child("parents").generator().random(block.rows)
        return pa.array((chance * _own_rows(block)).astype(np.int64), mask=absent)


@dataclass(frozen=True, eq=False, slots=True)
class Pair:
    """Rows of two parents of which no two rows have the same; the numbers of all pairs are
    shuffled, and `divide` says which part of the number is meant."""

    pairs: Shuffle
    seconds: int
    divide: bool
    type: pa.DataType = NUMBER
    reads: frozenset[str] = NOTHING

    def draw(self, block: Block) -> pa.Array:
        first, second = np.divmod(self.pairs(_own_rows(block)), self.seconds)
        return pa.array(first if self.divide else second)


@dataclass(frozen=True, eq=False, slots=True)
class OthersOfParent:
    """Rows of a second parent, different ones for the children of each first parent.

    The children of a first parent walk through the second parents, shuffled, with a start and a
    stride of their own. `strides` share no factor with the number of second parents.
    """

    counts: ChildCounts
    children: Shuffle | None
    order: Shuffle
    strides: tuple[int, ...]
    key: int
    type: pa.DataType = NUMBER
    reads: frozenset[str] = NOTHING

    def draw(self, block: Block) -> pa.Array:
        parents, places = self.counts.parents(_children(block, self.children))
        words = _scrambled(parents.astype(np.uint64) + np.uint64(self.key))
        size = np.uint64(self.order.size)
        strides = np.array(self.strides, dtype=np.uint64)
        stride = strides[(words >> np.uint64(32)) % np.uint64(len(strides))]
        start = (words & np.uint64(0xFFFFFFFF)) % size
        places = (start + places.astype(np.uint64) * stride % size) % size
        return pa.array(self.order(places.astype(np.int64)))


def _own_rows(block: Block) -> Rows:
    return np.arange(block.first_row, block.first_row + block.rows, dtype=np.int64)


def _children(block: Block, order: Shuffle | None) -> Rows:
    """Which of the children, those of the first parent first, the rows of a block are."""
    rows = _own_rows(block)
    return rows if order is None else order(rows)


def _absent(apportionment: Apportionment, block: Block) -> NDArray[np.bool_]:
    counts, _ = split_nulls(apportionment, block)
    return np.asarray(arrangement(block) >= int(counts[0]))


def _scrambled(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
