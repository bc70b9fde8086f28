"""The binomial distribution."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, bar_density
from app.engine.distributions.shared.laws import near_normal
from app.engine.distributions.shared.parameters import SUCCESS_WORDS, Whole


class Binomial(Distribution):
    family = "binomial"
    other_names = ("binom",)
    suggested: ClassVar = {"n": 10, "p": 0.5}

    n: Annotated[Whole, Field(ge=1, description="Number of trials.")]
    p: Annotated[float, Field(ge=0, le=1, description=SUCCESS_WORDS)]

    def law(self) -> Any:
        from scipy import stats

        mean = self.n * self.p
        return near_normal(mean, mean * (1.0 - self.p)) or stats.binom(self.n, self.p)

    def density(self, low: float | None, high: float | None) -> Density:
        return bar_density(self._mass, (0, float(self.n)), low, high)

    def _mass(self, k: int) -> float:
        n, p = self.n, self.p
        if not 0 < p < 1:
            return float(k == (n if p else 0))
        log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        return math.exp(log + k * math.log(p) + (n - k) * math.log(1 - p))


DISTRIBUTION = Binomial
