"""Accumulators of correlations: Pearson's from moments, Spearman's from a table of counts."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.evaluation.accumulator import Array, Outcome

PROMISED_FROM = 5_000
NEAR = 0.02
SIGMAS = 4.0
BINS = 512
# Fewer rows correlate with nothing; and what rounding leaves of a correlation of 0.
MEANINGFUL, NOTHING = 2, 1e-12

Series = Callable[[pa.RecordBatch], Array]
"""Numbers of the rows of a batch, NaN where there is none, shape (rows,)."""


def correlation_tolerance(declared: float, rows: int, sampling: str) -> float:
    """0.02 from 5,000 rows on; else four standard errors of a sample's correlation, about
    (1 - r²)/√n for values near the normal distribution and at most 1/√n for labels."""
    if sampling == "exact" and rows >= PROMISED_FROM:
        return NEAR
    spread = 1.0 if sampling == "random" else 1.0 - declared**2
    return max(NEAR, min(2.0, SIGMAS * spread / math.sqrt(max(rows, 1))))


def correlation_outcome(
    observed: float | None, declared: float, rows: int, sampling: str
) -> Outcome:
    tolerance = correlation_tolerance(declared, rows, sampling)
    if observed is None:
        return Outcome(None, rows < PROMISED_FROM, tolerance)
    return Outcome(round(observed, 6), abs(observed - declared) <= tolerance, tolerance)


class PearsonAccumulator:
    """Pearson's correlation over the rows where both series have a number.

    Moments about the mean are merged batch by batch (Chan, Golub and LeVeque 1979, "Updating
    formulae and a pairwise algorithm for computing sample variances"), so that large means cost
    no digits.
    """

    def __init__(self, x: Series, y: Series, declared: float, sampling: str) -> None:
        self.x, self.y = x, y
        self.declared, self.sampling = declared, sampling
        self.rows = 0
        self.means = np.zeros(2)
        self.products = np.zeros((2, 2))

    def add(self, batch: pa.RecordBatch) -> None:
        pair = np.array([self.x(batch), self.y(batch)])
        pair = pair[:, ~np.isnan(pair).any(axis=0)]
        added = pair.shape[1]
        if not added:
            return
        means = pair.mean(axis=1)
        apart = pair - means[:, None]
        shift = means - self.means
        total = self.rows + added
        self.products += apart @ apart.T + np.outer(shift, shift) * (self.rows * added / total)
        self.means += shift * (added / total)
        self.rows = total

    def correlation(self) -> float | None:
        """None where one of the series is constant."""
        scale = math.sqrt(float(self.products[0, 0] * self.products[1, 1]))
        return float(self.products[0, 1]) / scale if scale > 0 else None

    def outcomes(self) -> list[Outcome]:
        return [correlation_outcome(self.correlation(), self.declared, self.rows, self.sampling)]


class SignAccumulator(PearsonAccumulator):
    """Which way two series go together, whatever the number of rows."""

    def outcomes(self) -> list[Outcome]:
        wanted, observed = sign_name(self.declared), sign_name(self.correlation())
        return [Outcome(observed, self.rows < MEANINGFUL or observed == wanted, 0.0)]


def sign_name(correlation: float | None) -> str | None:
    """In words; None where there is no correlation to speak of."""
    if correlation is None or abs(correlation) < NOTHING:
        return None
    return "positive" if correlation > 0 else "negative"


class SpearmanAccumulator:
    """Spearman's correlation: Pearson's of the mid-ranks.

    Rows are counted in a table of `edges` by `edges`; values that share a cell share its mid-rank.
    With 512 cells of equal mass that costs the correlation a part in 10⁵; values of few different
    kinds have cells of their own and lose nothing.

    Args:
        edges: for each series the ascending upper ends of its cells; a last cell is open.
    """

    def __init__(
        self, x: Series, y: Series, edges: tuple[Array, Array], declared: float, sampling: str
    ) -> None:
        self.x, self.y = x, y
        self.edges = edges
        self.declared, self.sampling = declared, sampling
        self.counts: NDArray[np.int64] = np.zeros(
            (len(edges[0]) + 1, len(edges[1]) + 1), dtype=np.int64
        )

    def add(self, batch: pa.RecordBatch) -> None:
        x, y = self.x(batch), self.y(batch)
        known = ~(np.isnan(x) | np.isnan(y))
        rows = np.searchsorted(self.edges[0], x[known], side="left")
        columns = np.searchsorted(self.edges[1], y[known], side="left")
        cells = rows * self.counts.shape[1] + columns
        self.counts += np.bincount(cells, minlength=self.counts.size).reshape(self.counts.shape)

    def correlation(self) -> float | None:
        total = int(self.counts.sum())
        if not total:
            return None
        x, y = self.counts.sum(axis=1), self.counts.sum(axis=0)
        ranks_x, ranks_y = _centred_ranks(x), _centred_ranks(y)
        scale = math.sqrt(float(x @ ranks_x**2) * float(y @ ranks_y**2))
        return float(ranks_x @ self.counts @ ranks_y) / scale if scale > 0 else None

    def outcomes(self) -> list[Outcome]:
        rows = int(self.counts.sum())
        return [correlation_outcome(self.correlation(), self.declared, rows, self.sampling)]


def _centred_ranks(counts: NDArray[np.int64]) -> Array:
    """Mid-rank of each cell as a share of all rows, the middle rank being 0."""
    total = counts.sum()
    return np.asarray((np.cumsum(counts) - counts / 2.0 - total / 2.0) / total)


def rank_edges(values: Array, weights: Array) -> Array:
    """Ends of at most BINS cells of about equal mass, none of which splits a value.

    Args:
        values: the possible values, ascending, shape (points,).
        weights: their shares, summing to 1, shape (points,).
    """
    if len(values) <= BINS:
        return values
    cells = np.minimum((np.cumsum(weights) * BINS).astype(np.int64), BINS - 1)
    last = np.append(np.diff(cells) > 0, True)
    return values[last]
