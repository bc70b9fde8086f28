"""The Poisson distribution."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, bar_density
from app.engine.distributions.shared.formula_laws import DiscreteLaw
from app.engine.distributions.shared.laws import Array, Gaussian, near_normal
from app.engine.distributions.shared.parameters import PositiveMean


class Poisson(Distribution):
    """`mean` is scipy's `mu`; either name may be written."""

    family = "poisson"
    spellings: ClassVar = {"mean": ("mu",)}
    lone = "mean"
    suggested: ClassVar = {"mean": 3}

    mean: PositiveMean

    def law(self) -> Gaussian | DiscreteLaw:
        return near_normal(self.mean, self.mean) or self._counted()

    def _counted(self) -> DiscreteLaw:
        from app.engine.special_functions import gammaln, pdtr, pdtrc, pdtrik, xlogy

        mean = self.mean

        def quantile(p: Array) -> Array:
            found = np.ceil(pdtrik(p, mean))
            less = np.maximum(found - 1.0, 0.0)
            return np.where(pdtr(less, mean) >= p, less, found)

        return DiscreteLaw(
            quantile=quantile,
            mass=lambda k: np.exp(xlogy(k, mean) - gammaln(k + 1.0) - mean),
            below=lambda k: pdtr(k, mean),
            above=lambda k: pdtrc(k, mean),
            variance=mean,
            lowest=0.0,
        )

    def density(self, low: float | None, high: float | None) -> Density:
        mean = self.mean

        def mass(k: int) -> float:
            return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))

        return bar_density(mass, (0, mean + 5 * math.sqrt(mean) + 2), low, high)


DISTRIBUTION = Poisson
