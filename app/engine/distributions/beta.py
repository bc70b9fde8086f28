"""The beta distribution."""

from __future__ import annotations

import math
from typing import ClassVar

from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, scaled_density
from app.engine.distributions.shared.formula_laws import ContinuousLaw
from app.engine.distributions.shared.parameters import Loc, Positive, Scale


class Beta(Distribution):
    family = "beta"
    suggested: ClassVar = {"a": 2, "b": 2}

    a: Positive = Field(description="Shape: the larger beside b, the nearer to the upper end.")
    b: Positive = Field(description="Shape: the larger beside a, the nearer to the lower end.")
    loc: Loc = 0.0
    scale: Scale = 1.0

    def law(self) -> ContinuousLaw:
        from app.engine.special_functions import betainc, betaincc, betaincinv

        a, b = self.a, self.b
        return ContinuousLaw(
            quantile=lambda p: betaincinv(a, b, p),
            below=lambda x: betainc(a, b, x),
            above=lambda x: betaincc(a, b, x),
            variance=a * b / ((a + b) * (a + b) * (a + b + 1)),
            loc=self.loc,
            scale=self.scale,
            highest=1.0,
        )

    def density(self, low: float | None, high: float | None) -> Density:
        a, b = self.a, self.b
        log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)

        def standard(z: float) -> float:
            if not 0 < z < 1:
                return 0.0
            return math.exp(log + (a - 1) * math.log(z) + (b - 1) * math.log(1 - z))

        return scaled_density(standard, (0, 1), (self.loc, self.scale), low, high)


DISTRIBUTION = Beta
