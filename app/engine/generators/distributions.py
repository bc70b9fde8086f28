"""From a declared distribution to its quantile table. Needs scipy, so plans only."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.engine.generators.quantiles import (
    Array,
    Quantiles,
    continuous_quantiles,
    discrete_quantiles,
    probability_grid,
    rounded,
    straight_line,
)
from app.engine.schema import distributions as declared

if TYPE_CHECKING:
    from app.engine.generators.base import Scope

MAX_SUPPORT = 100_000
CUT_TAIL = 1e-3


@dataclass(frozen=True, slots=True)
class Shape:
    """A distribution ready to be tabled.

    Args:
        law: a frozen scipy distribution, or one of the classes below.
        discrete: whether it has whole values only.
        spread: a scale of the values, for rounding: standard deviation or interquartile range.
    """

    law: Any
    discrete: bool
    spread: float

    def mass_outside(self, low: float, high: float) -> float:
        """Probability of values below `low` or above `high`."""
        if isinstance(self.law, Points):
            outside = (self.law.values < low) | (self.law.values > high)
            return float(self.law.weights[outside].sum() / self.law.weights.sum())
        below = self.law.cdf(np.ceil(low) - 1 if self.discrete else low)
        return float(below + self.law.sf(high))


def shape_of(distribution: declared.Distribution) -> Shape:
    """The law of a declared distribution."""
    match distribution:
        case declared.Constant(value=value) | declared.Normal(mean=value, std=0):
            return _points(np.array([value]), np.ones(1))
        case declared.Normal(mean=mean, std=std):
            return Shape(Gaussian(mean, std), False, std)
        case declared.Empirical():
            return _empirical(distribution)
        case declared.Uniform(min=float(low), max=float(high)):
            return Shape(Even(low, high), False, high - low)
    return _scipy_shape(distribution)


def _empirical(distribution: declared.Empirical) -> Shape:
    if distribution.values is None:
        return _broken_line(np.array(distribution.quantiles))
    weights = distribution.weights or (1.0,) * len(distribution.values)
    return _points(np.array(distribution.values), np.array(weights))


def _scipy_shape(distribution: declared.Distribution) -> Shape:
    law, discrete = _scipy_law(distribution)
    low, high = law.ppf([0.25, 0.75])
    std = law.std()
    spread = std if math.isfinite(std) and std > 0 else (high - low) or 1.0
    return Shape(law, discrete, float(spread))


def _points(values: Array, weights: Array) -> Shape:
    spread = float(np.ptp(values)) or abs(float(values[0])) or 1.0
    return Shape(Points(values.astype(np.float64), weights.astype(np.float64)), True, spread)


@dataclass(frozen=True, eq=False, slots=True)
class Points:
    """A law of single values; weights need not sum to 1."""

    values: Array
    weights: Array


class _BrokenLine:
    """An empirical law given by its quantiles at even probabilities."""

    def __init__(self, quantiles: Array) -> None:
        self.quantiles = quantiles
        self.grid = np.linspace(0.0, 1.0, len(quantiles))

    def ppf(self, probabilities: Array) -> Array:
        return np.interp(probabilities, self.grid, self.quantiles)

    def cdf(self, value: float) -> float:
        return float(np.interp(value, self.quantiles, self.grid))

    def sf(self, value: float) -> float:
        return 1.0 - self.cdf(value)


@dataclass(frozen=True, slots=True)
class Gaussian:
    """The normal law; scipy.special loads in a tenth of the time that scipy.stats takes."""

    mean: float
    std: float

    def ppf(self, probabilities: Array) -> Array:
        from scipy.special import ndtri

        return np.asarray(self.mean + self.std * ndtri(probabilities))

    def cdf(self, value: float) -> float:
        from scipy.special import ndtr

        return float(ndtr((value - self.mean) / self.std))

    def sf(self, value: float) -> float:
        from scipy.special import ndtr

        return float(ndtr((self.mean - value) / self.std))


@dataclass(frozen=True, slots=True)
class Even:
    """The uniform law over [low, high]."""

    low: float
    high: float

    def cdf(self, value: float) -> float:
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def sf(self, value: float) -> float:
        return 1.0 - self.cdf(value)

    def cut(self, low: float, high: float) -> tuple[float, float]:
        return max(self.low, low), min(self.high, high)


def _broken_line(quantiles: Array) -> Shape:
    return Shape(_BrokenLine(quantiles), False, float(np.ptp(quantiles)) or 1.0)


def _scipy_law(distribution: declared.Distribution) -> tuple[Any, bool]:
    from scipy import stats

    d: Any = distribution
    continuous = {
        "lognormal": lambda: stats.lognorm(s=d.std, scale=math.exp(d.mean)),
        "exponential": lambda: stats.expon(d.loc, d.scale),
        "gamma": lambda: stats.gamma(d.a, d.loc, d.scale),
        "beta": lambda: stats.beta(d.a, d.b, d.loc, d.scale),
        "triangular": lambda: stats.triang(d.c, d.loc, d.scale),
        "weibull": lambda: stats.weibull_min(d.c, d.loc, d.scale),
        "pareto": lambda: stats.pareto(d.b, d.loc, d.scale),
        "student_t": lambda: stats.t(d.df, d.loc, d.scale),
    }
    discrete = {
        "poisson": lambda: stats.poisson(d.mean),
        "binomial": lambda: stats.binom(d.n, d.p),
        "geometric": lambda: stats.geom(d.p),
        "zipf": lambda: stats.zipf(d.a),
    }
    if distribution.family in continuous:
        return continuous[distribution.family](), False
    return discrete[distribution.family](), True


def quantile_table(
    shape: Shape, low: float, high: float, truncate: bool, scope: Scope
) -> Quantiles:
    """The quantile table of `shape`, cut to [low, high] where `truncate` is set.

    Raises:
        DefinitionError: where no mass lies between the bounds, or the values are too many to table.
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
        return _table_of_counts(shape, low, high, truncate, scope)
    return _table_of_curve(shape, low, high, truncate)


