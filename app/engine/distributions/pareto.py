"""The Pareto distribution."""

from __future__ import annotations

import math
from typing import ClassVar

from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, scaled_density
from app.engine.distributions.shared.formula_laws import ContinuousLaw
from app.engine.distributions.shared.parameters import Loc, Positive, Scale


class Pareto(Distribution):
    family = "pareto"
    suggested: ClassVar = {"b": 2.5, "scale": 1}

    b: Positive = Field(description="Shape: the smaller, the longer the tail.")
    scale: Scale = 1.0
    loc: Loc = 0.0

    def law(self) -> ContinuousLaw:
        b = self.b
        return ContinuousLaw(
            quantile=lambda p: (1.0 - p) ** (-1.0 / b),
            below=lambda x: 1.0 - x**-b,
            above=lambda x: x**-b,
            variance=b / (b - 2.0) / ((b - 1.0) * (b - 1.0)) if b > 2 else math.inf,
            loc=self.loc,
            scale=self.scale,
            lowest=1.0,
        )

    def density(self, low: float | None, high: float | None) -> Density:
        b = self.b

        def standard(z: float) -> float:
            return b / z ** (b + 1) if z >= 1 else 0.0

        return scaled_density(standard, (1, 20 ** (1 / b)), (self.loc, self.scale), low, high)


DISTRIBUTION = Pareto
