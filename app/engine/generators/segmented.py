"""Columns made as ordered values that are then arranged over the rows of a block.

Making the values segment by segment keeps every declared marginal exact; arranging them is a
separate step, so that how columns go together never touches how each is distributed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from app.engine.generators.apportionment import Apportionment
from app.engine.generators.base import Block, Generator
from app.engine.seeds import permutation

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Ordered(NamedTuple):
    """The values of a block before they are arranged, segment by segment, shape
    (rows - nulls,), and how many nulls go with them."""

    values: NDArray[np.generic]
    nulls: int


class Arrangeable(Generator, Protocol):
    """A generator whose values can be arranged by somebody else, so that columns go together."""

    def ordered(self, block: Block) -> Ordered: ...

    def finished(self, arranged: pa.Array) -> pa.Array:
        """The column as it is given out, from its arranged values, both of shape (rows,)."""
        ...


def draw_arranged(generator: Arrangeable, block: Block) -> pa.Array:
    """The column, its values in random order, shape (rows,)."""
    return generator.finished(arrange(*generator.ordered(block), block))


def arrangement(block: Block) -> NDArray[np.intp]:
    """A random order of the block's rows, shape (rows,): row i takes the ordered value at
    arrangement[i]."""
    return permutation(block.stream.child("order").generator(), block.rows)


def arrange(values: NDArray[np.generic], nulls: int, block: Block) -> pa.Array:
    """The ordered `values`, shape (rows - nulls,), followed by `nulls` nulls, arranged over the
    rows of the block."""
    order = arrangement(block)
    if not nulls:
        return pa.array(values.take(order))
    padded = np.concatenate([values, np.zeros(nulls, values.dtype)])
    return pa.array(padded.take(order), mask=order >= len(values))


def split_nulls(apportionment: Apportionment, block: Block) -> tuple[NDArray[np.int64], int]:
    """Counts of the block's segments, shape (segments,), and its nulls (the apportionment's last
    segment)."""
    counts = apportionment.block_counts(block)
    return counts[:-1], int(counts[-1])
