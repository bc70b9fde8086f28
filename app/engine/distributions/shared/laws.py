"""Laws that need less than scipy's: their methods are those of a frozen scipy distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Variance from which a sum of counts is drawn from the normal law.
NORMAL_VARIANCE = 1e10


@dataclass(frozen=True, eq=False, slots=True)
class Points:
    """A law of single values; weights need not sum to 1."""

    values: Array
    weights: Array

    @classmethod
    def of(cls, values: Sequence[float], weights: Sequence[float] | None = None) -> Points:
        """The law of these values, equally likely where there are no weights."""
        given = weights or (1.0,) * len(values)
        return cls(np.array(values, dtype=np.float64), np.array(given, dtype=np.float64))


class PiecewiseLinear:
    """An empirical law given by its quantiles at even probabilities."""

    def __init__(self, quantiles: Array) -> None:
        self.quantiles = quantiles
        self.grid = np.linspace(0.0, 1.0, len(quantiles))

    def ppf(self, probabilities: Array) -> Array:
        return np.interp(probabilities, self.grid, self.quantiles)

    def cdf(self, values: Array | float) -> Array:
        return np.asarray(np.interp(values, self.quantiles, self.grid))

    def sf(self, values: Array | float) -> Array:
        return np.asarray(1.0 - self.cdf(values))


@dataclass(frozen=True, slots=True)
class Gaussian:
    """The normal law; scipy.special loads in a tenth of the time that scipy.stats takes."""

    mean: float
    std: float

    def ppf(self, probabilities: Array) -> Array:
        from app.engine.special_functions import ndtri

        return np.asarray(self.mean + self.std * ndtri(probabilities))

    def cdf(self, value: float) -> float:
        from app.engine.special_functions import ndtr

        return float(ndtr((value - self.mean) / self.std))

    def sf(self, value: float) -> float:
        from app.engine.special_functions import ndtr

        return float(ndtr((self.mean - value) / self.std))

    def mass_outside(self, low: float, high: float) -> float:
        """Probability of values below `low` or above `high`; without scipy."""
        tails = (self.mean - low) / self.std, (high - self.mean) / self.std
        return sum(0.5 * math.erfc(tail * math.sqrt(0.5)) for tail in tails)


@dataclass(frozen=True, slots=True)
class UniformLaw:
    """The uniform law over [low, high]."""

    low: float
    high: float

    def cdf(self, value: float) -> float:
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def sf(self, value: float) -> float:
        return 1.0 - self.cdf(value)

    def cut(self, low: float, high: float) -> tuple[float, float]:
        return max(self.low, low), min(self.high, high)


def near_normal(mean: float, variance: float) -> Gaussian | None:
    """The normal law in place of a sum of independent counts, where the two are less than a
    hundred-thousandth apart (Berry-Esseen: 0.56 / std)."""
    return Gaussian(mean, math.sqrt(variance)) if variance > NORMAL_VARIANCE else None
