"""How many rows refer to each row of a parent that has a weight."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.expressions.elementary import power
from app.engine.generators.base import Block, Generator, Layout, Scope, plan_column
from app.engine.generators.bijection import Shuffle, make_shuffle
from app.engine.plan.plan import TablePlan
from app.engine.schema.models import NumberColumn, ParentWeights
from app.engine.seeds import Stream, permutation

NUMBER = pa.int64()
NOTHING: frozenset[str] = frozenset()
Weights = NDArray[np.float64]
Rows = NDArray[np.int64]


class WeightsError(ValueError):
    """Weights that say nothing of how rows are to be shared out; the message says why."""


class WeightSource(Protocol):
    def of(self, number: int, layout: Layout) -> pa.Array:
        """The weights of one block of the parent, shape (rows,)."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class EvenWeights:
    """All rows are as popular."""

    def of(self, number: int, layout: Layout) -> pa.Array:
        return pa.array(np.ones(layout.rows(number)))


@dataclass(frozen=True, eq=False, slots=True)
class ColumnWeights:
    """The values of a column of the parent."""

    parent: TablePlan
    column: str

    def of(self, number: int, layout: Layout) -> pa.Array:
        return self.parent.source.drawn(self.column, number, layout)


@dataclass(frozen=True, eq=False, slots=True)
class DrawnWeights:
    """A number for each row that is not written."""

    values: Generator
    stream: Stream

    def of(self, number: int, layout: Layout) -> pa.Array:
        return self.values.draw(Block(number, layout, self.stream))


@dataclass(frozen=True, eq=False, slots=True)
class RankWeights:
    """1/k**skew for the k-th most popular row (Zipf's law); which row is the k-th is random."""

    ranks: Shuffle
    skew: float

    def of(self, number: int, layout: Layout) -> pa.Array:
        first = layout.first_row(number)
        rows = np.arange(first, first + layout.rows(number), dtype=np.int64)
        return pa.array(power(self.ranks(rows) + 1.0, -self.skew))


@dataclass(frozen=True, eq=False, slots=True)
class RowsByWeight:
    """Numbers of rows that refer to each row of the parent.

    Where a `turn` is given they differ from the rows' shares by less than 1: what has been given
    up to each of the parents, in random order within their block, is their share rounded down
    after adding the turn. Without one every row draws its parent by itself.

    Args:
        sums: of the weights before each block of the parent, then of all, shape (blocks + 1).
        starts: rows that refer to parents before each block, then all, shape (blocks + 1).
    """

    weights: WeightSource
    stream: Stream
    sums: tuple[float, ...]
    starts: tuple[int, ...]
    turn: float | None
    type: pa.DataType = NUMBER
    reads: frozenset[str] = NOTHING

    def draw(self, block: Block) -> pa.Array:
        number = block.number
        weights = _usable(self.weights.of(number, block.layout))
        total = self.starts[number + 1] - self.starts[number]
        if not total:
            return pa.array(np.zeros(len(weights), dtype=np.int64))
        if self.turn is None:
            rng = self.stream.child("rows", number).generator()
            return pa.array(rng.multinomial(total, weights / weights.sum()).astype(np.int64))
        order = _order(self.stream, number, len(weights))
        ends = _rounded(self.sums[number] + np.cumsum(weights[order]), self, self.turn)
        counts = np.empty(len(weights), dtype=np.int64)
        counts[order] = np.diff(ends, prepend=self.starts[number])
        return pa.array(counts)

    def expected(self, layout: Layout) -> Weights:
        """How many rows refer to each row of the parent by its weight, shape (parents,)."""
        blocks = [_usable(self.weights.of(number, layout)) for number in range(layout.blocks)]
        scale = self.starts[-1] / self.sums[-1] if self.starts[-1] else 0.0
        return np.asarray(np.concatenate(blocks) * scale)


def rows_by_weight(
    weights: WeightSource, layout: Layout, total: int, stream: Stream, *, independent: bool
) -> RowsByWeight:
    """The numbers of `total` rows that refer to the rows of a parent of this layout.

    Raises:
        WeightsError: where a weight is null or below 0, or none is above.
    """
    sums = [0.0]
    for number in range(layout.blocks):
        values = _usable(weights.of(number, layout))
        running = np.cumsum(values[_order(stream, number, len(values))])
        sums.append(sums[-1] + (float(running[-1]) if len(running) else 0.0))
    if total and not 0 < sums[-1] < np.inf:
        raise WeightsError("no row has a weight above 0")
    rng = stream.child("turn").generator()
    turn = None if independent else 0.01 + 0.98 * float(rng.random())
    return RowsByWeight(weights, stream, tuple(sums), _starts(sums, total, turn, rng), turn)


def _starts(
    sums: list[float], total: int, turn: float | None, rng: np.random.Generator
) -> tuple[int, ...]:
    if not total:
        return (0,) * len(sums)
    if turn is None:
        drawn = rng.multinomial(total, np.diff(sums) / sums[-1])
        return (0, *accumulate(map(int, drawn)))
    return tuple(int(each) for each in np.floor(np.array(sums) * (total / sums[-1]) + turn))


def _rounded(running: Weights, rows: RowsByWeight, turn: float) -> Rows:
    shares = running * (rows.starts[-1] / rows.sums[-1])
    return np.floor(shares + turn).astype(np.int64)


def _order(stream: Stream, number: int, rows: int) -> NDArray[np.intp]:
    return permutation(stream.child("order", number).generator(), rows)


def _usable(weights: pa.Array) -> Weights:
    """Weights as numbers, shape (rows,).

    Raises:
        WeightsError: where one is null, below 0 or no number.
    """
    if not (pa.types.is_integer(weights.type) or pa.types.is_floating(weights.type)):
        raise WeightsError("the column holds no numbers")
    if weights.null_count:
        raise WeightsError("some rows have no weight")
    values = np.asarray(weights.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    if len(values) and not (values.min() >= 0 and values.max() < np.inf):
        raise WeightsError(f"a weight is {values[~(values >= 0)][0]:g}")
    return values


def weight_source(
    declared: ParentWeights, parent: TablePlan, scope: Scope, stream: Stream
) -> WeightSource:
    """Where the declared weights come from.

    Args:
        scope: of the column from which weights are drawn.
        stream: randomness keyed by the key.
    """
    if declared.column is not None:
        return ColumnWeights(parent, declared.column)
    if declared.skew is not None:
        return RankWeights(make_shuffle(parent.rows, stream.child("ranks")), declared.skew)
    column = NumberColumn(type="float", distribution=declared.distribution, min=0)
    return DrawnWeights(plan_column(column, scope), stream)
