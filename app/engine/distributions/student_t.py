"""Student's t distribution."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, scaled_density
from app.engine.distributions.shared.formula_laws import ContinuousLaw
from app.engine.distributions.shared.parameters import Loc, Scale


class StudentT(Distribution):
    family = "student_t"
    other_names = ("t",)
    suggested: ClassVar = {"df": 5}

    df: Annotated[float, Field(gt=0, description="Degrees of freedom.")]
    loc: Loc = 0.0
    scale: Scale = 1.0

    def law(self) -> ContinuousLaw:
        from app.engine.special_functions import stdtr, stdtrit

        return ContinuousLaw(
            quantile=lambda p: stdtrit(self.df, p),
            below=lambda x: stdtr(self.df, x),
            above=lambda x: stdtr(self.df, -x),
            variance=self.df / (self.df - 2.0) if self.df > 2 else math.inf,
            loc=self.loc,
            scale=self.scale,
            lowest=-math.inf,
        )

    def density(self, low: float | None, high: float | None) -> Density:
        df = self.df
        log = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
        reach = 4 if df > 3 else 8

        def standard(z: float) -> float:
            return math.exp(log - (df + 1) / 2 * math.log1p(z * z / df))

        return scaled_density(standard, (-reach, reach), (self.loc, self.scale), low, high)


DISTRIBUTION = StudentT
