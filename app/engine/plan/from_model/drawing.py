"""Drawing learned columns: rows of a model, kept where they are as declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.errors import GenerationError
from app.engine.generators.arranging.exchanging import Conditions
from app.engine.generators.base import Block, Layout, Member
from app.engine.generators.segmented import arrangement
from app.engine.plan.from_model.quotas import NOWHERE, Quotas
from app.engine.seeds import Stream
from app.engine.synthesizers.base import BLOCK_ROWS
from app.engine.synthesizers.model_rows import ModelRows, turn_seed

FEWEST_DRAWN = 4_096
AMPLE = 1.25  # times as many rows as should do

Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class Kept:
    """Which of a model's rows are kept.

    Args:
        conditions: what has to hold in every row; None for nothing.
        quotas: how many rows of each kind there are; None where that is as learned.
        most: rows that are drawn for a block, at most, before it is given up.
        stream: randomness keyed by the table.
    """

    conditions: Conditions | None
    quotas: Quotas | None
    most: int
    stream: Stream

    def places(self, rows: pa.RecordBatch, number: int) -> Places:
        """The rows that keep the conditions, ascending."""
        if self.conditions is None:
            return np.arange(rows.num_rows)
        columns = {name: rows.column(name) for name in rows.schema.names}
        block = Block(number, Layout(rows.num_rows), self.stream)
        return np.flatnonzero(self.conditions.breaches(columns, block, rows.num_rows) == 0)

    def wanted(self, number: int, layout: Layout) -> NDArray[np.int64]:
        """Rows of each cell, shape (cells,); one cell where nothing is counted."""
        if self.quotas is None:
            return np.array([layout.rows(number)])
        return self.quotas.wanted(number, layout)

    def cells(self, rows: pa.RecordBatch) -> NDArray[np.int64]:
        """Cell of each row, shape (rows,), NOWHERE for one of no use."""
        if self.quotas is None:
            return np.zeros(rows.num_rows, dtype=np.int64)
        return self.quotas.cells_of(rows)


@dataclass(frozen=True, eq=False, slots=True)
class LearnedStep:
    """The learned columns of a table, drawn in one step.

    Args:
        sources: name of each member's column in the model.
        seed: of the table's rows.
        kept: which rows are kept; None for all.
    """

    members: tuple[Member, ...]
    sources: tuple[str, ...]
    rows: ModelRows
    seed: int
    kept: Kept | None = None

    @property
    def rearranges(self) -> frozenset[str]:
        return frozenset()

    def draw(
        self, number: int, layout: Layout, drawn: Mapping[str, pa.Array]
    ) -> dict[str, pa.Array]:
        """The members' columns of one block by name.

        Raises:
            GenerationError: where the model does not draw what is wanted.
        """
        if self.kept is None or not layout.rows(number):
            found = self.rows.block(layout.rows(number), self.seed, number)
        else:
            found = self._chosen(self.kept, number, layout)
        return {
            member.name: found.column(source)
            for member, source in zip(self.members, self.sources, strict=True)
        }

    def _chosen(self, kept: Kept, number: int, layout: Layout) -> pa.RecordBatch:
        """The first rows of each cell, as many as there are to be, in random order. The first rows
        that are drawn are those that a block without conditions has."""
        left, parts = kept.wanted(number, layout).copy(), list[pa.RecordBatch]()
        drawn, size = 0, layout.rows(number)
        while left.any():
            if drawn >= kept.most:
                message = f"the model drew {drawn:,} rows, and {left.sum()} of those wanted are not"
                raise GenerationError(f"{message} among them")
            rows = self.rows.block(size, turn_seed(self.seed, len(parts)), number)
            rows = rows.take(pa.array(kept.places(rows, number)))
            cells = kept.cells(rows)
            chosen = _first_of_each(cells, left)
            parts.append(rows.take(pa.array(chosen)))
            left -= np.bincount(cells[chosen], minlength=len(left))
            drawn, size = drawn + size, _next_size(size, len(chosen), int(left.sum()))
        found = pa.Table.from_batches(parts).combine_chunks().to_batches()[0]
        if len(parts) == 1 and kept.quotas is None:
            return found
        return found.take(pa.array(arrangement(Block(number, layout, kept.stream))))


def _next_size(size: int, kept: int, left: int) -> int:
    """How many rows to draw next, where `kept` of the last `size` were of use."""
    wanted = int(AMPLE * left * size / max(kept, 1)) + 1
    return min(max(wanted, FEWEST_DRAWN), BLOCK_ROWS)


def _first_of_each(cells: NDArray[np.int64], left: NDArray[np.int64]) -> Places:
    """The first rows of each cell, at most as many as are left of it; ascending places."""
    order = np.argsort(cells, kind="stable")
    ordered = cells[order]
    starts = np.searchsorted(ordered, np.arange(len(left)))
    ranks = np.arange(len(cells)) - starts[np.maximum(ordered, 0)]
    taken = (ordered != NOWHERE) & (ranks < left[np.maximum(ordered, 0)])
    return np.sort(order[taken])
