"""The accumulator of places in ranges that differ from row to row.

By the probability integral transform the declared law makes the same of every range: a place
stands for a piece of probability, and the pieces of all rows together lie evenly over 0..1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from app.engine.evaluation.accumulator import Array, Outcome
from app.engine.evaluation.accumulators.distances import distance_tolerance
from app.engine.evaluation.marginal_cdf import Cdf
from app.engine.generators.numbers.places import share_before

THRESHOLDS = 256

Read = Callable[[pa.RecordBatch], tuple[Array, Array]]


class PositionAccumulator:
    """`read` gives the step of each row in its range and the steps that the range has, NaN where
    there is none; `declared` is the law over 0..1."""

    def __init__(self, read: Read, declared: Cdf, sampling: str) -> None:
        self.read = read
        self.declared = declared
        self.sampling = sampling
        self.rows = 0
        self.thresholds = np.arange(1, THRESHOLDS) / THRESHOLDS
        self.below = np.zeros(THRESHOLDS - 1)

    def add(self, batch: pa.RecordBatch) -> None:
        steps, ranges = self.read(batch)
        known = ~(np.isnan(steps) | np.isnan(ranges))
        steps, ranges = steps[known], ranges[known]
        low = np.where(steps <= 0, 0.0, self.declared(share_before(steps, ranges)))
        high = np.where(steps >= ranges - 1, 1.0, self.declared(share_before(steps + 1, ranges)))
        width = np.maximum(high - low, 1e-12)
        self.rows += len(steps)
        self.below += [np.clip((each - low) / width, 0.0, 1.0).sum() for each in self.thresholds]

    def outcomes(self) -> list[Outcome]:
        distance = 0.0
        if self.rows:
            distance = float(np.abs(self.below / self.rows - self.thresholds).max())
        tolerance = distance_tolerance(self.rows, self.sampling)
        return [Outcome(round(distance, 9), distance <= tolerance, tolerance)]
