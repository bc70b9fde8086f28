"""The geometric distribution."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, bar_density
from app.engine.distributions.shared.formula_laws import DiscreteLaw
from app.engine.distributions.shared.laws import Array
from app.engine.distributions.shared.parameters import SUCCESS_WORDS


class Geometric(Distribution):
    """Number of trials up to and with the first success: 1, 2, 3, …"""

    family = "geometric"
    other_names = ("geom",)
    lone = "p"
    suggested: ClassVar = {"p": 0.3}

    p: Annotated[float, Field(gt=0, le=1, description=SUCCESS_WORDS)]

    def law(self) -> DiscreteLaw:
        p = self.p
        with np.errstate(divide="ignore"):
            each = np.log1p(-p)

        def below(k: Array) -> Array:
            return -np.expm1(each * k)

        def quantile(wanted: Array) -> Array:
            found = np.ceil(np.log1p(-wanted) / each)
            return np.where((below(found - 1.0) >= wanted) & (found > 0), found - 1.0, found)

        return DiscreteLaw(
            quantile=quantile,
            mass=lambda k: (1.0 - p) ** (k - 1.0) * p,
            below=below,
            above=lambda k: np.exp(k * each),
            variance=(1.0 - p) / p / p,
            lowest=1.0,
        )

    def density(self, low: float | None, high: float | None) -> Density:
        p = self.p
        return bar_density(lambda k: p * (1 - p) ** (k - 1), (1, 5 / p + 1), low, high)


DISTRIBUTION = Geometric
