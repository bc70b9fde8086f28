"""The mean of a numeric target given the inputs.

A latent value is an additive score plus normal noise of variance 1; the target is the declared
quantile function at the latent value's rank. So the declared marginal holds whatever the effects
are, and only how far the score outweighs the noise decides how much the inputs explain.

The moments are the gradient of a convex function of the parameters: of the covariance of target
and latent value, the largest that the two can have (Fréchet 1951). So their slopes are symmetric,
and Newton's method finds the one solution wherever there is one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.engine.plan.target.measures import best_r2

Array = NDArray[np.float64]

GRID = 2_001
REACH = 6.0
LEAST_MASS = 1e-10
# Of Fourier transforms: as long as the kernel. What wraps around lies at places that nobody reads.
SIZE = 1 << (2 * GRID).bit_length()

Spectrum = NDArray[np.complex128]


@dataclass(frozen=True, eq=False, slots=True)
class ValueProblem:
    """Moments of a numeric target as functions of the score's parameters.

    Args:
        design: what a moment is taken with, shape (parameters, cells).
        score: what a parameter adds to the score, shape (parameters, cells): as `design`, save in
            cells that a rule decides.
        weights: share of each cell, shape (cells,).
        values, shares: the declared distribution of the target: ascending values, shape (points,).

    `score` may be `design` itself, which is faster.
    """

    design: Array
    score: Array
    weights: Array
    values: Array
    shares: Array
    _curves: dict[bytes, _Curve] = field(default_factory=dict, init=False, repr=False)

    @property
    def centre(self) -> float:
        return float(self.values @ self.shares)

    @property
    def spread(self) -> float:
        return float(np.sqrt((self.values - self.centre) ** 2 @ self.shares))

    @property
    def standard(self) -> Array:
        """The target's values in units of its spread around its centre, shape (points,)."""
        return (self.values - self.centre) / self.spread

    def moments(self, parameters: Array) -> Array:
        return np.asarray(self.design @ (self.weights * self.means(parameters)))

    def slopes(self, parameters: Array) -> Array:
        """At each latent value where the target grows, the covariance of design and score among
        the rows that have it; shape (parameters, parameters)."""
        curve = self._curve(parameters)
        latent, growth = curve.latent, curve.growth
        gain = latent.at(_from_spectrum(curve.growth_spectrum * latent.density))
        own = (self.design * (self.weights * gain)) @ self.score.T
        near = _from_spectrum(curve.weights_spectrum * latent.density)
        each = np.divide(growth, near, out=np.zeros(GRID), where=near > LEAST_MASS)
        designs = latent.smoothed(self.design * self.weights)
        is_shared = self.score is self.design
        scores = designs if is_shared else latent.smoothed(self.score * self.weights)
        return np.asarray(own - (designs * each) @ scores.T)

    def largest_score(self, parameters: Array) -> float:
        return float(np.abs(parameters @ self.score).max(initial=0.0))

    def measure(self, name: str, parameters: Array) -> float:
        """The best possible R² (`name` is r2)."""
        return best_r2(self.means(parameters), self.weights, 1.0)

    def means(self, parameters: Array) -> Array:
        """Mean of the target in each cell, of shape (cells,), in units of its spread around its
        centre; `parameters` are of shape (parameters,)."""
        return self._curve(parameters).means

    def _curve(self, parameters: Array) -> _Curve:
        """Kept for the parameters asked for last: Newton's method asks for slopes where it has
        moments."""
        key = parameters.tobytes()
        if key not in self._curves:
            self._curves.clear()
            latent = _Latent.of(parameters @ self.score)
            self._curves[key] = _Curve(latent, self.weights, self.standard, self.shares)
        return self._curves[key]


@dataclass(frozen=True, eq=False)
class _Curve:
    """The mean of the target as a function of the latent value, for one choice of parameters.

    Args:
        latent: the cells' scores.
        weights: share of each cell, shape (cells,).
        standard, shares: the declared distribution of the target, shape (points,).
    """

    latent: _Latent
    weights: Array
    standard: Array
    shares: Array

    @cached_property
    def means(self) -> Array:
        """Mean of the target in each cell, shape (cells,)."""
        rise = _from_spectrum(self.growth_spectrum * self.latent.distribution)
        return self.latent.at(self._first_and_growth[0] + rise)

    @property
    def growth(self) -> Array:
        """How much the mean grows at each place, shape (GRID,)."""
        return self._first_and_growth[1]

    @cached_property
    def growth_spectrum(self) -> Spectrum:
        return _spectrum(self.growth)

    @cached_property
    def weights_spectrum(self) -> Spectrum:
        """Of the cells' shares by place."""
        return _spectrum(self.latent.binned(self.weights[None, :])[0])

    @cached_property
    def _first_and_growth(self) -> tuple[float, Array]:
        """Mean of the target below the latent grid, and how much it grows at each place of it.

        Means between places come from the integral of the quantile function, so they move
        smoothly with the parameters even where the target leaps.
        """
        rank = _from_spectrum(self.weights_spectrum * self.latent.distribution)
        rank = np.maximum.accumulate(np.concatenate([[0.0], np.clip(rank, 0.0, 1.0), [1.0]]))
        ends = np.append(0.0, np.cumsum(self.shares))
        sums = np.interp(rank, ends, np.append(0.0, np.cumsum(self.shares * self.standard)))
        mass = np.diff(rank)
        means = self.standard[np.searchsorted(ends[1:-1], (rank[1:] + rank[:-1]) / 2)]
        np.divide(np.diff(sums), mass, out=means, where=mass > LEAST_MASS)
        return float(means[0]), np.diff(means)


@dataclass(frozen=True, eq=False)
class _Latent:
    """Even places that cover the latent values, and where the score of each cell lies on them.

    Args:
        low, part: the place below each score, and how far it is from there to the next one.
        step: how far places are from one another.
    """

    low: NDArray[np.intp]
    part: Array
    step: float

    @classmethod
    def of(cls, score: Array) -> _Latent:
        step = (float(np.ptp(score)) + 2.0 * REACH) / (GRID - 1)
        places = (score - score.min() + REACH) / step
        low = places.astype(np.intp)
        return cls(low, places - low, step)

    @cached_property
    def distribution(self) -> Spectrum:
        """The distribution of the noise at all distances between places, transformed."""
        from app.engine.special_functions import ndtr

        return _spectrum(ndtr(self._distances))

    @cached_property
    def density(self) -> Spectrum:
        """The density of the noise at all distances between places, transformed."""
        return _spectrum(np.exp(-(self._distances**2) / 2.0) / np.sqrt(2.0 * np.pi))

    @property
    def _distances(self) -> Array:
        return np.asarray(np.arange(-GRID + 1, GRID) * self.step, dtype=np.float64)

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

    def smoothed(self, rows: Array) -> Array:
        """Sums of cells by place, spread out by the noise, shape (rows, GRID)."""
        return _from_spectrum(_spectrum(self.binned(rows)) * self.density)


def _spectrum(rows: Array) -> Spectrum:
    """Fourier transform of functions on the grid, along the last axis."""
    return np.fft.rfft(rows, SIZE)


def _from_spectrum(product: Spectrum) -> Array:
    """Σ_i row_i · kernel(j − i) for each place j, shape (..., GRID).

    Args:
        product: of the spectra of rows and of a kernel whose middle is at 0.
    """
    return np.asarray(np.fft.irfft(product, SIZE)[..., GRID - 1 : 2 * GRID - 1])
