"""The accumulator of segments: what the target is on average in the rows of each rule."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from app.engine.evaluation.accumulator import Outcome
from app.engine.evaluation.accumulators.correlations import Series
from app.engine.expressions import Expression

SIGMAS = 4.0


def segment_tolerance(share: float, rows: int) -> float:
    """Four standard errors of the share of `rows` rows, and one row more."""
    if not rows:
        return 0.0
    return (SIGMAS * math.sqrt(share * (1.0 - share) * rows) + 1.0) / rows


class SegmentsAccumulator:
    """The mean of a series in each segment.

    Args:
        conditions: a row belongs to the first that it fulfils.
        wanted: for each outcome the number of its condition, the series and its declared mean.
            Means of series of other values than 0 and 1 get four of their own standard errors.
    """

    def __init__(
        self, conditions: Sequence[Expression], wanted: Sequence[tuple[int, Series, float]]
    ) -> None:
        self.conditions = conditions
        self.wanted = wanted
        self.sums = np.zeros((len(wanted), 3))

    def add(self, batch: pa.RecordBatch) -> None:
        taken = np.zeros(batch.num_rows, dtype=bool)
        segments = []
        for condition in self.conditions:
            columns = {name: batch.column(name) for name in condition.columns}
            inside = condition.mask(columns, batch.num_rows) & ~taken
            taken |= inside
            segments.append(inside)
        for place, (number, series, _) in enumerate(self.wanted):
            values = series(batch)[segments[number]]
            values = values[~np.isnan(values)]
            self.sums[place] += len(values), values.sum(), (values * values).sum()

    def outcomes(self) -> list[Outcome]:
        return [
            self._outcome(declared, *map(float, sums))
            for (_, _, declared), sums in zip(self.wanted, self.sums, strict=True)
        ]

    @staticmethod
    def _outcome(declared: float, rows: float, total: float, squares: float) -> Outcome:
        if not rows:
            return Outcome(None, True)
        mean = total / rows
        if squares == total:
            tolerance = segment_tolerance(declared, int(rows))
        else:
            variance = max(squares / rows - mean * mean, 0.0)
            tolerance = SIGMAS * math.sqrt(variance / rows)
        return Outcome(round(mean, 9), abs(mean - declared) <= tolerance, tolerance)
