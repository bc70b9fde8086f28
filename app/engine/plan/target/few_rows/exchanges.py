"""Exchanges between rows that give a small table its promised correlations.

Chance alone misses a correlation by about 1/√rows. So outcomes are exchanged between rows that
stand near each other in the order of their odds: counts stay as they are, chances hardly
change, and each exchange moves the correlations by a known step. Steps are taken greedily, the
one first that leaves the least sum of squares.

Everything is counted in whole numbers, so that sums are the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

UNIT = 256
FARTHEST = 32.0
CLOSE_ENOUGH = 1e-3
NEAR = (0, 1)
FAR = (0.02, 0.08, 0.2, 0.4)
MOST_EXCHANGES = 600


def in_units(standardised: Array) -> Whole:
    """Standardised quantities of any shape (mean 0, spread 1) as whole numbers of 1/UNIT; those
    beyond FARTHEST are cut to it."""
    return np.rint(np.clip(standardised, -FARTHEST, FARTHEST) * UNIT).astype(np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class Watched:
    """A promised correlation between a quantity and an outcome.

    Args:
        quantity: of each row, in units; 0 where unknown.
        known: rows where the quantity is known; None for all.
        correlation: the promise.
        label: number of the label whose indicator is the outcome; None where outcomes are numbers.
    """

    quantity: Whole
    known: Mask | None
    correlation: float
    label: int | None

    def outcome(self, found: Whole) -> Whole:
        return found if self.label is None else (found == self.label).astype(np.int64)

    def observed(self, found: Whole) -> float:
        """The correlation that the outcomes, of shape (rows,), have; 0 where it is undefined."""
        both, scale, _ = self._sums(found)
        return both / scale if scale else 0.0

    def shortfall(self, found: Whole) -> tuple[float, int]:
        """What the outcomes, of shape (rows,), miss of the correlation, and, in units, of the sum
        of products that would give it."""
        both, scale, rows = self._sums(found)
        if not scale:
            return 0.0, 0
        short = self.correlation - both / scale
        return short, round(short * scale / rows)

    def steps(self, found: Whole, first: Places, second: Places) -> Whole:
        """What the exchange within each pair of rows adds to the sum of products, shape (pairs,),
        as `first` and `second`; `found` is of shape (rows,)."""
        outcome = self.outcome(found)
        change = outcome[first] - outcome[second]
        return np.asarray(change * (self.quantity[second] - self.quantity[first]))

    def correlation_steps(self, found: Whole, first: Places, second: Places) -> Array:
        """What the exchange within each pair of rows adds to the correlation, both being known;
        shapes as in `steps`."""
        _, scale, rows = self._sums(found)
        return np.asarray(self.steps(found, first, second) * (rows / scale if scale else 0.0))

    def _sums(self, found: Whole) -> tuple[int, float, int]:
        """Rows times the covariance and times the product of the spreads, 0 where one has none,
        both times the rows; and the rows."""
        x, y = self.quantity, self.outcome(found)
        if self.known is not None:
            x, y = x[self.known], y[self.known]
        rows = len(x)
        spread_x = rows * int((x * x).sum()) - int(x.sum()) ** 2
        spread_y = rows * int((y * y).sum()) - int(y.sum()) ** 2
        if spread_x <= 0 or spread_y <= 0:
            return 0, 0.0, rows
        scale = float(spread_x) ** 0.5 * float(spread_y) ** 0.5
        return rows * int((x * y).sum()) - int(x.sum()) * int(y.sum()), scale, rows


def exchanges(found: Whole, order: Places, watched: list[Watched]) -> Places:
    """From which row each row takes its outcome, shape (rows,).

    Args:
        found: outcomes of the rows: numbers of labels, or values in whole units.
        order: the rows that take part, neighbours having nearly the same odds.
        watched: what shall hold.
    """
    found, source = found.copy(), np.arange(len(found))
    for turn in range(len(NEAR) + len(FAR)):
        short = [each.shortfall(found) for each in watched]
        if max(abs(correlation) for correlation, _ in short) < CLOSE_ENOUGH:
            break
        first, second = _pairs(order, turn)
        steps = np.array([each.steps(found, first, second) for each in watched])
        useful = steps.any(axis=0)
        wanted = np.array([missing for _, missing in short], dtype=np.int64)
        chosen = np.flatnonzero(useful)[_greedy(wanted, steps[:, useful])]
        a, b = first[chosen], second[chosen]
        for rows in (found, source):
            rows[a], rows[b] = rows[b], rows[a]
    return source


def _pairs(order: Places, turn: int) -> tuple[Places, Places]:
    """Rows to exchange between: neighbours first; later rows further apart, for where a segment
    is so large that all neighbours lie in it."""
    if turn < len(NEAR):
        start = NEAR[turn]
        second = order[start + 1 :: 2]
        return order[start::2][: len(second)], second
    stride = max(1, int(len(order) * FAR[turn - len(NEAR)]))
    even = np.flatnonzero(np.arange(len(order) - stride) // stride % 2 == 0)
    return order[even], order[even + stride]


def _greedy(wanted: Whole, steps: Whole) -> list[int]:
    """Pairs whose steps together come near to what is wanted.

    Args:
        wanted: shape (promises,).
        steps: shape (promises, pairs).
    """
    chosen: list[int] = []
    if not steps.shape[1]:
        return chosen
    sizes = (steps * steps).sum(axis=0)
    rest = wanted.copy()
    free = np.ones(steps.shape[1], dtype=np.bool_)
    for _ in range(MOST_EXCHANGES):
        gains = 2 * (rest[:, None] * steps).sum(axis=0) - sizes
        gains[~free] = -1
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        chosen.append(best)
        free[best] = False
        rest -= steps[:, best]
    return chosen
