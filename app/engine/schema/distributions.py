"""The distributions a column may declare, one model each.

Parameters carry the names of scipy's documentation, or of the patent where it has its own.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

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
    mean: Annotated[float, Field(gt=0, validation_alias="mean")]


class Binomial(Distribution):
    family = "binomial"
    n: Annotated[int, Field(ge=1)]
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
