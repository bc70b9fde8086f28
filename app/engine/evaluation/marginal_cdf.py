"""Declared distributions as probabilities of lying below a threshold.

Computed from the definition with scipy, not from the tables that values are drawn from, so that a
fault in those tables shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.distributions import Distribution
from app.engine.distributions.constant import Constant
from app.engine.distributions.empirical import Empirical
from app.engine.distributions.normal import Normal
from app.engine.distributions.shared.laws import Points
from app.engine.distributions.uniform import Uniform
from app.engine.evaluation.accumulator import Array
from app.engine.generators.numbers.distributions import shape_of
from app.engine.generators.numbers.places import share_before, steps_of_shares
from app.engine.schema.models import MomentColumn, NumberColumn

POINTS = 4096
LEAST_STEP = 1e-5

Cdf = Callable[[Array], Array]


@dataclass(frozen=True, eq=False, slots=True)
class MarginalCdf:
    """A declared distribution at thresholds.

    Args:
        thresholds: ascending, shape (k,); no value that can occur lies on one.
        below: probability of a value below each threshold, shape (k,).
        single: whether at most one possible value lies between neighbouring thresholds, and
            before the first and after the last, shape (k + 1,).
    """

    thresholds: Array
    below: Array
    single: np.ndarray


@dataclass(frozen=True, slots=True)
class Part:
    """One distribution of a mixture, cut to [low, high] where `truncate` is set."""

    distribution: Distribution
    share: float
    low: float
    high: float
    truncate: bool

    def cdf(self, values: Array) -> Array:
        raw = cdf_of(self.distribution)
        if not self.truncate:
            return raw(values)
        first, last = raw(np.array([self._just_below_low, self.high]))
        return np.clip((raw(values) - first) / (last - first), 0.0, 1.0)

    def quantiles(self, probabilities: Array) -> Array:
        raw = cdf_of(self.distribution)
        if self.truncate:
            first, last = raw(np.array([self._just_below_low, self.high]))
            probabilities = first + probabilities * (last - first)
        return np.clip(quantiles_of(self.distribution, probabilities), self.low, self.high)

    @property
    def _just_below_low(self) -> float:
        """A value of a discrete distribution that lies on the lower bound belongs to it."""
        return math.nextafter(self.low, -math.inf)


def cdf_of(distribution: Distribution) -> Cdf:
    """Probability of a value of at most x, for arrays of x."""
    from app.engine.special_functions import ndtr

    match distribution:
        case Normal(mean=mean, std=std) if std > 0:
            return lambda x: np.asarray(ndtr((x - mean) / std))
        case Uniform(min=low, max=high) if low is not None and high is not None:
            return lambda x: np.clip((x - low) / (high - low), 0.0, 1.0)
        case Empirical(quantiles=points) if points is not None:
            grid = np.linspace(0.0, 1.0, len(points))
            return lambda x: _piecewise_linear(x, np.array(points), grid)
    law = shape_of(distribution).law
    if isinstance(law, Points):
        return _steps(law.values, law.weights)
    return lambda x: np.asarray(law.cdf(x))


def _piecewise_linear(x: Array, points: Array, grid: Array) -> Array:
    """Linear between the points; where several coincide, the highest counts."""
    places = np.searchsorted(points, x, side="right")
    inside = np.clip(places, 1, len(points) - 1)
    low, high = points[inside - 1], points[inside]
    width = np.where(high > low, high - low, 1.0)
    share = np.clip((x - low) / width, 0.0, 1.0)
    line = grid[inside - 1] + share * (grid[inside] - grid[inside - 1])
    return np.where(places == 0, 0.0, np.where(places >= len(points), 1.0, line))


def _steps(values: Array, weights: Array) -> Cdf:
    order = np.argsort(values)
    ends = np.concatenate([[0.0], np.cumsum(weights[order]) / weights.sum()])
    return lambda x: ends[np.searchsorted(values[order], x, side="right")]


def quantiles_of(distribution: Distribution, probabilities: Array) -> Array:
    """Values at the probabilities, of the same shape as these, in the column's unit; of a
    discrete distribution all its values. Only where thresholds are put depends on them."""
    if isinstance(distribution, Uniform):
        assert distribution.min is not None
        assert distribution.max is not None
        return np.asarray(distribution.min + probabilities * (distribution.max - distribution.min))
    law = shape_of(distribution).law
    if isinstance(law, Points):
        return np.unique(law.values)
    with np.errstate(all="ignore"):
        return np.asarray(law.ppf(probabilities))


def number_cdf(column: NumberColumn) -> MarginalCdf:
    """The declared distribution of a column of numbers: cut, clipped, rounded."""
    laws = _laws(column)
    step = _step(column, [law for law, _ in laws])
    low, high = _bounds(column, step)
    half = 0.5 if column.type == "int" and isinstance(laws[0][0], Uniform) else 0.0
    cut = column.bounds == "truncate"
    parts = [Part(law, share, low - half, high + half, cut) for law, share in laws]
    probabilities = (np.arange(POINTS) + 0.5) / POINTS
    points = np.concatenate([part.quantiles(probabilities) for part in parts])
    points = points[np.isfinite(points)].clip(low, high)
    if _has_grain(column):
        points = np.floor(points / step + 0.5) * step
    ends = np.array([end for end in (low, high) if math.isfinite(end)])

    def below(x: Array) -> Array:
        mixed = sum((part.share * part.cdf(x) for part in parts), np.zeros(len(x)))
        return np.where(x <= low, 0.0, np.where(x > high, 1.0, mixed))

    return cdf_on(_with_ends(points, ends, step), step, below)


def _with_ends(points: Array, ends: Array, step: float) -> Array:
    """The points and the ends, ascending; what is next to an end or to the one before goes."""
    for end in ends:
        points = points[np.abs(points - end) > 0.75 * step]
    points = np.unique(points)
    apart = np.diff(points, prepend=-np.inf) > 0.75 * step
    return np.unique(np.concatenate([points[apart], ends]))


def cdf_on(points: Array, step: float, below: Cdf) -> MarginalCdf:
    """The distribution with a threshold half a step before and after each of these points."""
    lows, highs = points - step / 2, points + step / 2
    lone = np.append(lows[1:] - highs[:-1] > step * 1e-6, True)
    thresholds = np.column_stack([lows, highs]).ravel()
    opens = np.tile([True, False], len(points))
    kept = np.column_stack([np.ones(len(points), dtype=bool), lone]).ravel()
    thresholds = thresholds[kept]
    return MarginalCdf(thresholds, below(thresholds), np.concatenate([[False], opens[kept]]))


def _laws(column: NumberColumn) -> list[tuple[Distribution, float]]:
    if column.buckets:
        return [(Normal(mean=b.mean, std=b.std), b.proportion) for b in column.buckets]
    distribution = column.distribution or Uniform()
    if isinstance(distribution, Uniform):
        distribution = _even(distribution, column)
    return [(distribution, 1.0)]


def _has_grain(column: NumberColumn) -> bool:
    return column.type == "int" or column.decimals is not None


def _even(distribution: Uniform, column: NumberColumn) -> Distribution:
    """The uniform law with the column's bounds; whole numbers are all as likely."""
    low = column.min if distribution.min is None else distribution.min
    high = column.max if distribution.max is None else distribution.max
    if low is None or high is None:
        raise ValueError("a uniform number needs its bounds")
    if column.type == "int":
        return Uniform(min=math.ceil(low) - 0.5, max=math.floor(high) + 0.5)
    return Constant(value=low) if low == high else Uniform(min=low, max=high)


