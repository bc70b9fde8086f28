"""How many rows of each kind a block has of what a model draws."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.generators.apportionment import Apportionment
from app.engine.generators.base import Block, Layout
from app.engine.generators.categories import typed_labels
from app.engine.seeds import Stream

NOWHERE = -1

Cells = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counted:
    """A column whose shares are declared.

    Args:
        labels: its values; empty where only its nulls are counted.
    """

    name: str
    labels: tuple[str, ...] = ()

    @property
    def segments(self) -> int:
        """How many there are, that of nulls, which is the last one, included."""
        return max(len(self.labels), 1) + 1

    def codes(self, column: pa.Array) -> Cells:
        """Segment of each value, NOWHERE for one that is no label; shape (rows,)."""
        null = np.asarray(column.is_null().to_numpy(zero_copy_only=False))
        if not self.labels:
            return np.where(null, 1, 0).astype(np.int64)
        found = pc.index_in(column, value_set=typed_labels(self.labels, column.type))
        codes = np.asarray(found.fill_null(NOWHERE).to_numpy(zero_copy_only=False))
        return np.where(null, len(self.labels), codes).astype(np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class Quotas:
    """Cells, of which each is a segment of every counted column, and their rows.

    Args:
        place: number of each combination of segments among the cells, NOWHERE for one that has no
            rows, shape (combinations,).
        apportionment: rows of the cells.
        stream: randomness keyed by the table.
    """

    columns: tuple[Counted, ...]
    place: NDArray[np.int64]
    apportionment: Apportionment
    stream: Stream

    def wanted(self, number: int, layout: Layout) -> Cells:
        """Rows of each cell in a block, shape (cells,); sums to the rows of the block."""
        return self.apportionment.block_counts(Block(number, layout, self.stream))[: self.cells]

    @property
    def cells(self) -> int:
        return int(self.place.max(initial=NOWHERE)) + 1

    def cells_of(self, rows: pa.RecordBatch) -> Cells:
        """Cell of each row, NOWHERE for one that has none; shape (rows,)."""
        joint = joint_codes(self.columns, rows)
        return np.where(joint < 0, NOWHERE, self.place[np.maximum(joint, 0)])


def combinations(columns: tuple[Counted, ...]) -> int:
    """How many combinations of segments there are."""
    return prod(each.segments for each in columns)


def joint_codes(columns: tuple[Counted, ...], rows: pa.RecordBatch) -> Cells:
    """The combination of segments of each row, in mixed radix, NOWHERE where a value is no label;
    shape (rows,)."""
    joint = np.zeros(rows.num_rows, dtype=np.int64)
    known = np.ones(rows.num_rows, dtype=np.bool_)
    for each in columns:
        codes = each.codes(rows.column(each.name))
        known &= codes >= 0
        joint = joint * each.segments + codes
    return np.where(known, joint, NOWHERE)
