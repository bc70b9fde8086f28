"""Pairs of rows of two parents, all different, with given numbers of pairs for each row of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.generators.base import Block
from app.engine.generators.bijection import Shuffle
from app.engine.plan.keys.children import ChildCounts
from app.engine.seeds import Stream

MOST_ROWS = 5_000_000  # all pairs are arranged at once, in the memory of every process
SPARSE_ROUNDS = 40
MIXING_ROUNDS = 20
NUMBER = pa.int64()
NOTHING: frozenset[str] = frozenset()

Rows = NDArray[np.int64]


class Pairing:
    """The row of the second parent that goes with each child of the first, those of the first
    parent's first row first. Arranged where it is asked for; it stays behind when this is pickled.
    """

    def __init__(self, first: ChildCounts, second: ChildCounts, stream: Stream) -> None:
        self._first, self._second, self._stream = first, second, stream
        self._seconds: Rows | None = None

    def __reduce__(self) -> tuple[type[Pairing], tuple[ChildCounts, ChildCounts, Stream]]:
        return Pairing, (self._first, self._second, self._stream)

    @property
    def seconds(self) -> Rows:
        """Rows of the second parent, shape (pairs,)."""
        if self._seconds is None:
            rng = self._stream.generator()
            self._seconds = paired(self._first.each(), self._second.each(), rng)
        return self._seconds


@dataclass(frozen=True, eq=False, slots=True)
class MatchedRows:
    """Rows of the second parent of a pairing; `children` is the order of the first's children."""

    pairing: Pairing
    counts: ChildCounts
    children: Shuffle | None
    type: pa.DataType = NUMBER
    reads: frozenset[str] = NOTHING

    def draw(self, block: Block) -> pa.Array:
        rows = np.arange(block.first_row, block.first_row + block.rows, dtype=np.int64)
        return pa.array(
            self.pairing.seconds[rows if self.children is None else self.children(rows)]
        )


def most_beyond(first: Rows, second: Rows) -> tuple[int, int, int] | None:
    """Why there are no such pairs (Gale 1957, Ryser 1957): how many rows of the first parent, those
    with most pairs, have how many pairs, and how many the second parent's rows leave them at the
    most; None where there are such pairs.

    Args:
        first, second: pairs of each row, shapes (rows of the first,) and (rows of the second,), of
            the same sum.
    """
    wanted = np.cumsum(np.sort(first)[::-1])
    # Σ min(d, k) over the second's rows grows from k - 1 to k by the rows with d >= k.
    at_least = len(second) - np.searchsorted(np.sort(second), np.arange(1, len(first) + 1))
    room = np.cumsum(at_least)
    beyond = np.flatnonzero(wanted > room)
    if not len(beyond):
        return None
    return int(beyond[0]) + 1, int(wanted[beyond[0]]), int(room[beyond[0]])


def paired(first: Rows, second: Rows, rng: np.random.Generator) -> Rows:
    """The second's row in each pair, in the order of the first's rows, shape (pairs,); no pair
    stands twice.

    Pairs that are drawn at random exchange their second rows until all differ. Where too few are
    left out for that, each row of one side takes the rows of the other that have most left (which
    always comes out: Hakimi 1962), and the exchanges mix what was made so.

    Args:
        first, second: pairs of each row, for which `most_beyond` finds nothing.
    """
    left = np.repeat(np.arange(len(first)), first)
    right = rng.permutation(np.repeat(np.arange(len(second)), second))
    for _ in range(SPARSE_ROUNDS):
        keys = np.sort(left * len(second) + right)
        if not (keys[1:] == keys[:-1]).any():
            return right
        right = _exchanged(left, right, len(second), rng)
    left, right = _by_most_left(first, second, rng)
    for _ in range(MIXING_ROUNDS):
        right = _exchanged(left, right, len(second), rng)
    return right[np.lexsort((rng.random(len(left)), left))]


def _exchanged(left: Rows, right: Rows, width: int, rng: np.random.Generator) -> Rows:
    """Pairs two by two, at random, with their second rows exchanged where neither pair that comes
    about is there already or comes about twice."""
    order, half = rng.permutation(len(left)), len(left) // 2
    a, b = order[:half], order[half : 2 * half]
    made = np.concatenate([left[a] * width + right[b], left[b] * width + right[a]])
    known = np.sort(left * width + right)
    values, places, counts = np.unique(made, return_inverse=True, return_counts=True)
    found = known[np.minimum(np.searchsorted(known, values), max(len(known) - 1, 0))]
    free = ((found != values) & (counts == 1))[places]
    chosen = free[:half] & free[half:]
    a, b, mixed = a[chosen], b[chosen], right.copy()
    mixed[a], mixed[b] = right[b], right[a]
    return mixed


def _by_most_left(first: Rows, second: Rows, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Pairs, row by row of the side that has fewer rows."""
    if len(second) < len(first):
        right, left = _by_most_left(second, first, rng)
        return left, right
    remaining = second + rng.random(len(second))  # less than 1, so that it decides ties alone
    taken = []
    for count in first:
        most = np.argpartition(-remaining, max(int(count) - 1, 0))[: int(count)]
        remaining[most] -= 1
        taken.append(most)
    return np.repeat(np.arange(len(first)), first), np.concatenate(taken).astype(np.int64)
