"""The root of a function of one variable, without a library that takes long to load."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from app.engine.errors import GenerationError

MOST_STEPS = 100
LEAST_RELATIVE = 4 * sys.float_info.epsilon


@dataclass(frozen=True, slots=True)
class _Point:
    """A place, and what the function is there."""

    x: float
    y: float

    def opposes(self, other: _Point) -> bool:
        return self.y != 0.0 and other.y != 0.0 and (self.y < 0.0) != (other.y < 0.0)


def find_root(function: Callable[[float], float], low: float, high: float, within: float) -> float:
    """Where a continuous function is 0 between two places at which its signs differ.

    Brent's method: inverse interpolation, and halving where that gains too little (R. P. Brent,
    Algorithms for Minimization without Derivatives, 1973, chapter 4).

    Args:
        within: how far from the root the result may lie, at the most.

    Raises:
        ValueError: where the signs at both ends are the same.
        GenerationError: where no root is found in `MOST_STEPS` steps.
    """
    before, best = _Point(low, function(low)), _Point(high, function(high))
    for end in (before, best):
        if end.y == 0.0:
            return end.x
    if not before.opposes(best):
        raise ValueError("the function has the same sign at both ends")
    across, last, step = before, 0.0, 0.0
    for _ in range(MOST_STEPS):
        if before.opposes(best):
            across = before
            last = step = best.x - before.x
        if abs(across.y) < abs(best.y):
            before, best, across = best, across, best
        least = (within + LEAST_RELATIVE * abs(best.x)) / 2
        half = (across.x - best.x) / 2
        if best.y == 0.0 or abs(half) < least:
            return best.x
        tried = _interpolated(before, best, across) if abs(last) > least else None
        if tried is not None and 2 * abs(tried) < min(abs(last), 3 * abs(half) - least):
            last, step = step, tried
        else:
            last = step = half
        moved = step if abs(step) > least else (least if half > 0 else -least)
        before, best = best, _Point(best.x + moved, function(best.x + moved))
    raise GenerationError(f"no root was found in {MOST_STEPS} steps")


def _interpolated(before: _Point, best: _Point, across: _Point) -> float | None:
    """The step from the best point to where a curve through the points is 0: a line through two,
    an inverse parabola through three. None where the last step made things worse, or where no
    such curve crosses 0."""
    if abs(best.y) >= abs(before.y):
        return None
    if before.x == across.x:
        return -best.y * (best.x - before.x) / (best.y - before.y)
    to_before = (before.y - best.y) / (before.x - best.x)
    to_across = (across.y - best.y) / (across.x - best.x)
    slope = to_across * to_before * (across.y - before.y)
    if slope == 0.0:
        return None
    return -best.y * (across.y * to_across - before.y * to_before) / slope
