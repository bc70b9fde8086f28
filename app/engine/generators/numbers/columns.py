"""Columns of numbers: one distribution, or a mixture of Gaussian buckets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.distributions import Distribution
from app.engine.distributions.normal import Normal
from app.engine.distributions.shared.laws import Points
from app.engine.distributions.uniform import Uniform
from app.engine.generators.apportionment import (
    Apportionment,
    ExactApportionment,
    make_apportionment,
)
from app.engine.generators.base import Block, Scope
from app.engine.generators.numbers.distinct import (
    DistinctPlaces,
    can_differ,
    distinct_places,
    mixture,
    most,
)
from app.engine.generators.numbers.distributions import Shape, quantile_table, shape_of
from app.engine.generators.numbers.magnitudes import (
    WHOLE_HIGH,
    WHOLE_LOW,
    check_parameters,
    check_reach,
    not_computable,
)
from app.engine.generators.numbers.quantiles import (
    MOST_STEPS,
    Array,
    ContinuousQuantiles,
    Quantiles,
    stepped,
)
from app.engine.generators.segmented import Ordered, draw_arranged, split_nulls
from app.engine.schema.models import NumberColumn

CLIPPED_WARNING = 0.05
SIGNIFICANT_DIGITS = 6
MAX_DECIMALS = 15
MOST_PLACES = 2.0**51  # floats this many steps from 0 still differ from their neighbours


@dataclass(frozen=True, slots=True)
class Grain:
    """What every number of a column is: rounded to `decimals` where given, within [low, high].

    Halves are rounded up, not to even: numbers a step apart stay apart.
    """

    decimals: int | None
    low: float
    high: float

    def apply(self, values: Array) -> Array:
        if self.decimals is None:
            rounded = values + 0.0  # no -0.0
        elif self.decimals == 0:
            rounded = np.floor(values + 0.5)
        else:
            scale = 10.0**self.decimals
            rounded = np.floor(values * scale + 0.5) / scale
        return rounded.clip(self.low, self.high)

    def steps(self, table: Quantiles) -> Quantiles:
        """The table of the numbers this makes of another table's, where they are few."""
        if self.decimals is None:
            return table
        scale = 10.0**self.decimals
        first, last = self.apply(table.at(np.array([0.0, 1.0]))) * scale
        if not last - first < MOST_STEPS:
            return table
        places = np.rint(first) + np.arange(round(last - first) + 1)
        return stepped(table, places / scale, (places[1:] - 0.5) / scale)


