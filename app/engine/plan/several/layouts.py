"""How the rows of a table that follows from another one's are cut into blocks.

A block holds the rows of neighbouring parents of one block of theirs, and all rows of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.generators.base import BLOCK_ROWS, Layout

Counts = NDArray[np.int64]

NO_PARENT = -1


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose rows a block holds.

    Args:
        block: of the parents, NO_PARENT for rows that have none.
        first, last: the parents' places in it, `last` not included.
        rows: how many rows they have.
    """

    block: int
    first: int
    last: int
    rows: int


@dataclass(frozen=True, slots=True)
class ChildLayout(Layout):
    """Blocks of any size.

    Args:
        ends: rows up to the end of each block.
    """

    ends: tuple[int, ...] = (0,)

    @property
    def blocks(self) -> int:
        return len(self.ends)

    def rows(self, number: int) -> int:
        return self.ends[number] - self.first_row(number)

    def first_row(self, number: int) -> int:
        return self.ends[number - 1] if number else 0


def child_layout(origins: Sequence[Origin]) -> ChildLayout:
    """The layout of blocks that follow one another."""
    ends = tuple(int(each) for each in np.cumsum([each.rows for each in origins]))
    return ChildLayout(ends[-1], ends)


def origins_of(counts: Sequence[Counts], apart: int) -> tuple[Origin, ...]:
    """Which parents' rows each block of a table holds; one block at least.

    Args:
        counts: rows of each parent, for each block of the parents; at most BLOCK_ROWS each.
        apart: rows without a parent.
    """
    found = [each for block, own in enumerate(counts) for each in _cut(block, own)]
    for start in range(0, apart, BLOCK_ROWS):
        found.append(Origin(NO_PARENT, 0, 0, min(BLOCK_ROWS, apart - start)))
    return tuple(found) or (Origin(NO_PARENT, 0, 0, 0),)


def _cut(block: int, counts: Counts) -> Iterator[Origin]:
    reach = np.concatenate([[0], np.cumsum(counts)])
    first = 0
    while first < len(counts):
        last = int(np.searchsorted(reach, reach[first] + BLOCK_ROWS, side="right")) - 1
        rows = int(reach[last] - reach[first])
        if rows:
            yield Origin(block, first, last, rows)
        first = last
