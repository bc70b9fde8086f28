"""The triangular distribution."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, scaled_density
from app.engine.distributions.shared.formula_laws import ContinuousLaw
from app.engine.distributions.shared.laws import Array
from app.engine.distributions.shared.parameters import Loc, Probability, Scale


class Triangular(Distribution):
    """`c` is the place of the mode as a share of [loc, loc + scale], as in scipy."""

    family = "triangular"
    other_names = ("triang",)
    suggested: ClassVar = {"c": 0.5, "loc": 0, "scale": 1}

    c: Probability = Field(0.5, description="Where the peak is, as a share of the width.")
    loc: Loc = 0.0
    scale: Scale = 1.0

    def law(self) -> ContinuousLaw:
        c = self.c

        def quantile(p: Array) -> Array:
            return np.where(p < c, np.sqrt(c * p), 1.0 - np.sqrt((1.0 - c) * (1.0 - p)))

        def below(x: Array) -> Array:
            if c == 1:
                return x * x
            rising = x * x / c if c > 0 else x
            return np.where(x < c, rising, (x * x - 2.0 * x + c) / (c - 1.0))

        return ContinuousLaw(
            quantile=quantile,
            below=below,
            above=lambda x: 1.0 - below(x),
            variance=(1.0 - c + c * c) / 18.0,
            loc=self.loc,
            scale=self.scale,
            highest=1.0,
        )

    def density(self, low: float | None, high: float | None) -> Density:
        c = self.c

        def standard(z: float) -> float:
            return 2 * z / c if z < c else 2 * (1 - z) / (1 - c) if c < 1 else 2 * z

        return scaled_density(standard, (0, 1), (self.loc, self.scale), low, high)


DISTRIBUTION = Triangular
