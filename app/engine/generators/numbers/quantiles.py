"""Quantile functions as tables: a distribution reduced to what drawing needs.

Tables are made when a plan is compiled (scipy knows the distributions) and read with additions,
multiplications and comparisons only. Their entries are rounded to 2**-28 of the distribution's
spread, so that the last bits of a processor's logarithm do not show in the data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

INNER_CELLS = 4096
TAIL_OCTAVES = 32
TAIL_STEPS = 8
EDGE_CELLS = 65_536
MOST_STEPS = 32_768
NORMAL_FILE = Path(__file__).with_name("normal_quantiles.npy")
LARGEST = 1e290  # beyond it, numbers times a power of ten for rounding would overflow


class Quantiles(Protocol):
    """A quantile function: value at a probability."""

    def at(self, probabilities: Array) -> Array:
        """Values at the given probabilities in [0, 1), same shape."""
        ...

    def drawn(self, rng: np.random.Generator, count: int, stratified: bool) -> Array:
        """Ascending values, shape (count,): one in each count-th of probability, or independent
        ones."""
        ...

    def least_gap(self, total: int) -> float:
        """The least distance between the values at the midpoints of `total` even cells."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class ContinuousQuantiles:
    """Straight lines between `values` at the probabilities `grid` (both ascending)."""

    grid: Array
    values: Array

    def at(self, probabilities: Array) -> Array:
        return np.interp(probabilities, self.grid, self.values)

    def drawn(self, rng: np.random.Generator, count: int, stratified: bool) -> Array:
        if not stratified:
            return self.at(np.sort(rng.random(count)))
        places = rng.random(count)
        places += np.arange(count)
        places /= max(count, 1)
        return self.at(places)

    def least_gap(self, total: int) -> float:
        if total < 2:
            return math.inf
        edge = (np.arange(min(total, EDGE_CELLS)) + 0.5) / total
        gaps = [np.diff(self.at(edge)), np.diff(self.at(1.0 - edge[::-1]))]
        inside = (self.grid[:-1] >= edge[-1]) & (self.grid[1:] <= 1.0 - edge[-1])
        gaps.append((np.diff(self.values) / np.diff(self.grid))[inside] / total)
        return float(np.concatenate(gaps).min())


@dataclass(frozen=True, eq=False, slots=True)
class DiscreteQuantiles:
    """`values` (ascending) with their cumulative probabilities, the last of which is 1."""

    values: Array
    cumulative: Array

    def at(self, probabilities: Array) -> Array:
        places = np.searchsorted(self.cumulative, probabilities, side="right")
        return self.values.take(np.minimum(places, len(self.values) - 1))

    def drawn(self, rng: np.random.Generator, count: int, stratified: bool) -> Array:
        if not stratified:
            return self.at(np.sort(rng.random(count)))
        ends = self.cumulative * count
        strata = np.floor(ends)
        # The draw of a stratum lies at one place, on whichever side of all cuts in it.
        stratum = np.concatenate([[0], np.cumsum(strata[1:] != strata[:-1])])
        below = strata + (rng.random(int(stratum[-1]) + 1)[stratum] < ends - strata)
        below[-1] = count
        below[1:] -= below[:-1].copy()
        return np.repeat(self.values, below.astype(np.int64))

    def least_gap(self, total: int) -> float:
        return 0.0 if total > 1 else math.inf


@lru_cache(maxsize=1)
def probability_grid() -> Array:
    """Ascending probabilities from 0 to 1, of shape (places,): even cells inside, ever finer ones
    towards both ends."""
    inner = np.arange(1, INNER_CELLS) / INNER_CELLS
    octaves = np.arange(TAIL_OCTAVES * TAIL_STEPS, 0, -1) / TAIL_STEPS
    fractions = 1.0 + octaves % 1.0
    tail = fractions * 2.0 ** (-np.ceil(octaves) - np.log2(INNER_CELLS))
    tail = np.unique(tail[tail < inner[0]])
    return np.concatenate([[0.0], tail, inner, 1.0 - tail[::-1], [1.0]])


@lru_cache(maxsize=1)
def normal_grid() -> Array:
    """The standard normal quantiles at `probability_grid()`, of its shape.

    From a file: scipy, which they were computed with, takes longer to load than a small table
    takes to make, and many definitions need nothing else of it.
    """
    return np.asarray(np.load(NORMAL_FILE))


def continuous_quantiles(ppf: Array, spread: float | None) -> ContinuousQuantiles:
    """The table of a quantile function, `ppf` at `probability_grid()` and of its shape.

    Without a spread each value is rounded to 44 bits of its own.
    """
    values = finite_ends(ppf).clip(-LARGEST, LARGEST)
    values = rounded_each(values) if spread is None else rounded(values, spread)
    return ContinuousQuantiles(probability_grid(), np.maximum.accumulate(values))


def finite_ends(ppf: Array) -> Array:
    """The values, ascending, shape (points,), with infinite ends replaced by their neighbours: no
    draw lies beyond a chance of 2**-44."""
    values = np.array(ppf, dtype=np.float64)
    if np.isinf(values[0]):
        values[0] = values[1]
    if np.isinf(values[-1]):
        values[-1] = values[-2]
    return values


def straight_line(low: float, high: float) -> ContinuousQuantiles:
    """The table of the uniform distribution over [low, high]."""
    return ContinuousQuantiles(np.array([0.0, 1.0]), np.array([low, high]))


def discrete_quantiles(values: Array, weights: Array) -> DiscreteQuantiles:
    """The table of a discrete distribution: values and their weights, both of shape (values,);
    weights need not sum to 1."""
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    cumulative = np.rint(cumulative / cumulative[-1] * 2.0**40) / 2.0**40
    return DiscreteQuantiles(np.asarray(values, dtype=np.float64)[order], cumulative)


def stepped(table: Quantiles, values: Array, edges: Array, most: int = MOST_STEPS) -> Quantiles:
    """The law of values rounded to steps, counted instead of drawn one by one.

    Args:
        table: the law before rounding; a discrete one, or one of too many steps, stays.
        values: what it is rounded to, ascending, shape (steps,).
        edges: where the next value begins, shape (steps - 1,).
    """
    if not isinstance(table, ContinuousQuantiles) or len(values) > most:
        return table
    below = np.append(np.interp(edges, table.values, table.grid), 1.0)
    weights = np.diff(np.rint(below * 2.0**40) / 2.0**40, prepend=0.0)
    likely = weights > 0.0
    return discrete_quantiles(values[likely], weights[likely])


def rounded(values: Array, spread: float) -> Array:
    """`values`, of any shape, rounded to a power of two near 2**-28 of `spread`."""
    if not spread > 0:
        return values
    step = 2.0 ** (np.floor(np.log2(spread)) - 28)
    return np.asarray(np.rint(values / step) * step)


def rounded_each(values: Array) -> Array:
    """Each of the values, of any shape, rounded to 44 bits: for laws that have no one scale."""
    parts, exponents = np.frexp(values)
    return np.asarray(np.ldexp(np.rint(parts * 2.0**44), exponents - 44))
