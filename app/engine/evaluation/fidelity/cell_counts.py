"""Rows of two tables counted over the cells of several columns at once, and what counts say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from math import comb

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.fidelity.cells import Cells
from app.engine.evaluation.intervals import Interval, jackknife_interval
from app.engine.seeds import Stream

GROUPS = 10  # of rows, each left out once to say how sure a figure is

Counts = NDArray[np.float64]
Places = tuple[int, ...]
Statistic = Callable[[Counts, Counts], NDArray[np.float64]]
"""Of counts of real and of other rows, shape (tables, cells) each, one number a table."""


@dataclass(frozen=True, slots=True)
class MeanStatistic:
    """The mean of a statistic over several combinations of columns; NaN where none has one."""

    value: float
    interval: Interval | None


def chosen_combinations(columns: int, size: int, most: int, stream: Stream) -> list[Places]:
    """So many columns at a time: all ways, or as many as are asked for, drawn."""
    count = comb(columns, size)
    found = combinations(range(columns), size)
    if count <= most:
        return list(found)
    chosen = set(stream.generator().choice(count, most, replace=False).tolist())
    return [each for number, each in enumerate(islice(found, count)) if number in chosen]


def mean_statistics(
    real: Cells, other: Cells, places: Iterable[Places], statistics: Sequence[Statistic]
) -> list[MeanStatistic]:
    """Statistics of two tables, each a mean over combinations of columns.

    Args:
        real, other: numbers of cells in random order, shape (rows, columns) each.
        places: numbers of the columns that are taken together.
    """
    found = [_statistics(cell_counts((real, other), each), statistics) for each in places]
    if not found:
        return [MeanStatistic(np.nan, None) for _ in statistics]
    return [_mean(each) for each in np.array(found).swapaxes(0, 1)]


def cell_counts(tables: Sequence[Cells], places: Places) -> list[Counts]:
    """Rows of each table in the cells of columns taken together, in groups of rows that lie
    `GROUPS` apart; shape (groups, cells) each."""
    codes = [np.zeros(len(each), dtype=np.intp) for each in tables]
    for place in places:
        width = 1 + max(int(each[:, place].max(initial=0)) for each in tables)
        codes = [code * width + each[:, place] for code, each in zip(codes, tables, strict=True)]
    size = 1 + max(int(each.max(initial=0)) for each in codes)
    return [_grouped(each, np.arange(len(each)) % GROUPS, GROUPS, size) for each in codes]


def prefix_counts(cells: Cells, places: Places, ends: NDArray[np.intp]) -> Counts:
    """Rows in the cells of columns taken together, among the first rows up to each of the
    ascending ends, of which the last is the number of rows; shape (ends, cells)."""
    code = np.zeros(len(cells), dtype=np.intp)
    for place in places:
        code = code * (1 + int(cells[:, place].max(initial=0))) + cells[:, place]
    part = np.searchsorted(ends, np.arange(len(cells)), side="right")
    return _grouped(code, part, len(ends), 1 + int(code.max(initial=0))).cumsum(axis=0)


def total_variations(real: Counts, other: Counts) -> NDArray[np.float64]:
    """Half the sum of the differences of shares of rows; shape (tables,)."""
    one, two = (each / np.maximum(each.sum(axis=1, keepdims=True), 1) for each in (real, other))
    return np.asarray(np.abs(one - two).sum(axis=1) / 2.0)


def propensity_errors(real: Counts, other: Counts) -> NDArray[np.float64]:
    """The mean squared error of the propensity score (pMSE) of a saturated model: how far the share
    of synthetic rows in a row's cell is from the share of them all, c. Σ(s+o)(s/(s+o) - c)²/N
    (Snoke, Raab, Nowok, Dibben & Slavkovic 2018); shape (tables,)."""
    both = real + other
    rows = both.sum(axis=1, keepdims=True)
    share = other.sum(axis=1, keepdims=True) / rows
    gaps = np.where(both > 0, other / np.maximum(both, 1) - share, 0.0)
    return np.asarray((both * gaps**2).sum(axis=1) / rows[:, 0])


def expected_propensity_errors(real: Counts, other: Counts) -> NDArray[np.float64]:
    """What the pMSE comes to where the other rows are drawn from what the real rows show:
    (k-1) c (1-c)²/N of the k cells that are not empty (Raab, Nowok & Dibben 2021). Where both are
    samples of one distribution it is c (1-c), so twice that for tables of one length;
    shape (tables,)."""
    both = real + other
    rows = both.sum(axis=1)
    share = other.sum(axis=1) / rows
    return np.asarray(((both > 0).sum(axis=1) - 1) * share * (1.0 - share) ** 2 / rows)


def propensity_ratios(real: Counts, other: Counts) -> NDArray[np.float64]:
    """The pMSE beside its expectation (S_pMSE); NaN where there is one cell alone; shape
    (tables,)."""
    expected = expected_propensity_errors(real, other)
    found = propensity_errors(real, other)
    return np.divide(found, expected, out=np.full(len(found), np.nan), where=expected > 0)


def _statistics(counts: Sequence[Counts], statistics: Sequence[Statistic]) -> Counts:
    """Of all rows, then without each of the groups; shape (statistics, 1 + groups)."""
    groups = [np.vstack([np.zeros_like(each[:1]), each]) for each in counts]
    real, other = (each[1:].sum(axis=0) - each for each in groups)
    return np.array([each(real, other) for each in statistics])


def _mean(values: Counts) -> MeanStatistic:
    """Over the combinations that have the statistic; values of shape (combinations, 1 + groups)."""
    known = values[np.isfinite(values).all(axis=1)]
    if not len(known):
        return MeanStatistic(np.nan, None)
    means = known.mean(axis=0)
    return MeanStatistic(float(means[0]), jackknife_interval(float(means[0]), means[1:]))


def _grouped(code: Cells, group: Cells, groups: int, size: int) -> Counts:
    counts = np.bincount(group * size + code, minlength=groups * size)
    return counts.reshape(groups, size).astype(np.float64)
