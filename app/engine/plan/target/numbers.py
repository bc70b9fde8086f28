"""The mean of a numeric target given the inputs.

A latent value is an additive score plus normal noise of variance 1; the target is the declared
quantile function at the latent value's rank. So the declared margin holds whatever the effects
are, and only how far the score outweighs the noise decides how much the inputs explain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.engine.plan.target.measures import best_r2

Array = NDArray[np.float64]

NODES = 40
GRID = 2_001
MEANS = 401
REACH = 6.0


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
    def rough(self) -> bool:
        return True

    @property
    def centre(self) -> float:
        return float(self.values @ self.shares)

    @property
    def spread(self) -> float:
        return float(np.sqrt((self.values - self.centre) ** 2 @ self.shares))

    def moments(self, parameters: Array) -> Array:
        means, _ = self._means(parameters @ self.score, False)
        return np.asarray(self.design @ (self.weights * means))

    def slopes(self, parameters: Array) -> Array:
        """The ranks' own change counts as it is in the linear case."""
        means, slopes = self._means(parameters @ self.score, True)
        moments = self.design @ (self.weights * means)
        direct = (self.design * (self.weights * slopes)) @ self.score.T
        return np.asarray(direct - np.outer(moments, moments) * float(self.weights @ slopes))

    def largest_score(self, parameters: Array) -> float:
        return float(np.abs(parameters @ self.score).max(initial=0.0))

    def measure(self, name: str, parameters: Array) -> float:
        """The best possible R² (`name` is r2)."""
        return best_r2(self.means(parameters), self.weights, 1.0)

    def means(self, parameters: Array) -> Array:
        """Mean of the target in each cell, in units of its spread around its centre."""
        return self._means(parameters @ self.score, False)[0]

    def _means(self, score: Array, sloped: bool) -> tuple[Array, Array]:
        """E[y | score] and its derivative at fixed ranks, by Gauss–Hermite sums; the derivative of
        a normal mean is the mean of noise times value (Stein 1981)."""
        latent, target = self._table(score)
        nodes, masses = _nodes()
        grid = np.linspace(score.min(), score.max(), MEANS) if np.ptp(score) else score[:1]
        at_nodes = np.interp(grid[:, None] + nodes, latent, target)
        means = np.interp(score, grid, at_nodes @ masses)
        slopes = np.interp(score, grid, at_nodes @ (masses * nodes)) if sloped else means
        return means, slopes

    def _table(self, score: Array) -> tuple[Array, Array]:
        from scipy.special import ndtr

        latent = np.linspace(score.min() - REACH, score.max() + REACH, GRID)
        step = latent[1] - latent[0]
        places = (score - latent[0]) / step
        low = places.astype(np.intp)
        part = (places - low) * self.weights
        here, above = self.weights - part, part
        mass: Array = np.bincount(low, here, GRID).astype(np.float64)
        mass += np.bincount(low + 1, above, GRID)[:GRID]
        kernel = ndtr(np.arange(-GRID + 1, GRID) * step)
        rank = np.clip(_convolved(mass, kernel), 0.0, 1.0)
        cumulative = np.cumsum(self.shares) - self.shares / 2
        standard = (self.values - self.centre) / self.spread
        return latent, np.interp(rank, cumulative, standard)


@lru_cache(maxsize=1)
def _nodes() -> tuple[Array, Array]:
    """Places and masses of a Gauss–Hermite sum over the standard normal distribution."""
    nodes, masses = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, masses / masses.sum()


def _convolved(mass: Array, kernel: Array) -> Array:
    """Σ_i mass_i · kernel(j − i) for each j, by Fourier transform; the kernel's middle is at 0."""
    size = 1 << (3 * GRID).bit_length()
    product = np.fft.rfft(mass, size) * np.fft.rfft(kernel, size)
    return np.asarray(np.fft.irfft(product, size)[GRID - 1 : 2 * GRID - 1])
