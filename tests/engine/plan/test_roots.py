"""Roots are those of Brent's method, to the last bit those that scipy finds."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import brentq

from app.engine.errors import GenerationError
from app.engine.plan.roots import find_root

FUNCTIONS: list[Callable[[float], float]] = [
    lambda x: x,
    lambda x: x**3 - 0.2,
    lambda x: math.tanh(20 * (x - 0.3)),
    lambda x: math.exp(5 * x) - 2,
    lambda x: math.sin(3 * x) + x / 7 + 0.01,
    lambda x: math.copysign(abs(x - 0.123) ** 0.2, x - 0.123),
    lambda x: -1.0 if x < 0.77 else 1.0,
]


@pytest.mark.parametrize("number", range(len(FUNCTIONS)))
@pytest.mark.parametrize("within", [1e-2, 1e-5, 1e-12])
def test_the_root_is_that_of_scipy(number: int, within: float) -> None:
    function = FUNCTIONS[number]
    assert find_root(function, -0.9999, 0.9999, within) == brentq(
        function, -0.9999, 0.9999, xtol=within
    )


def test_any_interval_gives_the_same_root_as_scipy() -> None:
    rng = np.random.default_rng(5)
    for place, low, width in rng.random((200, 3)):
        ends = -low - 1e-3, width + 1e-3
        root = ends[0] + place * (ends[1] - ends[0])
        slope = 10.0 ** rng.uniform(-2, 3)

        def function(x: float, root: float = root, slope: float = slope) -> float:
            return math.atan(slope * (x - root)) + (x - root) ** 3

        assert find_root(function, *ends, 1e-9) == brentq(function, *ends, xtol=1e-9)


def test_ends_that_are_roots_are_found() -> None:
    assert find_root(lambda x: x - 1, 0, 1, 1e-9) == 1
    assert find_root(lambda x: x, 0, 1, 1e-9) == 0


def test_the_same_sign_at_both_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="same sign"):
        find_root(lambda x: x * x + 1, -1, 1, 1e-9)


def test_a_root_that_is_never_near_enough_is_given_up() -> None:
    with pytest.raises(GenerationError):
        find_root(lambda x: -1.0 if x < 0 else 1.0, -1, 1, 0.0)
