"""Accumulators of counts: rows, nulls, labels."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.evaluation.accumulator import Outcome, numbers

SIGMAS = 4.0
FEW = 2.0


def share_tolerance(share: float, rows: int, sampling: str) -> float:
    """How far an observed share of `rows` rows may lie from the declared one.

    Exact sampling: counts differ from rows·share by less than 1, so not at all where that is
    whole. Random sampling: four standard deviations of the binomial distribution, and two rows
    more, since the distribution of small counts is not normal.
    """
    if not rows:
        return 0.0
    if sampling == "random":
        return SIGMAS * math.sqrt(share * (1.0 - share) / rows) + FEW / rows
    ideal = share * rows
    return 0.0 if abs(ideal - round(ideal)) < 1e-6 else 1.0 / rows


def share_outcome(count: int, rows: int, share: float, sampling: str) -> Outcome:
    """Whether `count` of `rows` rows is the declared share."""
    tolerance = share_tolerance(share, rows, sampling)
    observed = count / rows if rows else 0.0
    if not rows:
        return Outcome(observed, True, 0.0)
    apart = abs(count - share * rows)
    if sampling == "random":
        return Outcome(observed, apart <= tolerance * rows, tolerance)
    return Outcome(observed, apart < (1.0 - 1e-9 if tolerance else 1e-6), tolerance)


class RowsAccumulator:
    """How many rows there are."""

    def __init__(self, declared: int) -> None:
        self.declared = declared
        self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self.rows += batch.num_rows

    def outcomes(self) -> list[Outcome]:
        return [Outcome(self.rows, self.rows == self.declared)]


class NullsAccumulator:
    """The share of nulls."""

    def __init__(self, column: str, share: float, sampling: str) -> None:
        self.column = column
        self.share = share
        self.sampling = sampling
        self.rows = self.nulls = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self.rows += batch.num_rows
        self.nulls += batch.column(self.column).null_count

    def outcomes(self) -> list[Outcome]:
        return [share_outcome(self.nulls, self.rows, self.share, self.sampling)]


class LabelsAccumulator:
    """The share of each label among the values that are there; then how many have another label.

    Works on labels and on truth values, whose labels are `true` and `false`.
    """

    def __init__(self, column: str, shares: Mapping[str, float], sampling: str) -> None:
        self.column = column
        self.shares = shares
        self.sampling = sampling
        self.counts: Counter[str] = Counter()

    def add(self, batch: pa.RecordBatch) -> None:
        values = batch.column(self.column).cast(pa.string()).drop_null()
        for entry in pc.value_counts(values):
            self.counts[entry["values"].as_py()] += entry["counts"].as_py()

    def outcomes(self) -> list[Outcome]:
        present = sum(self.counts.values())
        shares = [
            share_outcome(self.counts[label], present, share, self.sampling)
            for label, share in self.shares.items()
        ]
        others = sum(n for label, n in self.counts.items() if label not in self.shares)
        return [*shares, Outcome(others, not others)]


class IntervalsAccumulator:
    """The share of the values in each of the intervals that `borders` (ascending) part."""

    def __init__(
        self, column: str, borders: Sequence[float], shares: Sequence[float], sampling: str
    ) -> None:
        self.column = column
        self.borders = np.asarray(borders)
        self.shares = shares
        self.sampling = sampling
        self.counts = np.zeros(len(shares), dtype=np.int64)

    def add(self, batch: pa.RecordBatch) -> None:
        values = numbers(batch, self.column)
        places = np.searchsorted(self.borders, values[~np.isnan(values)])
        self.counts += np.bincount(places, minlength=len(self.counts))

    def outcomes(self) -> list[Outcome]:
        present = int(self.counts.sum())
        return [
            share_outcome(int(count), present, share, self.sampling)
            for count, share in zip(self.counts, self.shares, strict=True)
        ]
