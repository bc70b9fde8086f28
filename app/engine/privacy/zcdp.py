"""Zero-concentrated differential privacy: what a loss of ρ comes to as (ε, δ), and back.

A mechanism is ρ-zCDP where its Rényi divergence of every order α > 1 between neighbours is at most
αρ (Bun & Steinke 2016, definition 1.1). Losses add up, also where each mechanism, and how
much it may lose, was chosen by what those before it gave out, as long as the sum of all is bounded
beforehand (Bun & Steinke 2016, lemma 2.3; Feldman & Zrnic 2021, "Individual Privacy Accounting via
a Rényi Filter"; Whitehouse et al. 2023, "Fully-Adaptive Composition in Differential Privacy"). ρ is
a whole number of `UNIT`, so that sums are exact: what is spent is rounded up, what may be spent is
rounded down.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

UNIT = Fraction(1, 10**12)
"""Of ρ."""
EPSILON_UNIT = 10**9  # parts of ε, which is rounded up to one of them
MOST_EPSILON = 20
MOST_RHO = 10**14
_FLOAT_ERROR = 1e-12  # relative, of the few additions and logarithms of one ε
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def units_up(rho: Fraction) -> int:
    """A loss in units of 1e-12, rounded up."""
    return math.ceil(rho / UNIT)


def epsilon_of(rho: int, delta: float) -> float:
    """The ε for which ρ-zCDP is (ε, δ)-differential privacy, rounded up.

    Canonne, Kamath & Steinke (2020), "The Discrete Gaussian for Differential Privacy", section
    2.3: δ = e^((α − 1)(αρ − ε)) (1 − 1/α)^α / (α − 1) for every α > 1. Solved for ε it is
    ε = αρ + (ln(1/δ) − ln α) / (α − 1) + ln(1 − 1/α). Each α gives a true bound; the least is
    looked for numerically, so that what the search misses makes ε larger, never smaller.

    Args:
        rho: in units of 1e-12.
        delta: in (0, 1).

    Raises:
        ValueError: δ is out of its range, or ρ negative or above MOST_RHO.
    """
    _check_delta(delta)
    if not 0 <= rho <= MOST_RHO:
        raise ValueError(f"ρ is {rho} units of 1e-12; it lies from 0 to {MOST_RHO}")
    if rho == 0:
        return 0.0
    loss = float(rho * UNIT)
    least = _least(lambda excess: _epsilon_at(math.exp(excess), loss, delta), -12.0, 40.0)
    return math.ceil(max(least, 0.0) * (1.0 + _FLOAT_ERROR) * EPSILON_UNIT + 1) / EPSILON_UNIT


def rho_of(epsilon: float, delta: float) -> int:
    """The largest ρ whose ε at δ is no more than `epsilon`, in units of 1e-12; 0 where none is.

    Raises:
        ValueError: δ is out of its range, or ε not from 0 to MOST_EPSILON.
    """
    _check_delta(delta)
    if not 0.0 < epsilon <= MOST_EPSILON:
        raise ValueError(f"ε is {epsilon:g}; it lies above 0 and is {MOST_EPSILON} at most")
    low, high = 0, MOST_RHO
    while high - low > 1:
        middle = (low + high) // 2
        if epsilon_of(middle, delta) <= epsilon:
            low = middle
        else:
            high = middle
    return low


def _check_delta(delta: float) -> None:
    if not 0.0 < delta < 1.0:
        raise ValueError(f"δ is {delta:g}; it lies between 0 and 1")


def _epsilon_at(excess: float, rho: float, delta: float) -> float:
    """ε by the order α = 1 + excess."""
    alpha = 1.0 + excess
    of_delta = (-math.log(delta) - math.log1p(excess)) / excess
    return alpha * rho + of_delta - math.log1p(1.0 / excess)


def _least(of: Callable[[float], float], low: float, high: float) -> float:
    """The least value that a golden-section search finds between two places."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = of(left), of(right)
    for _ in range(120):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = of(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = of(right)
    return min(at_left, at_right)
