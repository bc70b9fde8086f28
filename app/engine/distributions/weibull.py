"""The Weibull distribution."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, scaled_density
from app.engine.distributions.shared.formula_laws import ContinuousLaw
from app.engine.distributions.shared.parameters import Loc, Positive, Scale


class Weibull(Distribution):
    family = "weibull"
    other_names = ("weibull_min",)
    suggested: ClassVar = {"c": 1.5, "scale": 1}

    c: Positive = Field(description="Shape: 1 is the exponential, larger ones have a peak.")
    scale: Scale = 1.0
    loc: Loc = 0.0

    def law(self) -> ContinuousLaw:
        from app.engine.special_functions import expm1, gamma, log1p

        c = self.c
        mean, square = gamma(1.0 + 1.0 / c), gamma(1.0 + 2.0 / c)
        return ContinuousLaw(
            quantile=lambda p: (-log1p(-p)) ** (1.0 / c),
            below=lambda x: -expm1(-(x**c)),
            above=lambda x: np.exp(-(x**c)),
            variance=math.inf if np.isinf(mean) else float(square - mean * mean),
            loc=self.loc,
            scale=self.scale,
        )

    def density(self, low: float | None, high: float | None) -> Density:
        c = self.c

        def standard(z: float) -> float:
            return c * z ** (c - 1) * math.exp(-(z**c)) if z > 0 else 0.0

        return scaled_density(standard, (0, 4 ** (1 / c)), (self.loc, self.scale), low, high)


DISTRIBUTION = Weibull
