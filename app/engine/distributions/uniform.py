"""The uniform distribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from app.engine.distributions.shared.base import Distribution, FieldError
from app.engine.distributions.shared.densities import Density, curve_density
from app.engine.distributions.shared.laws import UniformLaw
from app.engine.distributions.shared.parameters import LOC_WORDS, SCALE_WORDS


class Uniform(Distribution):
    """Uniform over [min, max]; bounds left out are those of the column."""

    family = "uniform"
    scipy_parameters: ClassVar = {"scale": SCALE_WORDS, "loc": LOC_WORDS}
    translated = ("min", "max")

    min: Annotated[
        float | None, Field(description="Lower end; the column's own `min` if left out.")
    ] = None
    max: Annotated[
        float | None, Field(description="Upper end; the column's own `max` if left out.")
    ] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise FieldError("min", f"min {self.min:g} is above max {self.max:g}", "swap them")
        return self

    @classmethod
    def from_scipy(cls, given: Mapping[str, float]) -> dict[str, float]:
        low = given.get("loc", 0.0)
        return {"min": low, "max": low + given.get("scale", 1.0)}

    def within(self, low: float | None, high: float | None) -> Self:
        own = {"min": low if self.min is None else self.min}
        return self.model_copy(update=own | {"max": high if self.max is None else self.max})

    def law(self) -> UniformLaw:
        """Raises ValueError where bounds are left out."""
        return UniformLaw(*self._ends())

    def density(self, low: float | None, high: float | None) -> Density:
        left, right = self._ends()
        return curve_density(lambda x: 1 / (right - left), (left, right), low, high)

    def _ends(self) -> tuple[float, float]:
        if self.min is None or self.max is None:
            raise ValueError("a uniform distribution needs its bounds")
        return self.min, self.max


DISTRIBUTION = Uniform
