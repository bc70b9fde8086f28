"""Columns of moments: dates, datetimes and times of day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.generators.apportionment import (
    Apportionment,
    ExactApportionment,
    make_apportionment,
)
from app.engine.generators.base import Block, Scope
from app.engine.generators.numbers.following import BetweenGenerator
from app.engine.generators.numbers.following_plans import (
    declared_ends,
    default_end,
    default_start,
    plan_following,
    shares_of,
)
from app.engine.generators.numbers.places import UNITS, Unit, steps_of_shares, written
from app.engine.generators.numbers.quantiles import (
    MOST_STEPS,
    Array,
    DiscreteQuantiles,
    Quantiles,
    continuous_quantiles,
    probability_grid,
    stepped,
    straight_line,
)
from app.engine.generators.segmented import Ordered, draw_arranged, split_nulls
from app.engine.schema.models import MomentColumn
from app.engine.schema.reading.moments import tells_apart

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class MomentGenerator:
    """Moments from `start` on; `offsets` gives steps after it, below `steps`."""

    unit: Unit
    start: int
    steps: int
    offsets: Quantiles
    apportionment: Apportionment
    stratified: bool
    unique: bool = False
    pattern: str | None = None
    reads: frozenset[str] = frozenset()

    @property
    def type(self) -> pa.DataType:
        return pa.string() if self.pattern else self.unit.arrow

    def draw(self, block: Block) -> pa.Array:
        return draw_arranged(self, block)

    def ordered(self, block: Block) -> Ordered:
        counts, nulls = split_nulls(self.apportionment, block)
        offsets = np.floor(self._drawn(int(counts[0]), block))
        return Ordered(self.start + offsets.clip(0, self.steps - 1).astype(np.int64), nulls)

    def finished(self, arranged: pa.Array) -> pa.Array:
        if self.start + self.steps > DAY_SECONDS and pa.types.is_time(self.unit.arrow):
            arranged = _on_the_clock(arranged)
        return written(self.unit.cast(arranged), self.pattern)

    @property
    def reach(self) -> tuple[int, int]:
        """The least and the largest moment that comes about, in steps of the unit."""
        ends = np.floor(self.offsets.at(np.array([0.0, np.nextafter(1.0, 0.0)])))
        first, last = ends.clip(0, self.steps - 1)
        return self.start + int(first), self.start + int(last)

    def _drawn(self, count: int, block: Block) -> Array:
        if self.unique:
            assert isinstance(self.apportionment, ExactApportionment)
            cells = self.apportionment.first_cells(block)
            return self.offsets.at((cells + 0.5) / self.apportionment.counts[0])
        rng = block.stream.child("values").generator()
        return self.offsets.drawn(rng, count, self.stratified)


def _on_the_clock(seconds: pa.Array) -> pa.Array:
    """Seconds since midnight, those of the next day counted from 0 again."""
    past = pc.greater_equal(seconds, DAY_SECONDS)
    return pc.if_else(past, pc.subtract(seconds, DAY_SECONDS), seconds)


def plan_moment(column: MomentColumn, scope: Scope) -> MomentGenerator | BetweenGenerator:
    if column.after or column.before:
        return plan_following(column, scope)
    unit = UNITS[column.type]
    start, end = _ends(column, scope)
    if column.crosses_midnight:
        end += DAY_SECONDS
    steps = end - start + 1
    offsets = _offsets(column, steps, scope)
    sampling = "exact" if column.unique else scope.sampling
    apportionment = make_apportionment(sampling, scope.rows, [1.0], column.missing)
    if column.unique:
        _check_unique(column, apportionment, offsets, steps, scope)
    elif steps <= MOST_STEPS:
        offsets = stepped(offsets, np.arange(float(steps)), np.arange(1.0, steps))
    stratified = scope.sampling == "exact"
    return MomentGenerator(
        unit, start, steps, offsets, apportionment, stratified, column.unique, column.format
    )


def _check_unique(
    column: MomentColumn, apportionment: Apportionment, offsets: Quantiles, steps: int, scope: Scope
) -> None:
    assert isinstance(apportionment, ExactApportionment)
    count = apportionment.counts[0]
    if offsets.least_gap(count) < 1 - 1e-9:
        raise scope.fail(
            f"the range has {steps:,} different moments, {count:,} unique rows are asked for",
            "widen the range, leave the distribution out, or leave 'unique' out",
            "unique",
        )
    if column.format and not tells_apart(column.type, column.format):
        raise scope.fail(
            f"unique rows are asked for, and {column.format!r} writes some moments alike",
            "a format with all parts of the moment, such as '%Y-%m-%d' for a date",
            "format",
        )


def _ends(column: MomentColumn, scope: Scope) -> tuple[int, int]:
    start, end = declared_ends(column)
    unit = UNITS[column.type]
    start = default_start(column.type) if start is None else start
    end = default_end(column.type) if end is None else end
    if start > end and not column.crosses_midnight:
        first, last = unit.text(start), unit.text(end)
        raise scope.fail(f"start {first} is after end {last}", "swap them", "start_date")
    return start, end


def _offsets(column: MomentColumn, steps: int, scope: Scope) -> Quantiles:
    """Steps after the start: uniform, or a distribution over the range as a share of it."""
    if column.distribution is None:
        return straight_line(0.0, float(steps))
    shares = shares_of(column.distribution, scope)
    if isinstance(shares, DiscreteQuantiles):
        return DiscreteQuantiles(steps_of_shares(shares.values, steps), shares.cumulative)
    return continuous_quantiles(shares.at(probability_grid()) * steps, 1.0)
