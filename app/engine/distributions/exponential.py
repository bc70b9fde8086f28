"""The exponential distribution."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, scaled_density
from app.engine.distributions.shared.formula_laws import ContinuousLaw
from app.engine.distributions.shared.parameters import Loc, Scale


class Exponential(Distribution):
    family = "exponential"
    other_names = ("expon",)
    suggested: ClassVar = {"scale": 1}

    scale: Scale = 1.0
    loc: Loc = 0.0

    def law(self) -> ContinuousLaw:
        from app.engine.special_functions import expm1, log1p

        return ContinuousLaw(
            quantile=lambda p: -log1p(-p),
            below=lambda x: -expm1(-x),
            above=lambda x: np.exp(-x),
            variance=1.0,
            loc=self.loc,
            scale=self.scale,
        )

    def density(self, low: float | None, high: float | None) -> Density:
        return scaled_density(
            lambda z: math.exp(-z) if z >= 0 else 0.0, (0, 5), (self.loc, self.scale), low, high
        )


DISTRIBUTION = Exponential
