"""Newton's method for moment equations, shared by targets of labels and of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROUNDS = 60
TOLERANCE = 1e-7
LONGEST_STEP = 6.0
LARGEST_SCORE = 60.0
LARGEST_OF_FINE_BINS = 200.0
HALVINGS = 12


class Problem(Protocol):
    """Moments as functions of parameters."""

    def moments(self, parameters: Array) -> Array:
        """Shape (k,)."""
        ...

    def slopes(self, parameters: Array) -> Array:
        """Derivatives of the moments, shape (k, k)."""
        ...

    def largest_score(self, parameters: Array) -> float:
        """The largest size of a score in the population, in log-odds or in spreads of the target;
        `parameters` are of shape (parameters,)."""
        ...


@dataclass(frozen=True, slots=True)
class NoConvergence(Exception):  # noqa: N818
    """No parameters were found that give the wanted moments."""

    rest: float


def solve(problem: Problem, wanted: Array, start: Array, free: Mask, largest: float) -> Array:
    """Parameters whose moments are the wanted ones; those not `free` stay as they start, and
    their moments are not looked at. Scores above `largest` count as endless.

    Args:
        wanted, start, free: of shape (parameters,): there are as many moments as parameters.

    Raises:
        NoConvergence: where the moments cannot be had, or only in the limit of endless scores.
    """
    parameters, moments, size = start.copy(), problem.moments(start), np.inf
    for _ in range(ROUNDS):
        rest = (wanted - moments)[free]
        size = float(np.abs(rest).max(initial=0.0))
        if size < TOLERANCE:
            return parameters
        slopes = problem.slopes(parameters)[np.ix_(free, free)]
        step = np.zeros_like(parameters)
        step[free] = _step(slopes, rest)
        step, moments = _shortened(problem, wanted, parameters, step, free, float(rest @ rest))
        parameters = parameters + step
        if problem.largest_score(parameters) > largest:
            break
    raise NoConvergence(size)


def _step(slopes: Array, rest: Array) -> Array:
    ridge = 1e-11 * float(np.trace(slopes)) / max(len(rest), 1) + 1e-300
    try:
        step = np.linalg.solve(slopes + ridge * np.eye(len(rest)), rest)
    except np.linalg.LinAlgError:
        raise NoConvergence(float(np.abs(rest).max(initial=0.0))) from None
    longest = float(np.abs(step).max(initial=0.0))
    if not np.isfinite(longest):
        raise NoConvergence(float(np.abs(rest).max(initial=0.0)))
    return np.asarray(step * min(1.0, LONGEST_STEP / longest) if longest > 0 else step)


def _shortened(
    problem: Problem, wanted: Array, parameters: Array, step: Array, free: Mask, before: float
) -> tuple[Array, Array]:
    """The step, halved until the equations hold better than before, and the moments after it."""
    for _ in range(HALVINGS):
        moments = problem.moments(parameters + step)
        rest = (wanted - moments)[free]
        if float(rest @ rest) < before:
            return step, moments
        step = step / 2
    raise NoConvergence(float(np.sqrt(before)))
