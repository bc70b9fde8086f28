"""Numbers that are all different, by construction, and still follow their law.

Of n numbers the i-th smallest stands at i + slack(p) grid steps, p being the middle (i + 1/2) / n
of its cell of probability. Where `slack` never falls, neighbours are at least one step apart.
What the law asks of it does fall where more values than grid points lie; there it is levelled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.engine.generators.numbers.quantiles import (
    Array,
    ContinuousQuantiles,
    DiscreteQuantiles,
    Quantiles,
)

PROMISED_FROM = 1_000
CLOSE_FROM = 10_000
TIE = 2.0**-20  # halves are rounded up, whatever the last bits say


@dataclass(frozen=True, eq=False, slots=True)
class DistinctPlaces:
    """Places on the grid of `count` numbers: `slack` (never falling) at the probabilities
    `grid`, both of shape (knots,)."""

    count: int
    grid: Array
    slack: Array

    def at(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """The places, in steps from 0, of the numbers in these cells of [0, count); both of shape
        (cells,), and ascending where the cells are."""
        probabilities = (cells + 0.5) / max(self.count, 1)
        knots = np.searchsorted(self.grid, probabilities, side="right").clip(1, len(self.grid) - 1)
        start, end = self.grid[knots - 1], self.grid[knots]
        low, high = self.slack[knots - 1], self.slack[knots]
        slope = (high - low) / np.where(end > start, end - start, 1.0)
        # Rounding must not carry a value over the next knot, or the slack would fall there.
        slack = np.minimum(low + slope * (probabilities - start), high)
        return np.asarray(cells + np.floor(slack + TIE).astype(np.int64))

    def displacement(self, wanted: Array, first: int, last: int) -> float:
        """How far the share of numbers below a place is from that of `wanted`, at the most.

        Args:
            wanted: places by the law at `grid`, not rounded, shape (grid,).
            first, last: the least and the largest place.
        """
        places = self.slack + self.count * self.grid - 0.5
        steps = np.floor(np.concatenate([places, wanted]))
        steps = np.unique(np.concatenate([steps, steps + 1.0]))
        steps = steps[(steps > first) & (steps <= last)]
        off = below(steps, wanted, self.grid, "left") - below(steps, places, self.grid, "left")
        return float(np.abs(off).max(initial=0.0))


def distinct_places(
    curve: ContinuousQuantiles, count: int, first: int, last: int
) -> DistinctPlaces:
    """Places of `count` numbers of a law, at most `last - first + 1`.

    Args:
        curve: the law's places, not yet rounded.
        first, last: the least and the largest place.
    """
    asked = curve.values + 1.0 - count * curve.grid
    level = np.maximum.accumulate(asked) / 2 + np.minimum.accumulate(asked[::-1])[::-1] / 2
    low, high = float(first), float(last - count + 1)
    if high > last - count + 1:
        high = math.nextafter(high, -math.inf)
    return DistinctPlaces(count, curve.grid, np.maximum.accumulate(level.clip(low, high)))


def can_differ(curve: ContinuousQuantiles, count: int, first: int, last: int) -> bool:
    """Whether there are as many places, and the numbers on them follow the law: within the
    promised distance, or where few rows promise none, 0.02 and a row."""
    if count < 2:
        return last - first + 1 >= count
    if count > last - first + 1:
        return False
    allowed = 0.0045 if count >= CLOSE_FROM else 0.018
    if count < PROMISED_FROM:
        allowed = 0.02 + 1.0 / count
    places = distinct_places(curve, count, first, last)
    return places.displacement(curve.values + 0.5, first, last) <= allowed


def most(possible: Callable[[int], bool], count: int) -> int:
    """About the largest number up to `count` that is possible."""
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if possible(middle) else (low, middle)
    return low


def mixture(tables: Sequence[Quantiles], shares: Sequence[float]) -> ContinuousQuantiles:
    """The quantiles of a mixture; single values are upright pieces of the curve's inverse."""
    values = np.unique(np.concatenate([_knots(table)[0] for table in tables]))
    sides: tuple[Literal["left", "right"], ...] = ("left", "right")
    ends = [
        sum(
            share * below(values, *_knots(table), side)
            for table, share in zip(tables, shares, strict=True)
        )
        for side in sides
    ]
    grid = np.maximum.accumulate(np.column_stack(ends).ravel()) / sum(shares)
    return ContinuousQuantiles(grid, np.repeat(values, 2))


def _knots(table: Quantiles) -> tuple[Array, Array]:
    """Values and the probabilities up to them, each single value twice."""
    if isinstance(table, DiscreteQuantiles):
        ends = np.concatenate([[0.0], table.cumulative])
        return np.repeat(table.values, 2), np.column_stack([ends[:-1], ends[1:]]).ravel()
    assert isinstance(table, ContinuousQuantiles)
    return table.values, table.grid


def below(x: Array, values: Array, grid: Array, side: Literal["left", "right"]) -> Array:
    """Probability of a value below x (`left`), or of at most x (`right`), of the shape of x.

    Args:
        values, grid: quantiles and their probabilities, ascending, shape (points,).
    """
    places = np.searchsorted(values, x, side=side)
    inside = places.clip(1, len(values) - 1)
    low, high = values[inside - 1], values[inside]
    share = (x - low) / np.where(high > low, high - low, 1.0)
    line = grid[inside - 1] + share * (grid[inside] - grid[inside - 1])
    return np.where(places == 0, 0.0, np.where(places == len(values), 1.0, line))
