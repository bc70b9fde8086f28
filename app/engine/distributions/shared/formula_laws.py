"""Laws that a few formulas give, with the methods of a frozen distribution of `scipy.stats`.

That package takes longer to load than a small table takes to make. Quantile tables are the same
to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from app.engine.distributions.shared.laws import Array

# From an array to one of the same shape; scipy's are typed as of several precisions.
Formula = Callable[[Array], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousLaw:
    """The law of loc + scale·x. Formulas take and return shape (n,).

    Where the scale is no number above 0, every result is not a number.

    Args:
        quantile: x at probabilities between 0 and 1, both excluded.
        below, above: probability of at most x, and of more, for x between its ends.
        variance: of x; infinite or not a number where there is none.
        lowest, highest: the ends of x.
    """

    quantile: Formula
    below: Formula
    above: Formula
    variance: float
    loc: float = 0.0
    scale: float = 1.0
    lowest: float = 0.0
    highest: float = math.inf

    def support(self) -> tuple[float, float]:
        """The ends of the values."""
        return self.lowest * self.scale + self.loc, self.highest * self.scale + self.loc

    def std(self) -> float:
        """The standard deviation of the values."""
        return float(np.sqrt(self.variance * self.scale * self.scale))

    def ppf(self, probabilities: ArrayLike) -> Array:
        """Values at the probabilities, same shape."""
        p = np.asarray(probabilities, dtype=np.float64)
        found = np.full(p.shape, np.nan)
        if self.scale > 0:
            found[p == 0], found[p == 1] = self.support()
            inside = (p > 0) & (p < 1)
            found[inside] = self.quantile(p[inside]) * self.scale + self.loc
        return found

    def cdf(self, values: ArrayLike) -> Array:
        """Probabilities of at most the values, same shape."""
        x = self._standard(values)
        return self._between(self.below, x, x >= self.highest)

    def sf(self, values: ArrayLike) -> Array:
        """Probabilities of more than the values, same shape."""
        x = self._standard(values)
        return self._between(self.above, x, x <= self.lowest)

    def _standard(self, values: ArrayLike) -> Array:
        scale = self.scale if self.scale > 0 else math.nan
        return np.asarray((np.asarray(values, dtype=np.float64) - self.loc) / scale)

    def _between(self, formula: Formula, x: Array, certain: np.ndarray) -> Array:
        found = np.where(np.isnan(x), np.nan, certain.astype(np.float64))
        inside = (x > self.lowest) & (x < self.highest)
        found[inside] = formula(x[inside])
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscreteLaw:
    """A law of all whole numbers from `lowest` on. Formulas take and return shape (n,).

    Args:
        quantile: the least k with P(X ≤ k) of at least p, for p between 0 and 1, both excluded.
        mass, below, above: P(X = k), P(X ≤ k) and P(X > k) for whole k from `lowest` on.
        variance: of the numbers.
    """

    quantile: Formula
    mass: Formula
    below: Formula
    above: Formula
    variance: float
    lowest: float

    def support(self) -> tuple[float, float]:
        """The least number, and infinity."""
        return self.lowest, math.inf

    def std(self) -> float:
        """The standard deviation of the numbers."""
        return float(np.sqrt(self.variance))

    def ppf(self, probabilities: ArrayLike) -> Array:
        """Numbers at the probabilities, same shape; at 0 one less than the least."""
        p = np.asarray(probabilities, dtype=np.float64)
        found = np.full(p.shape, np.nan)
        found[p == 0], found[p == 1] = self.lowest - 1.0, math.inf
        inside = (p > 0) & (p < 1)
        found[inside] = self.quantile(p[inside])
        return found

    def pmf(self, values: ArrayLike) -> Array:
        """Probabilities of the values, same shape."""
        x = np.asarray(values, dtype=np.float64)
        return self._from_lowest(self.mass, x, np.floor(x) == x, 0.0)

    def cdf(self, values: ArrayLike) -> Array:
        """Probabilities of at most the values, same shape."""
        x = np.asarray(values, dtype=np.float64)
        return self._from_lowest(self.below, x, x < math.inf, np.where(x == math.inf, 1.0, 0.0))

    def sf(self, values: ArrayLike) -> Array:
        """Probabilities of more than the values, same shape."""
        x = np.asarray(values, dtype=np.float64)
        return self._from_lowest(self.above, x, x < math.inf, np.where(x < self.lowest, 1.0, 0.0))

    def _from_lowest(
        self, formula: Formula, x: Array, where: np.ndarray, otherwise: ArrayLike
    ) -> Array:
        found = np.where(np.isnan(x), np.nan, otherwise)
        inside = (x >= self.lowest) & where
        found[inside] = np.clip(formula(np.floor(x[inside])), 0.0, 1.0)
        return found