def _step(column: NumberColumn, laws: Sequence[Distribution]) -> float:
    """The step of the column's numbers; where decimals are not declared, a small share of the
    narrowest spread, within which rounding does not matter."""
    if column.type == "int":
        return 1.0
    if column.decimals is not None:
        return float(10.0**-column.decimals)
    return LEAST_STEP * min(shape_of(law).spread for law in laws)


def _bounds(column: NumberColumn, step: float) -> tuple[float, float]:
    """The least and the largest number of the column: multiples of a declared step."""
    low = -math.inf if column.min is None else column.min
    high = math.inf if column.max is None else column.max
    if _has_grain(column):
        low = low if math.isinf(low) else math.ceil(round(low / step, 6)) * step
        high = high if math.isinf(high) else math.floor(round(high / step, 6)) * step
    return low, high


def moment_cdf(column: MomentColumn, start: int, steps: int) -> MarginalCdf:
    """The declared distribution of a column of moments over `steps` steps from `start`."""
    distribution = column.distribution or Uniform(min=0.0, max=1.0)
    part = Part(distribution, 1.0, 0.0, 1.0, truncate=True)
    points = part.quantiles((np.arange(POINTS) + 0.5) / POINTS)
    places = np.unique(steps_of_shares(points, steps)) + start

    def below(x: Array) -> Array:
        places = np.ceil(x - start)
        # Single values on the edge of a step belong to the next; none is after the last.
        return np.where(places >= steps, 1.0, part.cdf(share_before(places, steps)))

    return cdf_on(places, 1.0, below)