def _table_of_points(law: Points, low: float, high: float, truncate: bool) -> Quantiles:
    inside = (law.values >= low) & (law.values <= high) if truncate else slice(None)
    return discrete_quantiles(law.values[inside], law.weights[inside])


def _table_of_curve(shape: Shape, low: float, high: float, truncate: bool) -> Quantiles:
    if isinstance(shape.law, Even):
        return straight_line(
            *(shape.law.cut(low, high) if truncate else (shape.law.low, shape.law.high))
        )
    grid = probability_grid()
    if truncate:
        start, end = float(shape.law.cdf(low)), float(shape.law.cdf(high))
        values = np.clip(_quantiles(shape.law, start + grid * (end - start)), low, high)
    else:
        values = _quantiles(shape.law, grid)
    return continuous_quantiles(values, shape.spread)


def _quantiles(law: Any, probabilities: Array) -> Array:
    """The law's quantiles. Far tails of some of scipy's laws overflow on the way to a sound
    value, which is no news to the user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(law.ppf(probabilities))


def _table_of_counts(
    shape: Shape, low: float, high: float, truncate: bool, scope: Scope
) -> Quantiles:
    first = int(shape.law.support()[0])
    last = int(min(shape.law.support()[1], high, first + MAX_SUPPORT))
    left_out = float(shape.law.sf(last)) if last < high else 0.0
    if left_out > CUT_TAIL:
        raise scope.fail(
            f"{left_out:.1%} of the distribution lies above {last}",
            f"give a max of at most {first + MAX_SUPPORT}",
            "distribution",
        )
    if truncate:
        first = max(first, math.ceil(low))
    values = np.arange(min(first, last), last + 1, dtype=np.float64)
    weights = rounded(shape.law.pmf(values), 1.0)
    if not truncate:
        weights[-1] += shape.law.sf(last)
    likely = weights > 0.0
    return discrete_quantiles(values[likely], weights[likely])
