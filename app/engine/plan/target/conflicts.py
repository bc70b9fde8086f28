"""Naming the facts that cannot hold together, and what can be reached.

A correlation with a label is bounded by its own margin: the most is reached where the label sits
on the largest values alone. Several together are bounded by a linear programme over the
probabilities of the cells (HiGHS). Its elastic form finds the facts in conflict: those whose
constraint has a price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.errors import Fault
from app.engine.plan.target.inputs import Inputs
from app.engine.plan.target.labels import LabelProblem
from app.engine.plan.target.model import Array
from app.engine.plan.target.request import TargetRequest
from app.engine.plan.target.statistic import Statistic

LP_CELLS = 8_192
LP_ENTRIES = 120_000
MANY_FACTS = 5
LP_CELLS_OF_LABELS = 1_500
PRICE = 1e-7
SLACK = 1e-6


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
        values, shares: the target's distribution, standardised, ascending.
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


def explain_conflict(
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
    share_of = {i: shares[int(problem.label[i])] for i in exact}
    alone = {i: largest_correlation(inputs.statistics[i], share_of[i]) for i in exact}
    beyond = [i for i in exact if abs(inputs.statistics[i].correlation) > alone[i] + 1e-9]
    if beyond:
        return [
            _fault(
                request,
                inputs.statistics[i],
                alone[i],
                f"that a {share_of[i]:.4g} share of the label and this margin allow",
            )
            for i in beyond
        ]
    programme = _Programme.of(inputs, problem, exact, shares)
    return _together(request, inputs, programme)


def dial_fault(
    request: TargetRequest,
    inputs: Inputs,
    figure: str,
    dial: float,
    reachable: tuple[float, float],
) -> Fault:
    """The fault of a dial outside of what the other facts leave."""
    exact = [each.subject for each in inputs.statistics if each.exact]
    others = f" with the declared correlations of {_listed(exact)}" if exact else ""
    if not inputs.statistics:
        others = ", since no input has an effect on the target"
    low, high = reachable
    message = (
        f"{figure} of {request.target.name}: {dial:g} declared, from {low:.4f} to {high:.4f} "
        f"can be reached{others}"
    )
    hint = "declare a value in this range, or change strengths"
    return Fault(f"{request.path}.{figure}", message, hint)


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


def _together(request: TargetRequest, inputs: Inputs, programme: _Programme) -> list[Fault]:
    involved = programme.conflict()
    statistics = [inputs.statistics[i] for i in programme.exact]
    names = [statistics[k].subject for k in involved]
    faults = []
    factor = None if len(involved) <= MANY_FACTS else programme.common_factor(involved)
    for k in involved:
        others = [name for name in names if name != statistics[k].subject]
        most = None if factor else programme.most(k, [j for j in involved if j != k])
        if most is None:
            factor = programme.common_factor(involved) if factor is None else factor
            most = factor * abs(statistics[k].correlation)
            why = f"when all of {_listed(names)} are scaled alike to {factor:.0%}"
        else:
            why = (
                f"together with what is declared of {_listed(others)}"
                if others
                else "that can be had"
            )
        faults.append(_fault(request, statistics[k], most, why))
    return faults


@dataclass(frozen=True, eq=False, slots=True)
class _Programme:
    """Linear constraints on the probabilities of cells.

    Variables: the probability of each label but the reference in each cell. Rows of `shares` and
    `moments` are what the label shares and the correlations are computed with.

    Args:
        exact: numbers of the promised statistics; the moments are theirs.
        shares, moments: coefficients, shape (rows, variables); `want_…` the wanted values.
        sums: for more than two labels, the sum of each cell's probabilities.
        signs, units: direction of each moment, and how much of it is a correlation of 1.
        declared: the moments as declared (`want_moments` is less what rules contribute).
    """

    exact: list[int]
    shares: Array
    want_shares: Array
    moments: Array
    want_moments: Array
    sums: Array | None
    signs: Array
    units: Array
    declared: Array

    @classmethod
    def of(
        cls, inputs: Inputs, problem: LabelProblem, exact: list[int], shares: Sequence[float]
    ) -> _Programme:
        limit = LP_CELLS if problem.labels == 2 else LP_CELLS_OF_LABELS
        limit = min(limit, max(LP_ENTRIES // (len(exact) + 1), 1_000))
        cells = np.arange(min(len(problem.weights), limit))
        if len(problem.weights) > limit and np.ptp(problem.weights) > 0:
            cells = np.argsort(-problem.weights, kind="stable")[:limit]
        weights = problem.weights[cells] / problem.weights[cells].sum()
        used = sorted({int(problem.label[i]) for i in exact} or {problem.positive})
        if problem.labels > 2 and len(used) == problem.labels:
            used = used[:-1]
        width = len(cells)
        share_rows = np.zeros((len(used), width * len(used)))
        moment_rows = np.zeros((len(exact), width * len(used)))
        for place, label in enumerate(used):
            mine = slice(place * width, (place + 1) * width)
            share_rows[place, mine] = weights
            for row, i in enumerate(exact):
                if problem.label[i] == label:
                    moment_rows[row, mine] = weights * problem.design[i, cells]
        spread = np.array([shares[int(problem.label[i])] for i in exact])
        present = np.array([1.0 - inputs.inputs[inputs.statistics[i].input].missing for i in exact])
        units = np.sqrt(spread * (1.0 - spread)) * present
        declared = np.array([inputs.statistics[i].correlation for i in exact])
        sums = np.tile(np.eye(width), len(used)) if len(used) > 1 else None
        fixed = None if problem.fixed is None else problem.fixed[:, cells]
        found = cls(
            exact, share_rows, np.array([shares[label] for label in used]), moment_rows,
            declared * units, sums, np.sign(declared), units, declared * units,
        )  # fmt: skip
        return found if fixed is None else found._ruled(fixed, used, width)

    def _ruled(self, fixed: Array, used: list[int], width: int) -> _Programme:
        """Cells that rules decide are constants."""
        known = np.concatenate([fixed[label] for label in used])
        decided = ~np.isnan(known)
        constant = np.nan_to_num(known)
        open_ = np.where(decided, 0.0, 1.0)
        return _Programme(
            self.exact,
            self.shares * open_,
            self.want_shares - self.shares @ constant,
            self.moments * open_,
            self.want_moments - self.moments @ constant,
            self.sums,
            self.signs,
            self.units,
            self.declared,
        )

    def conflict(self) -> list[int]:
        """Places (in `exact`) of the facts whose constraint has a price; all where none has."""
        from scipy.optimize import linprog

        variables, facts = self.shares.shape[1], len(self.exact)
        slack = np.hstack([np.eye(facts), -np.eye(facts)])
        rows = np.block(
            [
                [self.shares, np.zeros((len(self.shares), 2 * facts))],
                [self.moments, slack],
            ]
        )
        cost = np.concatenate([np.zeros(variables), np.tile(1.0 / self.units, 2)])
        bounds = [(0.0, 1.0)] * variables + [(0.0, None)] * (2 * facts)
        wanted = np.concatenate([self.want_shares, self.want_moments])
        upper = (
            None
            if self.sums is None
            else np.hstack([self.sums, np.zeros((len(self.sums), 2 * facts))])
        )
        limits = None if self.sums is None else np.ones(len(self.sums))
        result = linprog(cost, A_ub=upper, b_ub=limits, A_eq=rows, b_eq=wanted, bounds=bounds)
        if result.status != 0 or float(result.fun or 0.0) < SLACK:
            return list(range(facts))
        prices = np.abs(result.eqlin.marginals[len(self.shares) :]) * self.units
        involved = [k for k in range(facts) if prices[k] > PRICE]
        return involved or list(range(facts))

    def most(self, fact: int, kept: list[int]) -> float | None:
        """The largest correlation of a fact in its direction with the `kept` facts as declared;
        None where these alone cannot be had, or where it goes against its direction."""
        rows = np.vstack([self.shares, self.moments[kept]])
        wanted = np.concatenate([self.want_shares, self.want_moments[kept]])
        found = self._maximum(self.signs[fact] * self.moments[fact], rows, wanted)
        if found is None:
            return None
        constant = self.signs[fact] * (self.declared[fact] - self.want_moments[fact])
        most = (found + constant) / self.units[fact]
        return float(most) if most > 0 else None

    def common_factor(self, facts: list[int]) -> float:
        """The largest factor by which all of these can be had together."""
        declared = self.declared[facts]
        constant = declared - self.want_moments[facts]
        column = np.concatenate([np.zeros(len(self.shares)), -declared])[:, None]
        rows = np.hstack([np.vstack([self.shares, self.moments[facts]]), column])
        wanted = np.concatenate([self.want_shares, -constant])
        gain = np.zeros(rows.shape[1])
        gain[-1] = 1.0
        found = self._maximum(gain, rows, wanted)
        return 0.0 if found is None else min(found, 1.0) * 0.99

    def _maximum(self, gain: Array, rows: Array, wanted: Array) -> float | None:
        from scipy.optimize import linprog

        extra = len(gain) - self.shares.shape[1]
        upper = self.sums
        if upper is not None and extra:
            upper = np.hstack([upper, np.zeros((len(upper), extra))])
        limits = None if upper is None else np.ones(len(upper))
        bounds = [(0.0, 1.0)] * len(gain)
        result = linprog(-gain, A_ub=upper, b_ub=limits, A_eq=rows, b_eq=wanted, bounds=bounds)
        return -float(result.fun or 0.0) if result.status == 0 else None
