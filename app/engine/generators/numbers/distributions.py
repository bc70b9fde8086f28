"""From a declared distribution to its quantile table. Needs scipy, so plans only."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.engine.distributions import Distribution
from app.engine.distributions.shared.laws import Gaussian, PiecewiseLinear, Points, UniformLaw
from app.engine.generators.numbers.quantiles import (
    LARGEST,
    Array,
    Quantiles,
    continuous_quantiles,
    discrete_quantiles,
    finite_ends,
    normal_grid,
    probability_grid,
    rounded,
    straight_line,
)

if TYPE_CHECKING:
    from app.engine.generators.base import Scope

MAX_SUPPORT = 100_000
CUT_TAIL = 1e-3
FAR_TAIL = 2.0**-40
THOUSANDTHS = 1_000
LEAST_GAP = 1e-7


@dataclass(frozen=True, slots=True)
class Shape:
    """A distribution ready to be tabled.

    Args:
        law: a frozen scipy distribution, or one with the same methods.
        discrete: whether it has whole values only.
        spread: a scale of the values, for rounding: standard deviation or interquartile range;
            infinite or NaN where the law's values are too large.
        gap: least distance of quantiles that are a thousandth apart.
        has_variance: whether the variance is finite.
    """

    law: Any
    discrete: bool
    spread: float
    gap: float = math.inf
    has_variance: bool = True

    @property
    def scale(self) -> float | None:
        """The scale to round quantiles by; None where no one scale suits all of them."""
        wide = getattr(self.law, "spans_magnitudes", False)
        return None if wide or self.gap < LEAST_GAP * self.spread else self.spread

    def middle(self) -> float:
        """A value in the middle of the law; not for single points."""
        if isinstance(self.law, UniformLaw):
            return self.law.low / 2 + self.law.high / 2
        if isinstance(self.law, Gaussian):
            return float(np.clip(self.law.mean, -LARGEST, LARGEST))
        return float(np.clip(_quantiles(self.law, np.array([0.5])), -LARGEST, LARGEST)[0])

    def is_sound(self) -> bool:
        """Whether the law's quantiles are numbers that its own probabilities agree with."""
        if isinstance(self.law, Points | UniformLaw | Gaussian | PiecewiseLinear):
            return True
        wanted = np.linspace(0.0, 1.0, 201)[1:-1]
        values = _quantiles(self.law, wanted)
        if self.discrete or np.isnan(values).any():
            return not np.isnan(values).any()
        if self.scale is None and (np.diff(values)[::2] <= 2.0**-43 * np.abs(values[1::2])).any():
            return False  # half a percent and more would become one number
        seen = np.abs(values) < LARGEST
        ends = [np.nextafter(values[seen], end) for end in (-np.inf, np.inf)]
        with np.errstate(all="ignore"):
            below, above = (np.asarray(self.law.cdf(end)) for end in ends)
        off = np.maximum(below - wanted[seen], wanted[seen] - above)
        return bool((off <= CUT_TAIL).all())

    def varies_within(self, low: float | None, high: float | None) -> bool:
        """Whether the law, clipped to the bounds that are not None, has a finite variance."""
        if self.has_variance:
            return True
        starts, ends = self.law.support()
        bounded_below = low is not None or math.isfinite(starts)
        return bounded_below and (high is not None or math.isfinite(ends))

    def mass_outside(self, low: float, high: float) -> float:
        """Probability of values below `low` or above `high`."""
        if isinstance(self.law, Points):
            outside = (self.law.values < low) | (self.law.values > high)
            return float(self.law.weights[outside].sum() / self.law.weights.sum())
        if isinstance(self.law, Gaussian):
            return self.law.mass_outside(low, high)
        with np.errstate(all="ignore"):
            below = self.law.cdf(np.ceil(low) - 1 if self.discrete else low)
            return float(below + self.law.sf(high))


def shape_of(distribution: Distribution) -> Shape:
    """The law of a declared distribution, ready to be tabled."""
    with np.errstate(all="ignore"):  # what is beyond floating point shows in the shape
        law = distribution.law()
    if isinstance(law, Points):
        spread = float(np.ptp(law.values)) or abs(float(law.values[0])) or 1.0
        return Shape(law, True, spread)
    if isinstance(law, Gaussian):
        return Shape(law, False, law.std)
    if isinstance(law, UniformLaw):
        return Shape(law, False, law.high - law.low)
    if isinstance(law, PiecewiseLinear):
        return Shape(law, False, float(np.ptp(law.quantiles)) or 1.0, _least_gap(law))
    return _shape_of_law(law)


