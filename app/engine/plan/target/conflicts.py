"""Naming the facts that cannot hold together, and what can be reached.

A correlation is bounded by the two marginals: the most is reached where the target sits on the
largest values alone, or has the same order. It is bounded by the segments too, which tell no two
values of a bin apart. Several together are bounded by linear programs (`label_reach`,
`value_reach`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.engine.errors import Fault
from app.engine.plan.target.inputs import Inputs
from app.engine.plan.target.label_reach import LinearProgram
from app.engine.plan.target.labels import LabelProblem
from app.engine.plan.target.model import Array
from app.engine.plan.target.numbers import ValueProblem
from app.engine.plan.target.request import TargetRequest
from app.engine.plan.target.statistic import Statistic

MANY_FACTS = 5
EDGE = 0.98
ONLY = "that can be had"


def largest_correlation(statistic: Statistic, share: float) -> float:
    """The most a quantity can correlate with a label of the given share, in the direction
    declared: its mean over the `share` of the rows where it is largest, standardised.

    For a normal quantity φ(z)/√(p(1 − p)), z the (1 − p)-quantile: 0.585 for p = 0.1.
    """
    values, weights = statistic.spread
    order = np.argsort(-statistic.sign * values, kind="stable")
    sizes = (statistic.sign * values)[order]
    above = np.cumsum(weights[order])
    taken = np.clip(share - (above - weights[order]), 0.0, weights[order])
    return float(sizes @ taken / np.sqrt(share * (1.0 - share)))


def largest_value_correlation(statistic: Statistic, values: Array, shares: Array) -> float:
    """The most a quantity can correlate with a numeric target: both in the same order
    (Fréchet 1951).

    Args:
        values, shares: the target's distribution, standardised, ascending, shape (points,).
    """
    own, weights = statistic.spread
    order = np.argsort(statistic.sign * own, kind="stable")
    ends = np.union1d(np.cumsum(weights[order]), np.cumsum(shares))
    ends = ends[ends <= 1.0 + 1e-12]
    steps = np.diff(ends, prepend=0.0)
    middles = ends - steps / 2
    x = (statistic.sign * own)[order][_places(weights[order], middles)]
    return float(steps @ (x * values[_places(shares, middles)]))


def _places(weights: Array, probabilities: Array) -> NDArray[np.intp]:
    return np.minimum(np.searchsorted(np.cumsum(weights), probabilities), len(weights) - 1)


class Reach(Protocol):
    """What the promised statistics can be together; facts are numbered by their place in
    `exact`."""

    @property
    def exact(self) -> list[int]:
        """Numbers of the promised statistics."""
        ...

    def conflict(self) -> list[int]:
        """The facts in conflict."""
        ...

    def most(self, fact: int, kept: list[int]) -> float | None:
        """The largest correlation of a fact in its direction with the `kept` facts as declared;
        None where these alone cannot be had, or where it goes against its direction."""
        ...

    def common_factor(self, facts: list[int]) -> float:
        """The largest factor by which all of these can be had together."""
        ...


def explain_labels(
    request: TargetRequest,
    inputs: Inputs,
    problem: LabelProblem,
    labels: Sequence[str],
    shares: Sequence[float],
) -> list[Fault]:
    """The faults of facts that no probabilities meet."""
    exact = [i for i, each in enumerate(inputs.statistics) if each.exact]
    if not exact:
        message = f"the rules leave no room for the shares of {request.target.name}"
        return [Fault(request.rules_path, message, "change rules or proportions")]
    share_of = {inputs.statistics[i].path: shares[int(problem.label[i])] for i in exact}

    def most(each: Statistic) -> float:
        return largest_correlation(each, share_of[each.path])

    def why(each: Statistic) -> str:
        return f"that a {share_of[each.path]:.4g} share of the label and this margin allow"

    alone = _alone(request, inputs, most, why)
    return alone or _together(request, inputs, LinearProgram.of(inputs, problem, exact, shares))


def explain_values(
    request: TargetRequest, inputs: Inputs, problem: ValueProblem, reach: Reach
) -> list[Fault]:
    """The faults of correlations with a numeric target that no conditional means meet."""

    def most(each: Statistic) -> float:
        return largest_value_correlation(each, problem.standard, problem.shares)

    alone = _alone(request, inputs, most, lambda each: "that the two margins allow")
    return alone or _together(request, inputs, reach)


def _alone(
    request: TargetRequest,
    inputs: Inputs,
    most: Callable[[Statistic], float],
    why: Callable[[Statistic], str],
) -> list[Fault]:
    """Faults of facts that cannot be had whatever the others are: for the marginals, or because
    values of the same bin are not distinguished."""
    faults = []
    for each in inputs.statistics:
        if not each.exact:
            continue
        bound, reason = most(each), why(each)
        if abs(each.correlation) <= bound + 1e-9:
            shares = inputs.inputs[each.input].shares
            binned = (each.scores[:-1], shares[:-1] / max(float(shares[:-1].sum()), 1e-300))
            bound = most(replace(each, spread=binned))
            reason = f"that {_segments(inputs, [each])} can express"
        if abs(each.correlation) > bound + 1e-9:
            faults.append(_fault(request, each, bound, reason))
    return faults


def _segments(inputs: Inputs, statistics: Sequence[Statistic]) -> str:
    """``the 8 segments of x and the 24 of y``, of the columns whose value has an effect."""
    numbers = sorted({each.input for each in statistics if each.bucket is None})
    counts = [int(np.count_nonzero(inputs.inputs[i].shares[:-1])) for i in numbers]
    parts = [f"{n} of {inputs.inputs[i].name}" for i, n in zip(numbers, counts, strict=True)]
    if not parts:
        return ""
    return _listed(["the " + parts[0].replace(" of ", " segments of ", 1), *parts[1:]])


def target_metric_fault(
    request: TargetRequest,
    inputs: Inputs,
    metric: str,
    target_metric: float,
    reachable: tuple[float, float],
) -> Fault:
    """The fault of a target metric outside of what the other facts leave."""
    exact = [each.subject for each in inputs.statistics if each.exact]
    others = f" with the declared correlations of {_listed(exact)}" if exact else ""
    if not inputs.statistics:
        others = ", since no input has an effect on the target"
    low, high = reachable
    message = (
        f"{metric} of {request.target.name}: {target_metric:g} declared, from {low:.4f} "
        f"to {high:.4f} can be reached{others}"
    )
    hint = "declare a value in this range, or change strengths"
    return Fault(f"{request.path}.{metric}", message, hint)


def _listed(names: Sequence[str], limit: int = 6) -> str:
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")


def _fault(request: TargetRequest, statistic: Statistic, most: float, why: str) -> Fault:
    target = request.target.name
    name = target if statistic.label is None else f"{target}={statistic.label}"
    value = statistic.sign * most
    bound = "the most" if statistic.sign > 0 else "the least"
    message = (
        f"correlation of {statistic.subject} with {name}: {statistic.correlation:g} declared, "
        f"{value:.3f} is {bound} {why}"
    )
    hint = f"declare a strength below {max(most, 0.0):.3f}"
    return Fault(f"{statistic.path}.strength", message, hint)


def _together(request: TargetRequest, inputs: Inputs, reach: Reach) -> list[Fault]:
    involved = reach.conflict()
    statistics = [inputs.statistics[i] for i in reach.exact]
    segments = _segments(inputs, [statistics[k] for k in involved])
    within = f", with {segments}" if segments else ""
    factor = reach.common_factor(involved)
    if factor < 1.0 and len(involved) <= MANY_FACTS:
        bounds = [reach.most(k, [j for j in involved if j != k]) for k in involved]
    else:
        bounds = [None for _ in involved]
    scaled = _scaled(factor, [statistics[k].subject for k in involved])
    faults = []
    for k, alone in zip(involved, bounds, strict=True):
        others = [statistics[j].subject for j in involved if j != k]
        why = f"together with what is declared of {_listed(others)}" if others else ONLY
        share = min(factor, EDGE) * abs(statistics[k].correlation)
        most, why = (share, scaled) if alone is None else (alone, why)
        faults.append(_fault(request, statistics[k], most, why + within))
    return faults


def _scaled(factor: float, names: Sequence[str]) -> str:
    """Which share of the facts can be had. What lies on the very edge is had only in the limit of
    endless scores."""
    share, edge = min(factor, EDGE), " short of the very edge" if factor > EDGE else ""
    alike = f" when all of {_listed(names)} are scaled alike to {share:.1%}"
    return (edge + (alike if len(names) > 1 else "")).strip() or ONLY
