"""The geometric distribution."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, bar_density
from app.engine.distributions.shared.parameters import SUCCESS_WORDS


class Geometric(Distribution):
    """Number of trials up to and with the first success: 1, 2, 3, …"""

    family = "geometric"
    other_names = ("geom",)
    lone = "p"
    suggested: ClassVar = {"p": 0.3}

    p: Annotated[float, Field(gt=0, le=1, description=SUCCESS_WORDS)]

    def law(self) -> Any:
        from scipy import stats

        return stats.geom(self.p)

    def density(self, low: float | None, high: float | None) -> Density:
        p = self.p
        return bar_density(lambda k: p * (1 - p) ** (k - 1), (1, 5 / p + 1), low, high)


DISTRIBUTION = Geometric
