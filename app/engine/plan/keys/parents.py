"""Values of a parent's rows, wherever a child needs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.generators.base import Block
from app.engine.plan.plan import TablePlan

# A block of one column takes half a megabyte of numbers, a few megabytes of texts.
KEPT_BLOCKS = 64


class ParentRows:
    """Random access to the columns of a planned table.

    Blocks are drawn where they are needed, as nobody tells another process what was drawn; those
    used last are kept, and stay behind when this is pickled.
    """

    def __init__(self, table: TablePlan) -> None:
        self.table = table
        self._firsts = table.layout.firsts()
        self._block: Callable[[str, int], pa.Array] = lru_cache(KEPT_BLOCKS)(self._drawn)

    def __reduce__(self) -> tuple[type[ParentRows], tuple[TablePlan]]:
        return ParentRows, (self.table,)

    def type_of(self, name: str) -> pa.DataType:
        return self.table.source.type_of(name)

    def take(self, name: str, rows: pa.Array) -> pa.Array:
        """The column's values at the given rows (int64), null where the row is."""
        known = rows.drop_null().to_numpy()
        blocks = np.searchsorted(self._firsts, known, side="right") - 1
        order = np.argsort(blocks, kind="stable")
        pieces = [
            self._block(name, number).take(pa.array(known[found] - self._firsts[number]))
            for number, found in _runs(blocks, order)
        ]
        values = joined(pieces, self.type_of(name)).take(pa.array(_inverse(order)))
        if not rows.null_count:
            return values
        valid = rows.is_valid().to_numpy(zero_copy_only=False)
        places = np.cumsum(valid) - 1
        return values.take(pa.array(places, mask=~valid))

    def _drawn(self, name: str, number: int) -> pa.Array:
        return self.table.source.drawn(name, number, self.table.layout)


def _runs(blocks: NDArray[np.int64], order: NDArray[np.intp]) -> list[tuple[int, NDArray[np.intp]]]:
    """For each block that occurs its number and the places where it does."""
    numbers, firsts = np.unique(blocks[order], return_index=True)
    return (
        list(zip(map(int, numbers), np.split(order, firsts[1:]), strict=True))
        if len(numbers)
        else []
    )


def joined(pieces: list[pa.Array], kind: pa.DataType) -> pa.Array:
    """Arrays of one type, one after the other, as long as all of them together; of labels, their
    dictionaries united."""
    if len(pieces) == 1:
        return pieces[0]
    joined = pa.chunked_array(pieces, kind).unify_dictionaries().combine_chunks()
    return joined if isinstance(joined, pa.Array) else pa.concat_arrays(joined.chunks)


def _inverse(order: NDArray[np.intp]) -> NDArray[np.intp]:
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places


@dataclass(frozen=True, eq=False, slots=True)
class ParentColumn:
    """What the parent's row has under `column`; the row's number is drawn under `rows`."""

    parent: ParentRows
    rows: str
    column: str

    @property
    def type(self) -> pa.DataType:
        return self.parent.type_of(self.column)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset((self.rows,))

    def draw(self, block: Block) -> pa.Array:
        return self.parent.take(self.column, block.columns[self.rows])
