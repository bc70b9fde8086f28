"""Accumulators of the rows that refer to each row of a parent: how many, and their numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.evaluation.accumulator import Array, Outcome
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


class _Counting:
    """Counts the rows that refer to each row of the parent.

    Args:
        rows: the column with the number of the parent's row.
        parents: how many rows the parent has.
    """

    def __init__(self, rows: str, parents: int) -> None:
        self.rows = rows
        self.counts = np.zeros(parents, dtype=np.int64)

    def count(self, batch: pa.RecordBatch) -> None:
        known = batch.column(self.rows).drop_null().to_numpy()
        self.counts += np.bincount(known, minlength=len(self.counts))


class WeightsAccumulator(_Counting):
    """How far a parent's rows are from what its weight gives it.

    Args:
        expected: gives the rows of every parent by its weight, shape (parents,).
        sampling: exact: they differ by less than 1. random: the rows of a parent are binomially
            distributed, and the most that any of the parents may differ by has a chance of about
            1 in 30,000 to be exceeded (a Gaussian bound, and two rows more for small counts).
    """

    def __init__(
        self, rows: str, parents: int, expected: Callable[[], Array], sampling: str
    ) -> None:
        super().__init__(rows, parents)
        self.expected, self.sampling = expected, sampling

    def add(self, batch: pa.RecordBatch) -> None:
        self.count(batch)

    def outcomes(self) -> list[Outcome]:
        if not len(self.counts):
            return [Outcome(0.0, True, 1.0)]
        expected = self.expected()
        apart = np.abs(self.counts - expected)
        farthest = int(apart.argmax())
        if self.sampling == "exact":
            return [Outcome(float(apart[farthest]), bool(apart[farthest] < 1 + 1e-6), 1.0)]
        sigmas = 4.0 + np.sqrt(2.0 * np.log(len(expected)))
        allowed = sigmas * np.sqrt(expected) + 2.0
        holds = bool((apart <= allowed).all())
        return [Outcome(float(apart[farthest]), holds, float(allowed[farthest]))]


class LineNumbersAccumulator(_Counting):
    """How many parents have rows that are not numbered from `start` on, each number once.

    Their count, sum, sum of squares, least and largest say so.
    """

    def __init__(self, rows: str, column: str, parents: int, start: int) -> None:
        super().__init__(rows, parents)
        self.column, self.start, self.lost = column, start, 0
        self.sums = np.zeros(parents, dtype=np.int64)
        self.squares = np.zeros(parents, dtype=np.int64)
        self.most = np.zeros(parents, dtype=np.int64)
        self.least = np.full(parents, np.iinfo(np.int64).max)

    def add(self, batch: pa.RecordBatch) -> None:
        self.count(batch)
        rows, lines = batch.column(self.rows), batch.column(self.column)
        known = np.asarray(rows.is_valid())
        self.lost += int((known != np.asarray(lines.is_valid())).sum())
        both: NDArray[np.bool_] = known & np.asarray(lines.is_valid())
        parents = rows.filter(pa.array(both)).to_numpy()
        places = lines.filter(pa.array(both)).to_numpy() - self.start + 1
        np.add.at(self.sums, parents, places)
        np.add.at(self.squares, parents, places * places)
        np.maximum.at(self.most, parents, places)
        np.minimum.at(self.least, parents, places)

    def outcomes(self) -> list[Outcome]:
        n = self.counts
        broken = (self.sums != n * (n + 1) // 2) | (self.most != n)
        broken |= self.squares != n * (n + 1) * (2 * n + 1) // 6
        broken |= (n > 0) & (self.least != 1)
        found = int(broken.sum()) + self.lost
        return [Outcome(found, not found)]
