"""What an attack finds out of people who were learned beyond what it finds out of others.

After Giomi, Boenisch, Wehmeyer & Tasnádi 2023, "A Unified Framework for Quantifying Privacy Risk
in Synthetic Data", PoPETs 2023(2): the same attack on the same synthetic rows is made on people
who were learned and on as many who were not. What it guesses of the others is what holds of the
population; only the excess is a leak.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from app.engine.evaluation.intervals import Interval, normal_quantile
from app.engine.evaluation.measure import Estimate


@dataclass(frozen=True, slots=True)
class Attack:
    """How often an attack was right of learned rows, and of a control of others."""

    right: int
    attacks: int
    control_right: int
    control_attacks: int


def residual_risk(attack: Attack, tries: int = 1) -> Estimate:
    """(r - c) / (1 - c) with its interval: 0 where learned rows are no worse off than others, 1
    where the attack is always right of them and was not of others.

    Rates `r` and `c` are centres of Wilson's intervals; errors are propagated linearly. Chance
    may make the value negative: it is not cut, so that the mean of many is right.

    Args:
        tries: of how many figures this is one, when all intervals are to hold at once.
    """
    quantile = normal_quantile(tries)
    rate, error = _wilson(attack.right, attack.attacks, quantile)
    control, control_error = _wilson(attack.control_right, attack.control_attacks, quantile)
    value = (rate - control) / (1.0 - control)
    half = math.hypot(error / (1.0 - control), control_error * (1.0 - rate) / (1.0 - control) ** 2)
    return Estimate(value, Interval(value - half, min(1.0, value + half)))


def rates(attack: Attack) -> str:
    """Both rates, in words."""
    learned = 100.0 * attack.right / attack.attacks
    others = 100.0 * attack.control_right / attack.control_attacks
    return f"{learned:.0f} of 100 attacks on learned rows were right, {others:.0f} on others"


def _wilson(right: int, attacks: int, quantile: float) -> tuple[float, float]:
    """Centre and half width of Wilson's interval (1927)."""
    square = quantile * quantile
    weight = attacks + square
    spread = right * (attacks - right) / attacks + square / 4.0
    return (right + square / 2.0) / weight, quantile / weight * math.sqrt(spread)


def total(attacks: Iterable[Attack]) -> Attack:
    """All attacks together."""
    found = list(attacks)
    return Attack(
        sum(each.right for each in found),
        sum(each.attacks for each in found),
        sum(each.control_right for each in found),
        sum(each.control_attacks for each in found),
    )
