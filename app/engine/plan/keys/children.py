"""How many children each parent has, and so whose child a row is."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.engine.generators.base import Block, Generator, Layout
from app.engine.schema.models import Children, NumberColumn
from app.engine.schema.source import MAX_ROWS
from app.engine.seeds import Stream

KEPT_BLOCKS = 16
Rows = NDArray[np.int64]


def children_column(children: Children) -> NumberColumn:
    """The declared counts as a column of numbers, null where a parent has none to draw."""
    return NumberColumn(
        type="int",
        distribution=children.distribution,
        min=max(0, children.min or 0),
        max=children.max,
        missing=1.0 - children.share,
    )


class ChildCounts:
    """Children of each row of a parent table, all in a row: those of the first parent first.

    The counts are a column of the parent's table that is not written: drawn block by block, with
    the declared distribution to the whole number.

    Raises:
        OverflowError: for more children than a table can have rows.
    """

    def __init__(
        self, counts: Generator, layout: Layout, stream: Stream, starts: tuple[int, ...] = ()
    ) -> None:
        self._counts, self._layout, self._stream = counts, layout, stream
        self._block = lru_cache(KEPT_BLOCKS)(self._drawn)
        self._starts = starts or self._added()

    def __reduce__(
        self,
    ) -> tuple[type[ChildCounts], tuple[Generator, Layout, Stream, tuple[int, ...]]]:
        return ChildCounts, (self._counts, self._layout, self._stream, self._starts)

    @property
    def generator(self) -> Generator:
        """Of the counts, over the rows of the parent."""
        return self._counts

    @property
    def total(self) -> int:
        return self._starts[-1]

    def each(self) -> Rows:
        """Children of every parent, shape (parents,)."""
        blocks = range(self._layout.blocks)
        return np.concatenate([np.diff(self._block(number), prepend=0) for number in blocks])

    def most(self) -> int:
        """The most children that a parent has."""
        return max(
            int(np.diff(self._block(number), prepend=0).max(initial=0))
            for number in range(self._layout.blocks)
        )

    def parents(self, children: Rows) -> tuple[Rows, Rows]:
        """Whose children these are (numbers of rows of the parent), and the how manieth of theirs,
        from 0; both shaped like `children`, which are numbers below `total`."""
        blocks = np.searchsorted(self._starts, children, side="right") - 1
        parents, places = np.empty_like(children), np.empty_like(children)
        for number in np.unique(blocks):
            here = blocks == number
            ends = self._block(int(number))
            local = children[here] - self._starts[number]
            found = np.searchsorted(ends, local, side="right")
            parents[here] = found + self._layout.first_row(int(number))
            places[here] = local - np.where(found > 0, ends[found - 1], 0)
        return parents, places

    def _added(self) -> tuple[int, ...]:
        sums = [int(self._block(number)[-1:].sum()) for number in range(self._layout.blocks)]
        return (0, *map(int, np.cumsum(sums)))

    def _drawn(self, number: int) -> Rows:
        """Children of the block's parents up to each of them, shape (rows,)."""
        counts = self._counts.draw(Block(number, self._layout, self._stream)).fill_null(0)
        found = counts.to_numpy(zero_copy_only=False)
        if (total := found.sum(dtype=np.float64)) > MAX_ROWS:
            message = f"some {total:,.0f} children are more rows than a table can have"
            raise OverflowError(f"{message} ({MAX_ROWS:,})")
        return np.cumsum(found, dtype=np.int64)
