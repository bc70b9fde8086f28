"""What can be reached of the correlations with a target of labels: a linear program over the
probabilities of the cells (HiGHS). Its elastic form finds the facts in conflict: those whose
constraint has a price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.plan.target.inputs import Inputs
from app.engine.plan.target.labels import LabelProblem
from app.engine.plan.target.model import Array

LP_CELLS = 20_000
LP_ENTRIES = 120_000
LP_CELLS_OF_LABELS = 1_500
PRICE = 1e-7
SLACK = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class LinearProgram:
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
    ) -> LinearProgram:
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

    def _ruled(self, fixed: Array, used: list[int], width: int) -> LinearProgram:
        """Cells that rules decide are constants."""
        known = np.concatenate([fixed[label] for label in used])
        decided = ~np.isnan(known)
        constant = np.nan_to_num(known)
        open_ = np.where(decided, 0.0, 1.0)
        return LinearProgram(
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
        from app.engine.special_functions import lean_numpy

        with lean_numpy():
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
        return 0.0 if found is None else found

    def _maximum(self, gain: Array, rows: Array, wanted: Array) -> float | None:
        from app.engine.special_functions import lean_numpy

        with lean_numpy():
            from scipy.optimize import linprog

        extra = len(gain) - self.shares.shape[1]
        upper = self.sums
        if upper is not None and extra:
            upper = np.hstack([upper, np.zeros((len(upper), extra))])
        limits = None if upper is None else np.ones(len(upper))
        bounds = [(0.0, 1.0)] * len(gain)
        result = linprog(-gain, A_ub=upper, b_ub=limits, A_eq=rows, b_eq=wanted, bounds=bounds)
        return -float(result.fun or 0.0) if result.status == 0 else None
