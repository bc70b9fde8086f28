"""The gamma distribution."""

from __future__ import annotations

import math
from typing import ClassVar

from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, scaled_density
from app.engine.distributions.shared.formula_laws import ContinuousLaw
from app.engine.distributions.shared.parameters import Loc, Positive, Scale


class Gamma(Distribution):
    family = "gamma"
    suggested: ClassVar = {"a": 2, "scale": 1}

    a: Positive = Field(description="Shape; the mean is loc + a × scale.")
    scale: Scale = 1.0
    loc: Loc = 0.0

    def law(self) -> ContinuousLaw:
        from app.engine.special_functions import gammainc, gammaincc, gammaincinv

        return ContinuousLaw(
            quantile=lambda p: gammaincinv(self.a, p),
            below=lambda x: gammainc(self.a, x),
            above=lambda x: gammaincc(self.a, x),
            variance=self.a,
            loc=self.loc,
            scale=self.scale,
        )

    def density(self, low: float | None, high: float | None) -> Density:
        a = self.a

        def standard(z: float) -> float:
            return math.exp((a - 1) * math.log(z) - z - math.lgamma(a)) if z > 0 else 0.0

        return scaled_density(
            standard, (0, a + 5 * math.sqrt(a)), (self.loc, self.scale), low, high
        )


DISTRIBUTION = Gamma
