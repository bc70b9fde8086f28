"""The constant distribution."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density
from app.engine.distributions.shared.laws import Points


class Constant(Distribution):
    family = "constant"
    lone = "value"
    suggested: ClassVar = {"value": 0}

    value: Annotated[float, Field(description="The one value.")]

    def law(self) -> Points:
        return Points.of([self.value])

    def density(self, low: float | None, high: float | None) -> Density:
        return Density((self.value,), (1.0,), bars=True)


DISTRIBUTION = Constant
