"""The distributions a column may declare, one model each.

Parameters carry the names of scipy's documentation, or of the patent where it has its own.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.engine.schema.plain_words import FieldError


def whole_number(value: Any) -> Any:
    """1e5 and 3.0 are whole numbers although they are written as floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(whole_number)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Probability = Annotated[float, Field(ge=0, le=1)]


class Distribution(BaseModel):
    """A declared distribution; `family` is its key in the document."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    family: ClassVar[str]


class Normal(Distribution):
    family = "normal"
    mean: float = 0.0
    std: NonNegative = 1.0


class Uniform(Distribution):
    """Uniform over [min, max]; bounds left out are those of the column."""

    family = "uniform"
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise FieldError("min", f"min {self.min:g} is above max {self.max:g}", "swap them")
        return self


class Lognormal(Distribution):
    """exp(N(mean, std)): both parameters are those of the logarithm."""

    family = "lognormal"
    mean: float = 0.0
    std: Positive = 1.0


class Exponential(Distribution):
    family = "exponential"
    scale: Positive = 1.0
    loc: float = 0.0


class Gamma(Distribution):
    family = "gamma"
    a: Positive
    scale: Positive = 1.0
    loc: float = 0.0


class Beta(Distribution):
    family = "beta"
    a: Positive
    b: Positive
    loc: float = 0.0
    scale: Positive = 1.0


class Poisson(Distribution):
    """`mean` is scipy's `mu`; either name may be written."""

    family = "poisson"
    mean: Positive


class Binomial(Distribution):
    family = "binomial"
    n: Annotated[Whole, Field(ge=1)]
    p: Probability


class Geometric(Distribution):
    """Number of trials up to and with the first success: 1, 2, 3, …"""

    family = "geometric"
    p: Annotated[float, Field(gt=0, le=1)]


class Zipf(Distribution):
    family = "zipf"
    a: Annotated[float, Field(gt=1)]


class Triangular(Distribution):
    """`c` is the place of the mode as a share of [loc, loc + scale], as in scipy."""

    family = "triangular"
    c: Probability = 0.5
    loc: float = 0.0
    scale: Positive = 1.0


class Weibull(Distribution):
    family = "weibull"
    c: Positive
    scale: Positive = 1.0
    loc: float = 0.0


class Pareto(Distribution):
    family = "pareto"
    b: Positive
    scale: Positive = 1.0
    loc: float = 0.0


class StudentT(Distribution):
    family = "student_t"
    df: Positive
    loc: float = 0.0
    scale: Positive = 1.0


class Constant(Distribution):
    family = "constant"
    value: float


class Empirical(Distribution):
    """Either `values` with `weights` (equal where left out), or `quantiles`: values at equally
    spaced probabilities from 0 to 1, joined by straight lines."""

    family = "empirical"
    values: tuple[float, ...] | None = None
    weights: tuple[NonNegative, ...] | None = None
    quantiles: tuple[float, ...] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.values is None) == (self.quantiles is None):
            raise FieldError("values", "either `values` or `quantiles` is wanted")
        if self.values is not None:
            self._check_values(self.values)
        if self.quantiles is not None:
            self._check_quantiles(self.quantiles)
        return self

    def _check_values(self, values: tuple[float, ...]) -> None:
        if not values:
            raise FieldError("values", "at least one value is wanted")
        if self.weights is None:
            return
        if len(self.weights) != len(values):
            numbers = f"{len(values)} values have {len(self.weights)} weights"
            raise FieldError("weights", numbers, "one weight for each value")
        if not sum(self.weights) > 0:
            raise FieldError("weights", "the weights sum to 0", "one of them must be above 0")

    def _check_quantiles(self, quantiles: tuple[float, ...]) -> None:
        if self.weights is not None:
            raise FieldError("weights", "weights go with `values`, not with `quantiles`")
        if len(quantiles) < 2:
            raise FieldError(
                "quantiles", "at least two quantiles are wanted: the least, the largest"
            )
        if any(low > high for low, high in pairwise(quantiles)):
            raise FieldError("quantiles", "the quantiles fall", "list them in ascending order")


FAMILIES: dict[str, type[Distribution]] = {
    model.family: model
    for model in (
        Normal,
        Uniform,
        Lognormal,
        Exponential,
        Gamma,
        Beta,
        Poisson,
        Binomial,
        Geometric,
        Zipf,
        Triangular,
        Weibull,
        Pareto,
        StudentT,
        Constant,
        Empirical,
    )
}
