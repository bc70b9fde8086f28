"""The accumulator of how many children the rows of a parent table have."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from app.engine.evaluation.accumulator import Outcome
from app.engine.evaluation.accumulators.distances import DistanceAccumulator


class ChildrenAccumulator:
    """Counts the children of each parent, and how far these counts are from their distribution.

    Args:
        rows: the column with the number of the parent's row.
        parents: how many rows the parent has.
        distance: the accumulator of the counts, which it finds under its own column's name.
    """

    def __init__(self, rows: str, parents: int, distance: DistanceAccumulator) -> None:
        self.rows = rows
        self.counts = np.zeros(parents, dtype=np.int64)
        self.distance = distance

    def add(self, batch: pa.RecordBatch) -> None:
        known = batch.column(self.rows).drop_null().to_numpy()
        self.counts += np.bincount(known, minlength=len(self.counts))

    def outcomes(self) -> list[Outcome]:
        self.distance.add(pa.record_batch({self.distance.column: self.counts}))
        return self.distance.outcomes()
