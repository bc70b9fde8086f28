"""Newton's method where there is nowhere to go."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from app.engine.plan.target.newton import NoConvergence, solve

Array = NDArray[np.float64]


class Endless:
    """A problem whose slopes have grown beyond all numbers."""

    def moments(self, parameters: Array) -> Array:
        assert np.isfinite(parameters).all()
        return parameters

    def slopes(self, parameters: Array) -> Array:
        return np.full((len(parameters), len(parameters)), np.nan)

    def largest_score(self, parameters: Array) -> float:
        return float(np.abs(parameters).max())


def test_a_step_that_is_no_number_is_not_taken() -> None:
    with pytest.raises(NoConvergence):
        solve(Endless(), np.ones(1), np.zeros(1), np.ones(1, dtype=bool), largest=np.inf)
