"""Columns of moments: dates, datetimes and times of day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.generators.apportionment import Apportionment, make_apportionment
from app.engine.generators.base import Block, Scope, planner
from app.engine.generators.numbers.columns import distinct_probabilities
from app.engine.generators.numbers.distributions import quantile_table, shape_of
from app.engine.generators.numbers.quantiles import (
    MOST_STEPS,
    Array,
    Quantiles,
    continuous_quantiles,
    probability_grid,
    stepped,
    straight_line,
)
from app.engine.generators.segmented import Ordered, arrange, draw_arranged, split_nulls
from app.engine.schema.models import MomentColumn
from app.engine.schema.reading.moments import tells_apart

EPOCH = dt.datetime(1970, 1, 1)
DEFAULT_START = "2000-01-01"
DEFAULT_END = "2029-12-31"


@dataclass(frozen=True, slots=True)
class Unit:
    """The step of a kind of moment: days for dates, seconds for the others."""

    arrow: pa.DataType
    seconds: int

    def place(self, text: str) -> int:
        """The moment of an ISO text in steps since the epoch (times: since midnight)."""
        if pa.types.is_time(self.arrow):
            moment = dt.datetime.combine(EPOCH, dt.time.fromisoformat(text))
        else:
            moment = dt.datetime.fromisoformat(text).replace(tzinfo=None)
        return int((moment - EPOCH).total_seconds()) // self.seconds

    def cast(self, places: pa.Array) -> pa.Array:
        """Steps since the epoch as moments."""
        if pa.types.is_date(self.arrow):
            return places.cast(pa.int32()).view(self.arrow)
        return pc.multiply(places, 1_000_000).view(self.arrow)


UNITS = {
    "date": Unit(pa.date32(), 86_400),
    "datetime": Unit(pa.timestamp("us"), 1),
    "time": Unit(pa.time64("us"), 1),
}


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
        return written(self.unit.cast(arranged), self.pattern)

    def _drawn(self, count: int, block: Block) -> Array:
        if self.unique:
            return self.offsets.at(distinct_probabilities(count, block))
        rng = block.stream.child("values").generator()
        return self.offsets.drawn(rng, count, self.stratified)


@dataclass(frozen=True, slots=True)
class BetweenGenerator:
    """Moments after, or before, those of other columns of the row, else the fixed ends.

    Null where a moment it depends on is null or leaves no room.
    """

    unit: Unit
    start: int
    end: int
    after: str | None
    before: str | None
    apportionment: Apportionment
    pattern: str | None = None

    @property
    def type(self) -> pa.DataType:
        return pa.string() if self.pattern else self.unit.arrow

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(name for name in (self.after, self.before) if name)

    def draw(self, block: Block) -> pa.Array:
        low = self._places(self.after, self.start - 1, block) + 1
        high = self._places(self.before, self.end + 1, block) - 1
        rng = block.stream.child("values").generator()
        places = low + np.floor(rng.random(block.rows) * (high - low + 1))
        missing = self._missing(block) | ~(low <= high)
        moments = pa.array(np.where(missing, 0, places).astype(np.int64), mask=missing)
        return written(self.unit.cast(moments), self.pattern)

    def _places(self, name: str | None, fixed: int, block: Block) -> np.ndarray:
        """Steps of the named column's moments, NaN where null."""
        if name is None:
            return np.full(block.rows, float(fixed))
        seconds = block.columns[name].cast(pa.timestamp("s"), safe=False).cast(pa.int64())
        return np.floor(seconds.to_numpy(zero_copy_only=False) / self.unit.seconds)

    def _missing(self, block: Block) -> np.ndarray:
        counts, nulls = split_nulls(self.apportionment, block)
        present = arrange(np.ones(int(counts.sum()), dtype=bool), nulls, block)
        return present.is_null().to_numpy(zero_copy_only=False)


def written(moments: pa.Array, pattern: str | None) -> pa.Array:
    """The moments themselves, or their text by a strftime pattern."""
    if pattern is None:
        return moments
    if pa.types.is_time(moments.type):
        moments = moments.cast(pa.int64()).view(pa.timestamp("us"))
    coded = moments.dictionary_encode()
    texts = pc.strftime(coded.dictionary.cast(pa.timestamp("s"), safe=False), format=pattern)
    return texts.take(coded.indices)


@planner(MomentColumn)
def plan_moment(column: MomentColumn, scope: Scope) -> MomentGenerator | BetweenGenerator:
    unit = UNITS[column.type]
    start, end = _ends(column, unit, scope)
    apportionment = make_apportionment(scope.sampling, scope.rows, [1.0], column.missing)
    if column.after or column.before:
        return _between(column, unit, (start, end), apportionment, scope)
    steps = end - start + 1
    offsets = _offsets(column, steps, scope)
    if column.unique and (column.missing or offsets.least_gap(scope.rows) < 1 - 1e-9):
        raise scope.fail(
            f"the range has {steps:,} different moments, {scope.rows:,} unique rows are asked for",
            "widen the range, leave the distribution out, or leave 'unique' out",
            "unique",
        )
    if column.unique and column.format and not tells_apart(column.type, column.format):
        raise scope.fail(
            f"unique rows are asked for, and {column.format!r} writes some moments alike",
            "a format with all parts of the moment, such as '%Y-%m-%d' for a date",
            "format",
        )
    if not column.unique and steps <= MOST_STEPS:
        offsets = stepped(offsets, np.arange(float(steps)), np.arange(1.0, steps))
    stratified = scope.sampling == "exact"
    return MomentGenerator(
        unit, start, steps, offsets, apportionment, stratified, column.unique, column.format
    )


def _ends(column: MomentColumn, unit: Unit, scope: Scope) -> tuple[int, int]:
    is_time = column.type == "time"
    first = column.start or ("00:00:00" if is_time else DEFAULT_START)
    last = column.end or ("23:59:59" if is_time else DEFAULT_END)
    if column.type == "datetime" and len(last) == len("2020-12-31"):
        last += "T23:59:59"
    start, end = unit.place(first), unit.place(last)
    if start > end:
        raise scope.fail(f"start {first} is after end {last}", "swap them", "start_date")
    return start, end


def _offsets(column: MomentColumn, steps: int, scope: Scope) -> Quantiles:
    """Steps after the start: uniform, or a distribution over the range as a share of it."""
    if column.distribution is None:
        return straight_line(0.0, float(steps))
    shape = shape_of(column.distribution)
    shares = quantile_table(shape, 0.0, 1.0, True, scope)
    return continuous_quantiles(shares.at(probability_grid()) * steps, 1.0)


def _between(
    column: MomentColumn,
    unit: Unit,
    ends: tuple[int, int],
    apportionment: Apportionment,
    scope: Scope,
) -> BetweenGenerator:
    for key in ("after", "before"):
        name = getattr(column, key)
        sibling = scope.siblings.get(name) if name else None
        if name and (not isinstance(sibling, MomentColumn) or sibling.format):
            raise scope.fail(
                f"{name!r} is not a date or datetime column of this table",
                "name a date or datetime column without a format",
                key,
            )
    return BetweenGenerator(unit, *ends, column.after, column.before, apportionment, column.format)
