"""What can be reached of the correlations with a numeric target.

The moments that some coupling of cells and target has are a convex set. Its corner in a direction
is the coupling that has both in the same order (Fréchet 1951), so a linear program over the
corners bounds the facts, and corners join it while they have a price (Dantzig & Wolfe 1960).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.engine.plan.target.numbers import ValueProblem

Array = NDArray[np.float64]

ROUNDS = 200
ROUNDS_OF_ALL_FACTS = 2_000
PRICED_FACTS = 16
PENALTY = 1e4
PRICE = 1e-6
SLACK = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Couplings:
    """Moments of all couplings of cells with the target.

    Args:
        exact: numbers of the promised statistics; the first moments are theirs.
        design: what a moment is taken with, shape (moments, cells).
        weights: share of each cell, shape (cells,).
        ends, sums: the integral of the target's quantile function, shape (points + 1,).
        wanted: shape (moments,); those after the facts always hold.
        units: how much of each fact's moment is a correlation of 1, shape (facts,).
    """

    exact: list[int]
    design: Array
    weights: Array
    ends: Array
    sums: Array
    wanted: Array
    units: Array
    corners: list[Array] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        problem: ValueProblem,
        rule: NDArray[np.int16],
        exact: list[int],
        others: list[int],
        wanted: Array,
        units: Array,
    ) -> Couplings:
        """Cells of the same rule have the same distribution of the target: they count as one.

        Args:
            rule: number of each cell's rule, -1 where none, shape (cells,).
            exact, others: places of the moments of facts and of what always holds.
            wanted: of each parameter's moment, shape (parameters,).
            units: shape (facts,).
        """
        places = np.where(rule < 0, np.arange(len(rule)), len(rule) + rule.astype(np.int64))
        _, places = np.unique(places, return_inverse=True)
        rows = [*exact, *others]
        weights: Array = np.bincount(places, problem.weights).astype(np.float64)
        sums = np.array([np.bincount(places, problem.weights * problem.design[i]) for i in rows])
        points = np.append(0.0, np.cumsum(problem.shares))
        total = np.append(0.0, np.cumsum(problem.shares * problem.standard))
        design = sums / np.maximum(weights, 1e-300)
        return cls(exact, design, weights, points, total, wanted[rows], units)

    @property
    def _always(self) -> list[int]:
        return list(range(len(self.exact), len(self.wanted)))

    def conflict(self) -> list[int]:
        """Places (in `exact`) of the facts whose constraint has a price; all where none has, or
        where there are too many to ask."""
        facts = len(self.exact)
        if facts > PRICED_FACTS:
            return list(range(facts))
        _, slack, prices = self._best(list(range(len(self.wanted))), self.wanted, None)
        involved = [k for k in range(facts) if abs(prices[k]) > PRICE]
        return involved if slack > SLACK and involved else list(range(facts))

    def most(self, fact: int, kept: list[int]) -> float | None:
        """The largest correlation of a fact in its direction with the `kept` facts as declared;
        None where these alone cannot be had, or where it goes against its direction."""
        rows = [fact, *kept, *self._always]
        wanted = self.wanted[rows]
        wanted[0] = 0.0
        direction = np.zeros(len(rows))
        direction[0] = np.sign(self.wanted[fact])
        found, slack, _ = self._best(rows, wanted, direction)
        return found / float(self.units[fact]) if slack <= SLACK and found > 0 else None

    def common_factor(self, facts: list[int]) -> float:
        """The largest factor by which all of these can be had together."""
        rows = [*facts, *self._always]
        wanted, direction = self.wanted[rows], self.wanted[rows].copy()
        wanted[: len(facts)] = 0.0
        direction[len(facts) :] = 0.0
        found, slack, _ = self._best(rows, wanted, direction)
        return found if slack <= SLACK else 0.0

    def _best(
        self, rows: list[int], wanted: Array, direction: Array | None
    ) -> tuple[float, float, Array]:
        """The largest t for which some coupling has `wanted` + t · `direction` (0 where that is
        None), how far the moments stay away from it, and what each of them costs."""
        from app.engine.special_functions import lean_numpy

        with lean_numpy():
            from scipy.optimize import linprog

        for axis in [*np.eye(len(self.wanted))[rows], self.wanted] if not self.corners else ():
            self.corners.extend((self._corner(axis), self._corner(-axis)))
        moved = np.zeros((len(rows), 0)) if direction is None else -direction[:, None]
        slack = np.hstack([np.eye(len(rows)), -np.eye(len(rows))])
        rest = np.hstack([moved, slack])
        penalty = 1.0 if direction is None else PENALTY
        cost = np.append(np.full(moved.shape[1], -1.0), np.full(slack.shape[1], penalty))
        for _ in range(min(ROUNDS, ROUNDS_OF_ALL_FACTS // len(rows))):
            corners = np.array(self.corners).T[rows]
            count = corners.shape[1]
            sums = np.append(np.ones(count), np.zeros(rest.shape[1]))
            result = linprog(
                np.append(np.zeros(count), cost),
                A_eq=np.vstack([np.hstack([corners, rest]), sums]),
                b_eq=np.append(wanted, 1.0),
            )
            prices = np.asarray(result.eqlin.marginals)
            towards = np.zeros(len(self.wanted))
            towards[rows] = prices[:-1]
            corner = self._corner(towards)
            if towards @ corner + prices[-1] <= PRICE:
                break
            self.corners.append(corner)
        found: Array = np.asarray(result.x)
        away = found[len(found) - slack.shape[1] :].sum()
        reached = 0.0 if direction is None else float(found[count])
        return reached, float(away), prices[:-1]

    def _corner(self, direction: Array) -> Array:
        """The moments that are largest in a direction."""
        order = np.argsort(direction @ self.design, kind="stable")
        rank = np.append(0.0, np.cumsum(self.weights[order]))
        total = np.empty(len(order))
        total[order] = np.diff(np.interp(rank, self.ends, self.sums))
        return np.asarray(self.design @ total)
