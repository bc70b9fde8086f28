"""Accumulators of how predictable a target is at the best, and of whether it follows its rules."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.evaluation.accumulator import Array, Outcome, numbers
from app.engine.evaluation.target_model import KnownTarget

PROMISED = 0.005
SIGMAS = 4.0
CHANCE = 6.3e-5  # of a normal value 4 standard deviations or more from its mean
LOG_ODDS = 24.0
BINS = 1 << 14
SEGMENT_ROWS = 1_000
MOST_SEGMENTS = 200
SCORE_BINS = 200


class RulesAccumulator:
    """Labels against the probabilities that the rules give their rows.

    Rows are counted by the log-odds of each label in 16,384 even bins, 0.003 wide, so that the
    rows of a bin have the same probability for all that matters. Outcomes: the best possible
    metric, computed from the probabilities of the rows; then the largest deviation of a segment of
    1,000 rows or more from its stated probability, in standard errors.

    Args:
        target_metric: the declared metric; None where there is none and the first outcome is left
        out.
    """

    def __init__(self, target: KnownTarget, metric: str, target_metric: float | None) -> None:
        self.target = target
        self.metric = metric
        self.target_metric = target_metric
        self.rows = 0
        self.likeliest = np.zeros(2)
        shape = (len(target.labels), BINS)
        self.counts, self.expected = np.zeros(shape), np.zeros(shape)
        self.variance, self.found = np.zeros(shape), np.zeros(shape)

    def add(self, batch: pa.RecordBatch) -> None:
        batch = batch.filter(batch.column(self.target.name).is_valid())
        if not batch.num_rows:
            return
        labels = batch.column(self.target.name).cast(pa.string())
        probabilities = self.target.scores(batch)
        self.rows += batch.num_rows
        best = probabilities.max(axis=0)
        self.likeliest += best.sum(), (best * best).sum()
        for number, (label, p) in enumerate(zip(self.target.labels, probabilities, strict=True)):
            own = pc.equal(labels, label).to_numpy(zero_copy_only=False)
            self._count(number, p, np.asarray(own, dtype=np.float64))

    def _count(self, number: int, p: Array, own: Array) -> None:
        bins = _bins(p)
        self.counts[number] += np.bincount(bins, minlength=BINS)
        self.expected[number] += np.bincount(bins, p, BINS)
        self.variance[number] += np.bincount(bins, p * (1.0 - p), BINS)
        self.found[number] += np.bincount(bins, own, BINS)

    def outcomes(self) -> list[Outcome]:
        if not self.rows:
            return [Outcome(None, True)] * (1 if self.target_metric is None else 2)
        rules = self._deviation()
        if self.target_metric is None:
            return [rules]
        return [self._at_target_metric(self.target_metric), rules]

    def _at_target_metric(self, target_metric: float) -> Outcome:
        reached, error = self._accuracy() if self.metric == "accuracy" else self._auc()
        tolerance = max(PROMISED, SIGMAS * error)
        return Outcome(round(reached, 6), abs(reached - target_metric) <= tolerance, tolerance)

    def _accuracy(self) -> tuple[float, float]:
        mean, square = self.likeliest / self.rows
        return float(mean), math.sqrt(max(float(square - mean * mean), 0.0) / self.rows)

    def _auc(self) -> tuple[float, float]:
        """That of the positive label of two, or the mean of each label against the rest."""
        labels = len(self.target.labels)
        wanted = [self.target.positive] if labels == 2 else list(range(labels))
        found = np.array([self._auc_of(number) for number in wanted])
        return float(found[:, 0].mean()), float(found[:, 1].max())

    def _auc_of(self, number: int) -> tuple[float, float]:
        """The metric and its standard error.

        The chance that a positive row lies above a negative one, rows weighted with their
        probabilities. The error is that of a ratio of U-statistics (Hoeffding 1948): the spread of
        what single rows add to it.
        """
        positive = self.expected[number]
        negative = self.counts[number] - positive
        totals = positive.sum(), negative.sum()
        if not min(totals) > 0:
            return 0.5, 0.0
        below = (np.cumsum(negative) - negative / 2) / totals[1]
        above = 1.0 - (np.cumsum(positive) - positive / 2) / totals[0]
        auc = float(positive @ below / totals[0])
        counts = np.maximum(self.counts[number], 1.0)
        share, rest = positive / counts, negative / counts
        added = share * (below - auc) / totals[0] + rest * (above - auc) / totals[1]
        return auc, math.sqrt(float(self.counts[number] @ (added * added)))

    def _deviation(self) -> Outcome:
        size = max(SEGMENT_ROWS, self.rows / MOST_SEGMENTS)
        errors = [
            error
            for number in range(len(self.target.labels))
            for error in self._errors(number, size)
        ]
        worst = max(errors, default=0.0)
        tolerance = _sigmas(len(errors))
        return Outcome(round(worst, 3), worst <= tolerance, tolerance)

    def _errors(self, number: int, size: float) -> list[float]:
        """Neighbouring bins are joined until they hold `size` rows."""
        ends = np.cumsum(self.counts[number])
        segment = np.floor(np.maximum(ends - 1.0, 0.0) / size).astype(np.int64)
        joined = [
            np.bincount(segment, each[number])
            for each in (self.counts, self.expected, self.variance, self.found)
        ]
        _, expected, variance, found = (each[joined[0] >= SEGMENT_ROWS] for each in joined)
        # One row is what whole numbers cost; it also covers segments that are certain.
        apart = np.maximum(np.abs(found - expected) - 1.0, 0.0)
        return list(apart / np.sqrt(np.maximum(variance, 1e-3)))


def _bins(p: Array) -> np.ndarray:
    odds = np.log(np.maximum(p, 1e-300)) - np.log(np.maximum(1.0 - p, 1e-300))
    places = (odds + LOG_ODDS) * (BINS / (2.0 * LOG_ODDS))
    return np.asarray(places.clip(0, BINS - 1).astype(np.int64))


def _sigmas(segments: int) -> float:
    """What the largest of so many normal values exceeds as seldom as one value exceeds 4."""
    from app.engine.special_functions import ndtri

    return float(-ndtri(CHANCE / 2 / max(segments, 1)))


class ExplainedAccumulator:
    """The share of a numeric target's variance that its score explains.

    Rows are grouped by score, at the quantiles of the first batch. The correlation ratio of the
    groups is freed of what as many random groups would explain (Kelley 1935, "An unbiased
    correlation ratio measure"); its standard error is about √(4R²(1 − R²)²/n).
    """

    def __init__(self, target: KnownTarget, target_metric: float) -> None:
        self.target = target
        self.target_metric = target_metric
        self.edges: Array | None = None
        self.sums = np.zeros((3, SCORE_BINS))
        self.centre = 0.0

    def add(self, batch: pa.RecordBatch) -> None:
        y = numbers(batch, self.target.name)
        known = ~np.isnan(y)
        if not known.any():
            return
        score, y = self.target.scores(batch)[0][known], y[known]
        if self.edges is None:
            self.edges = np.unique(np.quantile(score, np.arange(1, SCORE_BINS) / SCORE_BINS))
            self.centre = float(y.mean())
        groups = np.searchsorted(self.edges, score, side="right")
        y = y - self.centre
        for place, weights in enumerate((None, y, y * y)):
            self.sums[place] += np.bincount(groups, weights, SCORE_BINS)

    def outcomes(self) -> list[Outcome]:
        counts, totals, squares = self.sums
        rows = float(counts.sum())
        used = counts > 0
        variance = float(squares.sum() - totals.sum() ** 2 / max(rows, 1.0))
        if rows <= used.sum() or not variance > 0:
            return [Outcome(None, True, PROMISED)]
        within = variance - float((totals[used] ** 2 / counts[used]).sum())
        within += totals.sum() ** 2 / rows
        r2 = 1.0 - within / variance * (rows - 1) / (rows - used.sum())
        error = math.sqrt(4.0 * self.target_metric * (1.0 - self.target_metric) ** 2 / rows)
        tolerance = max(PROMISED, SIGMAS * error)
        return [Outcome(round(r2, 6), abs(r2 - self.target_metric) <= tolerance, tolerance)]
