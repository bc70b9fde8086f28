"""What may be lost in one execution, and what has been.

Noise is drawn by tables that are not quite exact. Where all draws together lie within η of exact
ones in total variation, exact (ε, δ') is (ε, δ' + (1 + e^ε)η) as drawn: for every set S,
P'(S) ≤ P(S) + η ≤ e^ε Q(S) + δ' + η ≤ e^ε (Q'(S) + η) + δ' + η. A part of δ is set aside for that,
and the accountant works with the rest.
"""

from __future__ import annotations

import math
from fractions import Fraction

from app.engine.errors import BudgetError
from app.engine.privacy.events import Event
from app.engine.privacy.zcdp import epsilon_of, rho_of

NOISE_SHARE = 2.0**-20
"""Of δ, set aside for what noise differs from exact noise."""


class Budget:
    """The loss that one execution may have.

    Args:
        epsilon, delta: what all of it together keeps.
        noise_error: how far its noise may lie from exact noise, where the execution is one of
            several whose errors add up; as `shared_noise_error` for this one alone if None.

    Raises:
        ValueError: ε or δ is out of its range.

    Attributes:
        rho: what may be spent, in units of 1e-12, rounded down.
        spent: what has been.
    """

    def __init__(self, epsilon: float, delta: float, noise_error: Fraction | None = None) -> None:
        self.epsilon = epsilon
        self.delta = delta
        self.rho = rho_of(epsilon, exact_delta(delta))
        self.spent = 0
        self._noise_error = Fraction(0)
        alone = shared_noise_error(epsilon, delta, 1)
        self._most_noise_error = alone if noise_error is None else min(alone, noise_error)

    @property
    def left(self) -> int:
        """What may still be spent, in units of 1e-12."""
        return self.rho - self.spent

    def spend(self, event: Event, noise_error: Fraction) -> None:
        """Note an event, before any row is read for it.

        Args:
            noise_error: how far its noise lies from exact noise, in total variation.

        Raises:
            BudgetError: it costs more than is left; then nothing is noted.
        """
        cost = event.rho
        if cost > self.left:
            raise BudgetError(
                f"{event.name} costs ρ = {cost}e-12, and {self.left}e-12 of {self.rho}e-12 are left"
            )
        if self._noise_error + noise_error > self._most_noise_error:
            raise BudgetError(f"the noise of {event.name} is not near enough to exact noise for δ")
        self.spent += cost
        self._noise_error += noise_error

    def epsilon_spent(self) -> float:
        """The ε that has been spent, at the δ of the budget; rounded up."""
        return epsilon_of(self.spent, exact_delta(self.delta))


def shared_noise_error(epsilon: float, delta: float, executions: int) -> Fraction:
    """How far the noise of each of several executions may lie from exact noise, in total
    variation, so that all of them together keep (ε, δ)."""
    return Fraction(delta * NOISE_SHARE / (2.0 + math.exp(epsilon))) / executions


def exact_delta(delta: float) -> float:
    """The part of δ that the accountant may work with. Raises ValueError where δ is no chance."""
    if not 0.0 < delta < 1.0:
        raise ValueError(f"δ is {delta:g}; it lies between 0 and 1")
    return delta * (1.0 - NOISE_SHARE)
