"""The Pareto distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, scaled_density
from app.engine.distributions.shared.parameters import Loc, Positive, Scale


class Pareto(Distribution):
    family = "pareto"
    suggested: ClassVar = {"b": 2.5, "scale": 1}

    b: Positive
    scale: Scale = 1.0
    loc: Loc = 0.0

    def law(self) -> Any:
        from scipy import stats

        return stats.pareto(self.b, self.loc, self.scale)

    def density(self, low: float | None, high: float | None) -> Density:
        b = self.b

        def standard(z: float) -> float:
            return b / z ** (b + 1) if z >= 1 else 0.0

        return scaled_density(standard, (1, 20 ** (1 / b)), (self.loc, self.scale), low, high)


DISTRIBUTION = Pareto
