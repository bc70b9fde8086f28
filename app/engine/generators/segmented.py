"""Columns made as ordered values that are then arranged over the rows of a block.

Making the values segment by segment keeps every declared margin exact; arranging them is a
separate step, so that how columns go together never touches how each is distributed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from app.engine.generators.base import Block
from app.engine.generators.lines import Line
from app.engine.seeds import permutation

if TYPE_CHECKING:
    from numpy.typing import NDArray


def arrangement(block: Block) -> NDArray[np.intp]:
    """A random order of the block's rows: row i takes the ordered value at arrangement[i]."""
    return permutation(block.stream.child("order").generator(), block.rows)


def arrange(values: NDArray[np.generic], nulls: int, block: Block) -> pa.Array:
    """The ordered `values` followed by `nulls` nulls, arranged over the rows of the block."""
    order = arrangement(block)
    if not nulls:
        return pa.array(values.take(order))
    padded = np.concatenate([values, np.zeros(nulls, values.dtype)])
    return pa.array(padded.take(order), mask=order >= len(values))


def split_nulls(line: Line, block: Block) -> tuple[NDArray[np.int64], int]:
    """Counts of the block's segments, and its nulls (the line's last segment)."""
    counts = line.block_counts(block)
    return counts[:-1], int(counts[-1])