def _shape_of_law(law: Any) -> Shape:
    """The shape of a law that is known by its methods alone."""
    low, high = _quantiles(law, np.array([0.25, 0.75])).clip(-LARGEST, LARGEST).tolist()
    with np.errstate(all="ignore"):
        std = float(law.std())
    spread = std if math.isfinite(std) and std > 0 else (high - low) or 1.0
    discrete = hasattr(law, "pmf")
    gap = math.inf if discrete else _least_gap(law)
    return Shape(law, discrete, float(spread), gap, math.isfinite(std))


def _least_gap(law: Any) -> float:
    """The least distance between quantiles a thousandth apart that floating point tells apart."""
    quantiles = _quantiles(law, np.linspace(0.0, 1.0, 2 * THOUSANDTHS + 1))
    low, high = quantiles[:-2], quantiles[2:]
    seen = np.isfinite(low) & np.isfinite(high)
    low, high = low[seen], high[seen]
    gaps = (high - low)[high - low > 4 * np.spacing(np.maximum(np.abs(low), np.abs(high)))]
    return float(gaps.min(initial=math.inf))


def quantile_table(
    shape: Shape, low: float, high: float, truncate: bool, scope: Scope
) -> Quantiles:
    """The quantile table of `shape`, cut to [low, high] where `truncate` is set.

    Raises:
        DefinitionError: where no mass lies between the bounds.
    """
    if truncate and shape.mass_outside(low, high) >= 1.0 - 1e-12:
        raise scope.fail(
            f"the distribution has no mass between {low:g} and {high:g}",
            "widen min and max, or use bounds: clip",
            "bounds",
        )
    if isinstance(shape.law, Points):
        return _table_of_points(shape.law, low, high, truncate)
    if shape.discrete:
        return _table_of_counts(shape, low, high, truncate)
    return _table_of_curve(shape, low, high, truncate)


def _table_of_points(law: Points, low: float, high: float, truncate: bool) -> Quantiles:
    inside = (law.values >= low) & (law.values <= high) if truncate else slice(None)
    return discrete_quantiles(law.values[inside], law.weights[inside])


def _table_of_curve(shape: Shape, low: float, high: float, truncate: bool) -> Quantiles:
    if isinstance(shape.law, UniformLaw):
        return straight_line(
            *(shape.law.cut(low, high) if truncate else (shape.law.low, shape.law.high))
        )
    grid = probability_grid()
    if truncate:
        start, end = float(shape.law.cdf(low)), float(shape.law.cdf(high))
        values = _quantiles(shape.law, start + grid * (end - start))
        values = finite_ends(values).clip(low, high)
    elif isinstance(shape.law, Gaussian):
        values = shape.law.mean + shape.law.std * normal_grid()
    else:
        values = _quantiles(shape.law, grid)
    return continuous_quantiles(values, shape.scale)


def _quantiles(law: Any, probabilities: Array) -> Array:
    """The law's quantiles. Far tails of some of scipy's laws overflow on the way to a sound
    value, which is no news to the user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(law.ppf(probabilities))


def _table_of_counts(shape: Shape, low: float, high: float, truncate: bool) -> Quantiles:
    first = int(shape.law.support()[0])
    last = int(min(shape.law.support()[1], high, first + MAX_SUPPORT))
    left_out = float(shape.law.sf(last)) if last < high else 0.0
    if left_out > CUT_TAIL:
        return _table_of_many_counts(shape, low, high, truncate)
    if truncate:
        first = math.ceil(max(first, low))
    return _counted(shape.law, min(first, last), last, truncate)


def _counted(law: Any, first: int, last: int, truncate: bool) -> Quantiles:
    """The table of the whole values from `first` to `last`; what lies beyond counts as these
    unless `truncate` is set."""
    values = np.arange(first, last + 1, dtype=np.float64)
    weights = rounded(law.pmf(values), 1.0)
    if not truncate:
        weights[0] += law.cdf(first - 1)
        weights[-1] += law.sf(last)
    likely = weights > 0.0
    return discrete_quantiles(values[likely], weights[likely])


def _table_of_many_counts(shape: Shape, low: float, high: float, truncate: bool) -> Quantiles:
    """The values between the far tails one by one, or their quantiles where they are too many:
    joined by straight lines and rounded, these are off by half a cell of the grid at the most."""
    start, end = 0.0, 1.0
    if truncate:
        start, end = float(shape.law.cdf(np.ceil(low) - 1.0)), float(shape.law.cdf(high))
    tails = start + np.array([FAR_TAIL, 1.0 - FAR_TAIL]) * (end - start)
    first, last = _quantiles(shape.law, tails)
    last = min(last, math.floor(high)) if math.isfinite(high) else last
    if first <= last <= first + MAX_SUPPORT:
        return _counted(shape.law, int(first), int(last), truncate)
    values = _quantiles(shape.law, start + probability_grid() * (end - start))
    values = np.maximum(values, shape.law.support()[0])
    return continuous_quantiles(values.clip(low, high) if truncate else values, shape.scale)
