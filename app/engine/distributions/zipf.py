"""The Zipf (zeta) distribution. Its probabilities are differences of Hurwitz's zeta function, where
scipy adds up single values: any number is reached in the same time and memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, bar_density
from app.engine.distributions.shared.laws import Array

OCTAVES = 1_000
HALVINGS = 53


class Zipf(Distribution):
    family = "zipf"
    suggested: ClassVar = {"a": 2}

    a: Annotated[float, Field(gt=1, description="Exponent: the larger, the rarer large numbers.")]

    def law(self) -> ZipfLaw:
        return ZipfLaw(self.a)

    def density(self, low: float | None, high: float | None) -> Density:
        return bar_density(lambda k: float(k**-self.a), (1, 20), low, high)


@dataclass(frozen=True, slots=True)
class ZipfLaw:
    """P(k) = k**-a / zeta(a) for k = 1, 2, 3, …; the methods are those of a scipy law."""

    # No one scale suits all of its values when quantiles are rounded.
    spans_magnitudes: ClassVar[bool] = True

    a: float

    def pmf(self, values: Array) -> Array:
        from scipy.special import zeta

        return np.asarray(1.0 / zeta(self.a) * values**-self.a)

    def sf(self, values: Array | float) -> Array:
        """P(X > x): zeta(a, x + 1) / zeta(a), of the shape of the values."""
        from scipy.special import zeta

        return np.asarray(zeta(self.a, np.maximum(np.floor(values), 0.0) + 1.0) / zeta(self.a))

    def cdf(self, values: Array | float) -> Array:
        return np.asarray(1.0 - self.sf(values))

    def ppf(self, probabilities: Array) -> Array:
        """The least k with P(X <= k) of at least each p; infinite where it is above 2**1000."""
        wanted = 1.0 - np.asarray(probabilities, dtype=np.float64)
        ends: Array = 2.0 ** np.arange(OCTAVES + 1, dtype=np.float64)
        octave = np.searchsorted(-self.sf(ends), -wanted)
        high = ends[np.minimum(octave, OCTAVES)]
        low = np.where(octave > 0, np.floor(high / 2), 0.0)
        for _ in range(HALVINGS):
            middle = np.floor(low + (high - low) / 2)
            reached = self.sf(middle) <= wanted
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return np.where((octave > OCTAVES) | (wanted <= 0), math.inf, np.maximum(high, 1.0))

    def std(self) -> float:
        from scipy.special import zeta

        if self.a <= 3:
            return math.inf
        total, mean = zeta(self.a), zeta(self.a - 1) / zeta(self.a)
        return float(math.sqrt(zeta(self.a - 2) / total - mean**2))

    def support(self) -> tuple[float, float]:
        return 1.0, math.inf


DISTRIBUTION = Zipf