@dataclass(frozen=True, slots=True)
class NumberGenerator:
    """Numbers of one quantile table for each segment of `apportionment` (buckets), then nulls.

    Exact sampling is stratified: of m values of a segment in a block, one lies in each m-th of
    its probability.
    """

    whole: bool
    apportionment: Apportionment
    segments: tuple[Quantiles, ...]
    grain: Grain
    stratified: bool
    distinct: DistinctPlaces | None = None
    has_variance: bool = True
    reads: frozenset[str] = frozenset()

    @property
    def type(self) -> pa.DataType:
        return pa.int64() if self.whole else pa.float64()

    def draw(self, block: Block) -> pa.Array:
        return draw_arranged(self, block)

    def ordered(self, block: Block) -> Ordered:
        counts, nulls = split_nulls(self.apportionment, block)
        if self.distinct is not None:
            return Ordered(self._different(self.distinct, block), nulls)
        values = self.grain.apply(self._quantiles(counts, block))
        return Ordered(values.astype(np.int64) if self.whole else values, nulls)

    def finished(self, arranged: pa.Array) -> pa.Array:
        return arranged

    def _quantiles(self, counts: NDArray[np.int64], block: Block) -> Array:
        rng = block.stream.child("values").generator()
        parts = [
            segment.drawn(rng, int(count), self.stratified)
            for segment, count in zip(self.segments, counts, strict=True)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _different(self, distinct: DistinctPlaces, block: Block) -> NDArray[np.generic]:
        assert isinstance(self.apportionment, ExactApportionment)
        places = distinct.at(self.apportionment.first_cells(block))
        return places if self.whole else places / 10.0 ** (self.grain.decimals or 0)


def plan_number(column: NumberColumn, scope: Scope) -> NumberGenerator:
    parts = _parts(column, scope)
    check_parameters(column, [distribution for distribution, _ in parts], scope)
    try:
        shapes = [shape_of(distribution) for distribution, _ in parts]
    except ArithmeticError:
        raise not_computable(column, scope) from None
    check_reach(column, shapes, [share for _, share in parts], scope)
    grain = _grain(column, shapes, scope)
    truncate = column.bounds == "truncate"
    half = _half_step(column, parts)
    if not truncate:
        _warn_of_clipping(column, shapes, [share for _, share in parts], half, scope)
    tables = tuple(
        quantile_table(shape, grain.low - half, grain.high + half, truncate, scope)
        for shape in shapes
    )
    shares = [share for _, share in parts]
    varies = all(shape.varies_within(column.min, column.max) for shape in shapes)
    if column.unique:
        _check_single(column, shapes, grain, scope)
        unique = _distinct(column, tables, shares, _countable(tables, grain, scope), scope)
        return replace(unique, has_variance=varies)
    tables = tuple(grain.steps(table) for table in tables)
    apportionment = make_apportionment(scope.sampling, scope.rows, shares, column.missing)
    exact = scope.sampling == "exact"
    return NumberGenerator(
        column.type == "int", apportionment, tables, grain, exact, has_variance=varies
    )


def _parts(column: NumberColumn, scope: Scope) -> list[tuple[Distribution, float]]:
    if column.buckets:
        return [(Normal(mean=b.mean, std=b.std), b.proportion) for b in column.buckets]
    distribution = column.distribution or Uniform()
    if isinstance(distribution, Uniform):
        return [(_uniform(distribution, column, scope), 1.0)]
    return [(distribution, 1.0)]


def _uniform(distribution: Uniform, column: NumberColumn, scope: Scope) -> Distribution:
    """The uniform law with its bounds filled in; whole numbers get half a step on both sides,
    so that the first and the last are as likely as the others."""
    low = column.min if distribution.min is None else distribution.min
    high = column.max if distribution.max is None else distribution.max
    if low is None or high is None:
        raise scope.fail("a uniform number needs its bounds", "give min and max", "min")
    if low > high:
        raise scope.fail(f"min {low:g} is above max {high:g}", "swap them", "min")
    start, end = (low, high)
    if column.type == "int":
        start, end = math.ceil(low) - 0.5, math.floor(high) + 0.5
    if start == end:
        return Normal(mean=low, std=0.0)
    return Uniform(min=start, max=end)


def _half_step(column: NumberColumn, parts: list[tuple[Distribution, float]]) -> float:
    """How far beyond the bounds a law reaches that is rounded to numbers within them."""
    even = any(isinstance(distribution, Uniform) for distribution, _ in parts)
    return 0.5 if even and column.type == "int" else 0.0


def _grain(column: NumberColumn, shapes: list[Shape], scope: Scope) -> Grain:
    decimals = _decimals(column, shapes, scope)
    low = -math.inf if column.min is None else column.min
    high = math.inf if column.max is None else column.max
    if decimals is None:
        return Grain(None, low, high)
    scale = 10.0**decimals
    low = math.ceil(round(low * scale, 6)) / scale if math.isfinite(low) else low
    high = math.floor(round(high * scale, 6)) / scale if math.isfinite(high) else high
    if column.type == "int":
        low, high = max(low, WHOLE_LOW), min(high, WHOLE_HIGH)
    if low > high:
        raise scope.fail(
            f"no number with {decimals} decimals lies between {column.min:g} and {column.max:g}",
            "give more decimals, or wider bounds",
            "decimals",
        )
    return Grain(decimals, low, high)


def _decimals(column: NumberColumn, shapes: list[Shape], scope: Scope) -> int | None:
    """Declared decimals, else enough for six significant digits of the narrowest part, and for
    its densest thousandth; None where these are too many, or the values are listed."""
    if column.type == "int":
        return 0
    if column.decimals is not None:
        return column.decimals
    if not column.unique and all(isinstance(shape.law, Points) for shape in shapes):
        return None
    spread = min(shape.spread for shape in shapes)
    digits = SIGNIFICANT_DIGITS + (len(str(scope.rows)) if column.unique else 0)
    gap = min(shape.gap for shape in shapes)
    dense = -math.floor(math.log10(gap)) if math.isfinite(gap) else 0
    decimals = max(0, digits - math.floor(math.log10(spread)), dense)
    if column.unique:
        return min(decimals, MAX_DECIMALS)
    return decimals if decimals <= MAX_DECIMALS else None


def _warn_of_clipping(
    column: NumberColumn, shapes: list[Shape], shares: list[float], half: float, scope: Scope
) -> None:
    low = -math.inf if column.min is None else column.min - half
    high = math.inf if column.max is None else column.max + half
    moved = sum(
        share * shape.mass_outside(low, high) for shape, share in zip(shapes, shares, strict=True)
    )
    if moved > CLIPPED_WARNING:
        scope.warn(
            f"clipping to min and max moves {moved:.1%} of the mass",
            "bounds: truncate draws from the distribution between the bounds instead",
        )


def _distinct(
    column: NumberColumn,
    tables: Sequence[Quantiles],
    shares: Sequence[float],
    grain: Grain,
    scope: Scope,
) -> NumberGenerator:
    """The generator of a unique column; refuses laws that would have to repeat a value."""
    apportionment = make_apportionment("exact", scope.rows, [1.0], column.missing)
    assert isinstance(apportionment, ExactApportionment)
    law, count, whole = mixture(tables, shares), apportionment.counts[0], column.type == "int"
    scale = 10.0 ** (grain.decimals or 0)
    first, last = _ends(grain, scale, whole)
    curve = ContinuousQuantiles(law.grid, law.values * scale)
    if not can_differ(curve, count, first, last):
        possible = most(lambda rows: can_differ(curve, rows, first, last), count)
        raise scope.fail(
            f"{count:,} rows of this column cannot all be different: in steps of {1 / scale:g} "
            f"about {possible:,} of this distribution can",
            "lower n_samples, widen the range, give more decimals, or leave 'unique' out",
            "unique",
        )
    places = distinct_places(curve, count, first, last)
    return NumberGenerator(whole, apportionment, (law,), grain, scope.sampling == "exact", places)


def _ends(grain: Grain, scale: float, whole: bool) -> tuple[int, int]:
    """The first and the last place of the grid: within the bounds and what the type can count."""
    least, most_ = (WHOLE_LOW, WHOLE_HIGH) if whole else (-MOST_PLACES, MOST_PLACES)
    return round(max(grain.low * scale, least)), round(min(grain.high * scale, most_))


def _check_single(column: NumberColumn, shapes: list[Shape], grain: Grain, scope: Scope) -> None:
    """Refuse laws of single values, whose steps are not those of the grain."""
    stuck = any(
        isinstance(shape.law, Points) or (shape.discrete and grain.decimals) for shape in shapes
    )
    if stuck and scope.rows > 1:
        raise scope.fail(
            f"{scope.rows:,} rows of this column cannot all be different: its distribution has "
            "single values",
            "give a distribution of a range (or type: int), or leave 'unique' out",
            "unique",
        )


def _countable(tables: Sequence[Quantiles], grain: Grain, scope: Scope) -> Grain:
    """The grain with no more decimals than floats of this size can be counted in."""
    if not grain.decimals:
        return grain
    outermost = np.array([0.5, scope.rows - 0.5]) / max(scope.rows, 1)
    ends = [abs(float(end)) for table in tables for end in table.at(outermost)]
    room = math.floor(math.log10(MOST_PLACES / max(*ends, 1.0)))
    return Grain(max(0, min(grain.decimals, room)), grain.low, grain.high)
