"""Apportionment: how often each segment of a column (a label, a bucket, a null) occurs in a block.

An exact apportionment is a population of as many cells as the table has rows, cut into segments of
whole counts. Each block takes one cell of every run of `blocks` neighbouring cells, so that every
block holds each segment as evenly as whole numbers allow and the blocks together hold it exactly,
although no block knows what another one drew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.engine.generators.base import Block
from app.engine.seeds import derive_key


class Apportionment(Protocol):
    @property
    def shares(self) -> tuple[float, ...]:
        """Share of each segment in the population; sums to 1 where there are rows."""
        ...

    def block_counts(self, block: Block) -> NDArray[np.int64]:
        """Rows of each segment in this block, shape (segments,); sums to `block.rows`."""
        ...


@dataclass(frozen=True, slots=True)
class ExactApportionment:
    """Segments with whole counts that sum to the rows of the table.

    Args:
        declared: the shares that the counts come from; they stand for the population where the
            table has no rows.
    """

    counts: tuple[int, ...]
    declared: tuple[float, ...] = ()

    @property
    def shares(self) -> tuple[float, ...]:
        total = sum(self.counts)
        return tuple(count / total for count in self.counts) if total else self.declared

    def block_counts(self, block: Block) -> NDArray[np.int64]:
        """Rows of the block in each segment, shape (segments,); over all blocks they sum to
        `counts`."""
        ends = np.cumsum(np.asarray(self.counts, dtype=np.int64))
        below = np.array([self._cells_below(int(end), block) for end in ends], dtype=np.int64)
        below[1:] -= below[:-1].copy()
        return below

    def first_cells(self, block: Block) -> NDArray[np.int64]:
        """The block's cells in the first segment, ascending, shape (cells,): whole numbers of
        [0, counts[0]), of which no two blocks share one."""
        whole = self.counts[0] // block.blocks
        turns = block.column_stream.child("distinct").generator().integers(0, 2**31, block.rows)
        runs = np.arange(whole, dtype=np.int64)
        cells = runs * block.blocks + (block.number + turns[:whole]) % block.blocks
        if self._cells_below(self.counts[0], block) == whole:
            return cells
        length = min(block.blocks, block.total - whole * block.blocks)
        last = whole * block.blocks + (block.number + self._turn(whole, block)) % length
        return np.append(cells, last)

    @staticmethod
    def _turn(run: int, block: Block) -> int:
        stream = block.column_stream
        return derive_key(stream.root, *stream.names, "turn", run)

    @staticmethod
    def _cells_below(end: int, block: Block) -> int:
        """How many of this block's cells lie below the cell `end`.

        Run `i` holds the cells i·blocks … ; the block's cell in it is the one at
        (number + turn) modulo the run's length, `turn` being random and common to all blocks.
        """
        run, offset = divmod(end, block.blocks)
        length = min(block.blocks, block.total - run * block.blocks)
        if length <= 0 or block.number >= length:
            return min(run, block.rows)
        turn = ExactApportionment._turn(run, block)
        return run + ((block.number + turn) % length < offset)


@dataclass(frozen=True, slots=True)
class RandomApportionment:
    """Segments drawn independently row by row with the given shares."""

    shares: tuple[float, ...]

    def block_counts(self, block: Block) -> NDArray[np.int64]:
        """Rows of the block in each segment, shape (segments,), drawn from a multinomial
        distribution."""
        rng = block.stream.child("line").generator()
        return rng.multinomial(block.rows, self.shares).astype(np.int64)


def apportion(total: int, shares: Sequence[float]) -> tuple[int, ...]:
    """Whole counts that sum to `total`, each off from total·share by less than 1.

    Largest remainders (Hamilton's method); equal remainders go to the earlier segment.
    """
    scale = sum(shares)
    ideal = [total * share / scale for share in shares]
    counts = [int(value) for value in ideal]
    order = sorted(range(len(ideal)), key=lambda i: (counts[i] - ideal[i], i))
    for i in order[: total - sum(counts)]:
        counts[i] += 1
    return tuple(counts)


def make_apportionment(
    sampling: str, total: int, shares: Sequence[float], missing: float
) -> Apportionment:
    """The apportionment of a column: one segment for each share, then one for nulls."""
    scale = sum(shares) / (1.0 - missing) if missing < 1.0 else math.inf
    population = (*(share / scale for share in shares), missing)
    if sampling == "random":
        return RandomApportionment(population)
    nulls = apportion(total, (missing, 1.0 - missing))[0]
    return ExactApportionment((*apportion(total - nulls, shares), nulls), population)
