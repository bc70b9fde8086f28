"""The lognormal distribution."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from app.engine.distributions.shared.base import Distribution, FieldError
from app.engine.distributions.shared.densities import Density, bell, curve_density
from app.engine.distributions.shared.formula_laws import ContinuousLaw
from app.engine.distributions.shared.parameters import SCALE_WORDS


class Lognormal(Distribution):
    """exp(N(mean, std)): both parameters are those of the logarithm."""

    family = "lognormal"
    other_names = ("lognorm",)
    spellings: ClassVar = {"mean": ("mu",), "std": ("sigma", "s")}
    scipy_parameters: ClassVar = {"scale": SCALE_WORDS}
    translated = ("mean",)
    suggested: ClassVar = {"mean": 0, "std": 1}
    needs: ClassVar = {"mean": "std"}

    mean: Annotated[float, Field(description="Mean of the logarithm.")] = 0.0
    std: Annotated[float, Field(gt=0, description="Standard deviation of the logarithm.")] = 1.0

    @classmethod
    def from_scipy(cls, given: Mapping[str, float]) -> dict[str, float]:
        if given["scale"] <= 0:
            raise FieldError("scale", "must be above 0")
        return {"mean": math.log(given["scale"])}

    def law(self) -> ContinuousLaw:
        from app.engine.special_functions import ndtr, ndtri

        power = np.exp(self.std * self.std)
        return ContinuousLaw(
            quantile=lambda p: np.exp(self.std * ndtri(p)),
            below=lambda x: ndtr(np.log(x) / self.std),
            above=lambda x: ndtr(-(np.log(x) / self.std)),
            variance=power * (power - 1.0),
            scale=_exp(self.mean),
        )

    def density(self, low: float | None, high: float | None) -> Density:
        inner, _ = bell(self.mean, self.std)
        span = 0.0, math.exp(self.mean + 2.6 * self.std)
        return curve_density(lambda x: inner(math.log(x)) / x if x > 0 else 0.0, span, low, high)


def _exp(power: float) -> float:
    with np.errstate(over="ignore", under="ignore"):
        return float(np.exp(power))


DISTRIBUTION = Lognormal
