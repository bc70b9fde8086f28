"""Student's t distribution."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, scaled_density
from app.engine.distributions.shared.parameters import Loc, Scale


class StudentT(Distribution):
    family = "student_t"
    other_names = ("t",)
    suggested: ClassVar = {"df": 5}

    df: Annotated[float, Field(gt=0, description="Degrees of freedom.")]
    loc: Loc = 0.0
    scale: Scale = 1.0

    def law(self) -> Any:
        from scipy import stats

        return stats.t(self.df, self.loc, self.scale)

    def density(self, low: float | None, high: float | None) -> Density:
        df = self.df
        log = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
        reach = 4 if df > 3 else 8

        def standard(z: float) -> float:
            return math.exp(log - (df + 1) / 2 * math.log1p(z * z / df))

        return scaled_density(standard, (-reach, reach), (self.loc, self.scale), low, high)


DISTRIBUTION = StudentT
