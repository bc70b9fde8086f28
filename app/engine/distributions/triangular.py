"""The triangular distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, scaled_density
from app.engine.distributions.shared.parameters import Loc, Probability, Scale


class Triangular(Distribution):
    """`c` is the place of the mode as a share of [loc, loc + scale], as in scipy."""

    family = "triangular"
    other_names = ("triang",)
    suggested: ClassVar = {"c": 0.5, "loc": 0, "scale": 1}

    c: Probability = 0.5
    loc: Loc = 0.0
    scale: Scale = 1.0

    def law(self) -> Any:
        from scipy import stats

        return stats.triang(self.c, self.loc, self.scale)

    def density(self, low: float | None, high: float | None) -> Density:
        c = self.c

        def standard(z: float) -> float:
            return 2 * z / c if z < c else 2 * (1 - z) / (1 - c) if c < 1 else 2 * z

        return scaled_density(standard, (0, 1), (self.loc, self.scale), low, high)


DISTRIBUTION = Triangular
