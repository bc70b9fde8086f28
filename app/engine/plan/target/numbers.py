"""The mean of a numeric target given the inputs.

A latent value is an additive score plus normal noise of variance 1; the target is the declared
quantile function at the latent value's rank. So the declared marginal holds whatever the effects
are, and only how far the score outweighs the noise decides how much the inputs explain.

The moments are the gradient of a convex function of the parameters: of the covariance of target
and latent value, the largest that the two can have (Fréchet 1951). So their slopes are symmetric,
and Newton's method finds the one solution wherever there is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.plan.target.measures import best_r2

Array = NDArray[np.float64]

GRID = 2_001
REACH = 6.0
LEAST_MASS = 1e-10


@dataclass(frozen=True, eq=False, slots=True)
class ValueProblem:
    """Moments of a numeric target as functions of the score's parameters.

    Args:
        design: what a moment is taken with, shape (parameters, cells).
        score: what a parameter adds to the score, shape (parameters, cells): as `design`, save in
            cells that a rule decides.
        weights: share of each cell, shape (cells,).
        values, shares: the declared distribution of the target: ascending values, shape (points,).
    """

    design: Array
    score: Array
    weights: Array
    values: Array
    shares: Array

    @property
    def centre(self) -> float:
        return float(self.values @ self.shares)

    @property
    def spread(self) -> float:
        return float(np.sqrt((self.values - self.centre) ** 2 @ self.shares))

    @property
    def standard(self) -> Array:
        """The target's values in units of its spread around its centre."""
        return (self.values - self.centre) / self.spread

    def moments(self, parameters: Array) -> Array:
        return np.asarray(self.design @ (self.weights * self.means(parameters)))

    def slopes(self, parameters: Array) -> Array:
        """At each latent value where the target grows, the covariance of design and score among
        the rows that have it."""
        latent = _Latent.of(parameters @ self.score)
        _, growth = self._growth(latent)
        gain = latent.at(_convolved(growth, latent.density))
        own = (self.design * (self.weights * gain)) @ self.score.T
        near = _convolved(latent.binned(self.weights[None, :]), latent.density)[0]
        each = np.divide(growth, near, out=np.zeros(GRID), where=near > LEAST_MASS)
        designs = _convolved(latent.binned(self.design * self.weights), latent.density)
        scores = _convolved(latent.binned(self.score * self.weights), latent.density)
        return np.asarray(own - (designs * each) @ scores.T)

    def largest_score(self, parameters: Array) -> float:
        return float(np.abs(parameters @ self.score).max(initial=0.0))

    def measure(self, name: str, parameters: Array) -> float:
        """The best possible R² (`name` is r2)."""
        return best_r2(self.means(parameters), self.weights, 1.0)

    def means(self, parameters: Array) -> Array:
        """Mean of the target in each cell, in units of its spread around its centre."""
        latent = _Latent.of(parameters @ self.score)
        first, growth = self._growth(latent)
        return latent.at(first + _convolved(growth, latent.distribution))

    def _growth(self, latent: _Latent) -> tuple[float, Array]:
        """Mean of the target below the latent grid, and how much it grows at each place of it.

        Means between places come from the integral of the quantile function, so they move
        smoothly with the parameters even where the target leaps.
        """
        rank = _convolved(latent.binned(self.weights[None, :]), latent.distribution)[0]
        rank = np.maximum.accumulate(np.concatenate([[0.0], np.clip(rank, 0.0, 1.0), [1.0]]))
        ends = np.append(0.0, np.cumsum(self.shares))
        sums = np.interp(rank, ends, np.append(0.0, np.cumsum(self.shares * self.standard)))
        mass = np.diff(rank)
        means = self.standard[np.searchsorted(ends[1:-1], (rank[1:] + rank[:-1]) / 2)]
        np.divide(np.diff(sums), mass, out=means, where=mass > LEAST_MASS)
        return float(means[0]), np.diff(means)


@dataclass(frozen=True, eq=False, slots=True)
class _Latent:
    """Even places that cover the latent values, and where the score of each cell lies on them.

    Args:
        low, part: the place below each score, and how far it is from there to the next one.
        distribution, density: of the noise, at all distances between places, shape (2·GRID − 1,).
    """

    low: NDArray[np.intp]
    part: Array
    distribution: Array
    density: Array

    @classmethod
    def of(cls, score: Array) -> _Latent:
        from scipy.special import ndtr

        step = (float(np.ptp(score)) + 2.0 * REACH) / (GRID - 1)
        places = (score - score.min() + REACH) / step
        low = places.astype(np.intp)
        distances = np.arange(-GRID + 1, GRID) * step
        density = np.exp(-(distances**2) / 2.0) / np.sqrt(2.0 * np.pi)
        return cls(low, places - low, ndtr(distances), density)

    def at(self, curve: Array) -> Array:
        """A function of the latent value at the cells' scores."""
        return np.asarray(curve[self.low] * (1.0 - self.part) + curve[self.low + 1] * self.part)

    def binned(self, rows: Array) -> Array:
        """Sums of cells by place, shape (rows, GRID)."""
        found = np.empty((len(rows), GRID))
        for number, row in enumerate(rows):
            above = row * self.part
            found[number] = np.bincount(self.low, row - above, GRID)
            found[number] += np.bincount(self.low + 1, above, GRID)
        return found


def _convolved(rows: Array, kernel: Array) -> Array:
    """Σ_i row_i · kernel(j − i) for each j, by Fourier transform; the kernel's middle is at 0."""
    size = 1 << (3 * GRID).bit_length()
    product = np.fft.rfft(rows, size) * np.fft.rfft(kernel, size)
    return np.asarray(np.fft.irfft(product, size)[..., GRID - 1 : 2 * GRID - 1])
