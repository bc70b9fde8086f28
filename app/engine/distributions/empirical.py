"""The distribution of given values, or of given quantiles."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from app.engine.distributions.shared.base import Distribution, FieldError
from app.engine.distributions.shared.densities import Density
from app.engine.distributions.shared.laws import PiecewiseLinear, Points
from app.engine.distributions.shared.parameters import NonNegative


class Empirical(Distribution):
    """Either `values` with `weights` (equal where left out), or `quantiles`: values at equally
    spaced probabilities from 0 to 1, joined by straight lines."""

    family = "empirical"
    lone = "values"

    values: Annotated[
        tuple[float, ...] | None, Field(description="The values that may be drawn.")
    ] = None
    weights: Annotated[
        tuple[NonNegative, ...] | None,
        Field(description="A weight for each value; equal if left out."),
    ] = None
    quantiles: Annotated[
        tuple[float, ...] | None,
        Field(description="Values at equally spaced probabilities from 0 to 1."),
    ] = None

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

    def law(self) -> Points | PiecewiseLinear:
        if self.values is None:
            return PiecewiseLinear(np.array(self.quantiles))
        return Points.of(self.values, self.weights)

    def density(self, low: float | None, high: float | None) -> Density:
        """Values as bars; quantiles as the steps of a histogram."""
        if self.values is None:
            return self._steps()
        weights = self.weights or (1.0,) * len(self.values)
        pairs = sorted(zip(self.values, weights, strict=True))
        shares = tuple(weight / sum(weights) for _, weight in pairs)
        return Density(tuple(value for value, _ in pairs), shares, bars=True)

    def _steps(self) -> Density:
        quantiles = self.quantiles or ()
        share = 1 / (len(quantiles) - 1)
        x: list[float] = []
        y: list[float] = []
        for left, right in pairwise(quantiles):
            if right > left:
                x += [left, right]
                y += [share / (right - left)] * 2
        return Density(tuple(x), tuple(y))


DISTRIBUTION = Empirical
