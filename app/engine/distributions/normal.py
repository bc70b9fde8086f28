"""The normal distribution."""

from __future__ import annotations

from typing import ClassVar

from app.engine.distributions.shared.base import Distribution
from app.engine.distributions.shared.densities import Density, bell, curve_density
from app.engine.distributions.shared.laws import Gaussian, Points
from app.engine.distributions.shared.parameters import Mean, Std


class Normal(Distribution):
    family = "normal"
    other_names = ("gaussian", "norm")
    spellings: ClassVar = {"mean": ("mu", "loc"), "std": ("sigma", "scale")}
    suggested: ClassVar = {"mean": 0, "std": 1}
    needs: ClassVar = {"mean": "std", "std": "mean"}

    mean: Mean = 0.0
    std: Std = 1.0

    def law(self) -> Points | Gaussian:
        return Gaussian(self.mean, self.std) if self.std else Points.of([self.mean])

    def density(self, low: float | None, high: float | None) -> Density:
        return curve_density(*bell(self.mean, self.std), low, high)


DISTRIBUTION = Normal
