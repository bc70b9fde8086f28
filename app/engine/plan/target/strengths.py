"""How strong the effects become: words by one common factor, numbers as declared, the
target metric.

The path. Relative effects (words) are declared correlations times one factor c. From c = 0 on the
best possible metric (AUC, accuracy, R²) grows until the correlations cannot be had together; from
there on the score itself is scaled by λ, which keeps its order and ends in a target that the
inputs decide alone. Numeric correlations, shares and rules hold at every point of the path. The
target metric picks the point of the path; without one it is c = 1, or HEADROOM of what
can be had.

Where no effect is relative, the numeric effects of values leave their curvature free: how much of
an effect lies in the tails. The path then runs over that, in both directions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np

from app.engine.plan.target.newton import LARGEST_SCORE, Array, Mask, NoConvergence, Problem, solve

HEADROOM = 0.9
FACTORS = (0.3, 1.0, 2.0, 4.0)
SCALES = (2.0, 6.0, 30.0, 300.0)
BENDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
BISECTIONS = 4
METRIC_TOLERANCE = 2e-5
DIAL_ROUNDS = 40


class Measured(Problem, Protocol):
    """A problem that knows the best possible metric of its parameters."""

    def measure(self, name: str, parameters: Array) -> float: ...


@dataclass(frozen=True, eq=False, slots=True)
class Equations:
    """What the moments shall be.

    Args:
        problem: with one parameter for each moment.
        start: parameters without any effect.
        fixed: wanted moments with relative effects at 0, shape (parameters,).
        relative: wanted moments of the relative effects at factor 1, 0 elsewhere.
        is_relative: parameters of relative effects.
        is_bend: parameters that bend exact effects; their moments are free.
        largest: scores above it count as endless.
    """

    problem: Measured
    start: Array
    fixed: Array
    relative: Array
    is_relative: Mask
    is_bend: Mask
    largest: float = LARGEST_SCORE

    def wanted(self, factor: float) -> Array:
        return self.fixed + factor * self.relative

    def at_factor(self, factor: float, start: Array) -> Array:
        return solve(self.problem, self.wanted(factor), start, ~self.is_bend, self.largest)

    def at_scale(self, scale: float, of: Array, start: Array) -> Array:
        """The relative part of the score is that `of` parameters, times `scale`."""
        begun = np.where(self.is_relative, scale * of, start)
        free = ~(self.is_bend | self.is_relative)
        return solve(self.problem, self.fixed, begun, free, largest=np.inf)

    def at_bend(self, bend: float, start: Array) -> Array:
        begun = np.where(self.is_bend, bend, start)
        return solve(self.problem, self.fixed, begun, ~self.is_bend, self.largest)


@dataclass(frozen=True, eq=False, slots=True)
class Point:
    """A place on the path: `kind` is factor, scale or bend."""

    kind: str
    place: float
    parameters: Array
    reached: float


@dataclass(frozen=True, eq=False, slots=True)
class Settled:
    """What the effects became.

    Args:
        parameters: shape (parameters,).
        factor: the common factor of the relative effects.
        reached: best possible value of the metric.
        reachable: least and largest metric of the path.
    """

    parameters: Array
    factor: float
    reached: float
    reachable: tuple[float, float]


@dataclass(frozen=True, slots=True)
class OutOfReach(Exception):  # noqa: N818
    """A target metric outside of what can be reached."""

    reachable: tuple[float, float]


def prepared(equations: Equations) -> Equations:
    """The same equations with relative moments running, from factor 0 to 1, from what they are
    without a relative effect (rules, and promised effects of inputs that go together with others,
    move them too) to what the words say; and moved to the nearest ones that can be had together at
    all: memberships of all categories of a column sum to one in every row, so their covariances
    with the target sum to zero.

    Raises:
        NoConvergence: where the other facts cannot hold together.
    """
    if not equations.is_relative.any():
        return equations
    origin = equations.at_scale(0.0, equations.start, equations.start)
    base, slopes = equations.problem.moments(origin), equations.problem.slopes(origin)
    fixed = np.where(equations.is_relative, base, equations.fixed)
    relative = np.where(equations.is_relative, equations.relative - base, 0.0)
    values, vectors = np.linalg.eigh((slopes + slopes.T) / 2)
    null = vectors[:, values < 1e-9 * values[-1]]
    movable = np.where(equations.is_relative[:, None], null, 0.0)
    if null.shape[1]:
        relative = relative - np.linalg.pinv(movable.T, rcond=1e-9) @ (null.T @ relative)
    return replace(equations, start=origin, fixed=fixed, relative=relative)


def settle(equations: Equations, metric: str, target_metric: float | None) -> Settled:
    """The parameters to use.

    Args:
        equations: what must hold.
        metric: auc, accuracy or r2.
        target_metric: the declared metric, or None.

    Raises:
        NoConvergence: where the facts cannot hold together whatever the relative effects are.
        OutOfReach: where they can, but not with the target metric.
    """
    equations = prepared(equations)
    path = _path(equations, metric)
    reachable = (min(p.reached for p in path), max(p.reached for p in path))
    if target_metric is None:
        chosen = _without_target_metric(equations, path, metric)
    else:
        chosen = _at_target_metric(equations, path, metric, target_metric, reachable)
    factor = chosen.place if chosen.kind == "factor" else _last_factor(path)
    return Settled(chosen.parameters, factor, chosen.reached, reachable)


def _path(equations: Equations, metric: str) -> list[Point]:
    """Points in order; figures grow along factors and scales."""
    measure = equations.problem.measure

    def point(kind: str, place: float, parameters: Array) -> Point:
        return Point(kind, place, parameters, measure(metric, parameters))

    origin = point("factor", 0.0, equations.at_factor(0.0, equations.start))
    if equations.is_relative.any():
        return [origin, *_stronger(equations, origin, point)]
    if equations.is_bend.any():
        return _bent(equations, origin, point)
    return [origin]


Make = Callable[[str, float, Array], Point]


def _stronger(equations: Equations, origin: Point, point: Make) -> list[Point]:
    found: list[Point] = []
    last, failed = origin, 0.0
    for factor in FACTORS:
        try:
            last = point("factor", factor, equations.at_factor(factor, last.parameters))
        except NoConvergence:
            failed = factor
            break
        found.append(last)
    for _ in range(BISECTIONS if failed else 0):
        middle = (last.place + failed) / 2
        try:
            last = point("factor", middle, equations.at_factor(middle, last.parameters))
            found.append(last)
        except NoConvergence:
            failed = middle
    return found + _scaled(equations, last, point)


def _scaled(equations: Equations, last: Point, point: Make) -> list[Point]:
    found, before = [], last.parameters
    for scale in SCALES:
        try:
            before = equations.at_scale(scale, last.parameters, before * scale)
        except NoConvergence:
            break
        found.append(point("scale", scale, before))
    return found


def _bent(equations: Equations, origin: Point, point: Make) -> list[Point]:
    sides: list[list[Point]] = []
    for sign in (-1.0, 1.0):
        before, side = origin.parameters, []
        for bend in BENDS:
            try:
                before = equations.at_bend(sign * bend, before)
            except NoConvergence:
                break
            side.append(point("bend", sign * bend, before))
        sides.append(side)
    return [*reversed(sides[0]), replace(origin, kind="bend"), *sides[1]]


def _without_target_metric(equations: Equations, path: list[Point], metric: str) -> Point:
    for point in path:
        if point.kind == "bend" and point.place == 0.0:
            return point
        if point.kind == "factor" and point.place == 1.0:
            return point
    factor = HEADROOM * _last_factor(path)
    start = max(
        (p for p in path if p.kind == "factor" and p.place <= factor), key=lambda p: p.place
    )
    parameters = equations.at_factor(factor, start.parameters)
    return Point("factor", factor, parameters, equations.problem.measure(metric, parameters))


def _last_factor(path: list[Point]) -> float:
    return max((p.place for p in path if p.kind == "factor"), default=0.0)


def _at_target_metric(
    equations: Equations,
    path: list[Point],
    metric: str,
    target_metric: float,
    reachable: tuple[float, float],
) -> Point:
    for point in path:
        if abs(point.reached - target_metric) <= METRIC_TOLERANCE:
            return point
    for low, high in pairwise(path):
        if (low.reached - target_metric) * (high.reached - target_metric) < 0:
            return _between(equations, low, high, metric, target_metric, path)
    raise OutOfReach(reachable)


def _between(
    equations: Equations,
    low: Point,
    high: Point,
    metric: str,
    target_metric: float,
    path: list[Point],
) -> Point:
    """Bisection, guided by a straight line between the ends (the Illinois method would stall on
    the flat ends of the path)."""
    of = max((p for p in path if p.kind == "factor"), key=lambda p: p.place, default=low).parameters
    kind, begin = high.kind, low.place if low.kind == high.kind else 1.0
    a, b, fa, fb, start = begin, high.place, low.reached, high.reached, low.parameters
    for turn in range(DIAL_ROUNDS):
        part = (target_metric - fa) / (fb - fa) if turn % 3 else 0.5
        place = a + min(max(part, 0.02), 0.98) * (b - a)
        start = _at(equations, kind, place, of, start)
        reached = equations.problem.measure(metric, start)
        if abs(reached - target_metric) <= METRIC_TOLERANCE:
            break
        if (reached - target_metric) * (fa - target_metric) > 0:
            a, fa = place, reached
        else:
            b, fb = place, reached
    return Point(kind, place, start, reached)


def _at(equations: Equations, kind: str, place: float, of: Array, start: Array) -> Array:
    if kind == "factor":
        return equations.at_factor(place, start)
    if kind == "scale":
        return equations.at_scale(place, of, start)
    return equations.at_bend(place, start)
