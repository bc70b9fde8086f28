"""The Weibull distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, scaled_density
from app.engine.distributions.shared.parameters import Loc, Positive, Scale


class Weibull(Distribution):
    family = "weibull"
    other_names = ("weibull_min",)
    suggested: ClassVar = {"c": 1.5, "scale": 1}

    c: Positive
    scale: Scale = 1.0
    loc: Loc = 0.0

    def law(self) -> Any:
        from scipy import stats

        return stats.weibull_min(self.c, self.loc, self.scale)

    def density(self, low: float | None, high: float | None) -> Density:
        c = self.c

        def standard(z: float) -> float:
            return c * z ** (c - 1) * math.exp(-(z**c)) if z > 0 else 0.0

        return scaled_density(standard, (0, 4 ** (1 / c)), (self.loc, self.scale), low, high)


DISTRIBUTION = Weibull
