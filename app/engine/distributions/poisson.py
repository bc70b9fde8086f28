"""The Poisson distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, bar_density
from app.engine.distributions.shared.laws import near_normal
from app.engine.distributions.shared.parameters import PositiveMean


class Poisson(Distribution):
    """`mean` is scipy's `mu`; either name may be written."""

    family = "poisson"
    spellings: ClassVar = {"mean": ("mu",)}
    lone = "mean"
    suggested: ClassVar = {"mean": 3}

    mean: PositiveMean

    def law(self) -> Any:
        from scipy import stats

        return near_normal(self.mean, self.mean) or stats.poisson(self.mean)

    def density(self, low: float | None, high: float | None) -> Density:
        mean = self.mean

        def mass(k: int) -> float:
            return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))

        return bar_density(mass, (0, mean + 5 * math.sqrt(mean) + 2), low, high)


DISTRIBUTION = Poisson
