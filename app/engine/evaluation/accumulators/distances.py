"""The accumulator of a distribution: its Kolmogorov–Smirnov distance to the declared one.

The distance is the largest gap between the share of values below a threshold and the declared
probability, over all thresholds. Values are counted between a fixed set of thresholds, so the
largest gap is known there; between two thresholds it is bounded by what both sides allow. The
bound is what is reported: it is never below the true distance, and above it by no more than the
mass between two thresholds.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from app.engine.evaluation.accumulator import Array, Outcome, numbers
from app.engine.evaluation.marginal_cdf import MarginalCdf

MANY, SOME = 10_000, 1_000
CLOSE, NEAR = 0.005, 0.02
FIVE_PERCENT = 1.36  # Kolmogorov's limit law: exceeded by one sample in twenty
FOUR_SIGMA = 2.28  # exceeded with the probability with which a normal value is 4 sigma off


def distance_tolerance(rows: int, sampling: str) -> float:
    """The promised distance of `rows` values; below 1,000 the usual one of a random sample."""
    if not rows:
        return 1.0
    if sampling == "random":
        return min(1.0, FOUR_SIGMA / math.sqrt(rows))
    if rows >= SOME:
        return CLOSE if rows >= MANY else NEAR
    return min(1.0, FIVE_PERCENT / math.sqrt(rows))


Read = Callable[[pa.RecordBatch, str], Array]


class DistanceAccumulator:
    """`read` gives the column as the numbers whose distribution was declared."""

    def __init__(
        self, column: str, declared: MarginalCdf, sampling: str, read: Read = numbers
    ) -> None:
        self.column = column
        self.declared = declared
        self.sampling = sampling
        self.read = read
        self.counts = np.zeros(len(declared.thresholds) + 1, dtype=np.int64)

    def add(self, batch: pa.RecordBatch) -> None:
        values = self.read(batch, self.column)
        places = np.searchsorted(self.declared.thresholds, values[~np.isnan(values)], side="right")
        self.counts += np.bincount(places, minlength=len(self.counts))

    def outcomes(self) -> list[Outcome]:
        rows = int(self.counts.sum())
        tolerance = distance_tolerance(rows, self.sampling)
        distance = self.distance()
        return [Outcome(round(distance, 9), distance <= tolerance, tolerance)]

    def distance(self) -> float:
        rows = self.counts.sum()
        if not rows:
            return 0.0
        below = np.concatenate([[0.0], np.cumsum(self.counts)[:-1] / rows, [1.0]])
        declared = np.concatenate([[0.0], self.declared.below, [1.0]])
        at_thresholds = np.abs(below - declared).max()
        between = np.maximum(below[1:] - declared[:-1], declared[1:] - below[:-1])
        return float(max(at_thresholds, between[~self.declared.single].max(initial=0.0)))
