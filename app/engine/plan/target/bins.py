"""Bins: the pieces into which a column's values fall as far as the target is concerned.

A column of numbers is cut at thresholds, a column of labels by its labels. Nulls are a bin of
their own, the last one.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.generators.arranging.marginals import LabelMarginal, NumberMarginal, numeric_values
from app.engine.generators.categories import typed_labels
from app.engine.schema.models import Bucket, LabelKind

Array = NDArray[np.float64]
Codes = NDArray[np.int16]

EQUAL_BINS = 8
FINE_BINS = 24
WHOLE_BOUND = 2.0**62


@dataclass(frozen=True, slots=True)
class Edge:
    """A cut: values from `value` on (above it where `after`) lie on its upper side."""

    value: float
    after: bool = False

    @property
    def threshold(self) -> float:
        return math.nextafter(self.value, math.inf) if self.after else self.value


@dataclass(frozen=True, slots=True)
class NumberBins:
    """Numbers cut at `edges` (ascending); interval i belongs to bin `owner[i]`.

    Args:
        unit: what one step of the thresholds is in the column's own storage (microseconds).
        whole: whether the values are whole, which shows in texts.
        rest: the bin of everything outside of all buckets; -1 where there is none.
    """

    edges: tuple[Edge, ...]
    owner: tuple[int, ...]
    count: int
    unit: int = 1
    whole: bool = False
    type: pa.DataType = pa.float64()  # noqa: RUF009
    rest: int = -1

    def codes(self, column: pa.Array) -> Codes:
        """Bin of each value, shape (rows,); `count` for nulls."""
        found = _intervals(
            numeric_values(column), [edge.threshold * self.unit for edge in self.edges]
        )
        if self.owner != tuple(range(len(self.owner))):
            found = np.asarray(self.owner, dtype=np.int16).take(found)
        if column.null_count:
            found[column.is_null().to_numpy(zero_copy_only=False)] = self.count
        return found

    def intervals(self, code: int) -> list[tuple[Edge | None, Edge | None]]:
        """The intervals of a bin by their ends, neighbours joined."""
        ends = (None, *self.edges, None)
        found: list[tuple[Edge | None, Edge | None]] = []
        for place, owner in enumerate(self.owner):
            if owner != code:
                continue
            joins = place and self.owner[place - 1] == code
            low = found.pop()[0] if joins else ends[place]
            found.append((low, ends[place + 1]))
        return found


@dataclass(frozen=True, slots=True)
class LabelBins:
    """Each label a bin of its own, in the order of the column's dictionary; `kind` is what the
    labels are."""

    labels: tuple[str, ...]
    kind: LabelKind = "text"

    @property
    def count(self) -> int:
        return len(self.labels)

    def codes(self, column: pa.Array) -> Codes:
        """Bin of each value, shape (rows,); `count` for nulls."""
        if not pa.types.is_dictionary(column.type):
            values = typed_labels(self.labels, column.type)
            codes = pc.index_in(column, value_set=values).fill_null(self.count)
            return np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int16)
        known = {label: code for code, label in enumerate(self.labels)}
        order = [known[label] for label in column.dictionary.to_pylist()]
        indices = column.indices
        plain = indices.fill_null(0) if indices.null_count else indices
        found = np.asarray(order or [0], dtype=np.int16).take(plain.to_numpy())
        if indices.null_count:
            found[indices.is_null().to_numpy(zero_copy_only=False)] = self.count
        return found


Bins = NumberBins | LabelBins


def _intervals(values: NDArray[Any], thresholds: list[float]) -> Codes:
    """How many of the thresholds each value has reached."""
    if values.dtype.kind == "i":
        # Compared with a fraction, every number would be converted first, for each threshold.
        thresholds = [math.ceil(t) if abs(t) < WHOLE_BOUND else t for t in thresholds]
    narrow = np.int8 if len(thresholds) <= np.iinfo(np.int8).max else np.int16
    found: NDArray[Any] = np.zeros(len(values), dtype=narrow)
    for threshold in thresholds:
        np.add(found, (values >= threshold).view(np.int8), out=found)
    return found.astype(np.int16)


def region_edges(buckets: Sequence[Bucket], low: float, high: float) -> list[Edge]:
    """Where the owner of a value may change: ends of regions, and where two are equally near."""
    edges: list[Edge] = []
    for bucket in buckets:
        first, last = region(bucket, low, high)
        if first <= last:
            edges += [Edge(first), Edge(last, after=True)]
    for i, a in enumerate(buckets):
        for b in buckets[i + 1 :]:
            edges += [Edge(x) for x in _equally_near(a, b)]
    return edges


def region(bucket: Bucket, low: float, high: float) -> tuple[float, float]:
    """Mean ± std, cut to [low, high]; empty where the first end is above the second."""
    return max(bucket.mean - bucket.std, low), min(bucket.mean + bucket.std, high)


def _equally_near(a: Bucket, b: Bucket) -> list[float]:
    """Values as many standard deviations from `a` as from `b`, inside both regions."""
    total, difference = a.std + b.std, a.std - b.std
    points = [(a.mean * b.std + b.mean * a.std) / total] if total else []
    if difference:
        points.append((b.mean * a.std - a.mean * b.std) / difference)
    return [x for x in points if abs(x - a.mean) <= a.std and abs(x - b.mean) <= b.std]


def owner_of(value: float, buckets: Sequence[Bucket], low: float, high: float) -> int:
    """Number of the bucket whose region has the value, the nearer mean in units of std winning;
    -1 where none has."""
    best, distance = -1, math.inf
    for number, bucket in enumerate(buckets):
        first, last = region(bucket, low, high)
        if first <= value <= last:
            away = abs(value - bucket.mean) / max(bucket.std, 1e-300)
            best, distance = (number, away) if away < distance else (best, distance)
    return best


def quantile_edges(marginal: NumberMarginal, shares: Sequence[float]) -> list[Edge]:
    """Cuts at the column's quantiles: equal shares, and those given (the target's own), which
    replace the nearest of the equal ones."""
    if len(marginal.values) <= EQUAL_BINS:
        return [Edge(float(value)) for value in marginal.values[1:]]
    wanted = [k / EQUAL_BINS for k in range(1, EQUAL_BINS)]
    for share in shares:
        wanted = [q for q in wanted if abs(q - share) > 0.5 / EQUAL_BINS] + [share]
    cumulative = np.cumsum(marginal.weights)
    places = np.searchsorted(cumulative, np.asarray(sorted(wanted)) - 1e-9) + 1
    places = places[places < len(marginal.values)]
    return [_readable(marginal, int(place)) for place in places]


def fine_edges(marginal: NumberMarginal, shares: Sequence[float]) -> list[Edge]:
    """Cuts that lose the least of the column's variance (the density of cuts is that of the values
    to the power of 1/3; Panter & Dite 1951), and those at the given quantiles."""
    if len(marginal.values) <= FINE_BINS:
        return [Edge(float(value)) for value in marginal.values[1:]]
    crowd = np.cumsum(np.cbrt(marginal.weights * np.gradient(marginal.values) ** 2))
    even = np.arange(1, FINE_BINS) / FINE_BINS * crowd[-1]
    given = np.searchsorted(np.cumsum(marginal.weights), np.asarray(shares) - 1e-9) + 1
    places = np.unique(np.append(np.searchsorted(crowd, even), given)).astype(np.intp)
    places = places[(places > 0) & (places < len(marginal.values))]
    return [_readable(marginal, int(place)) for place in places]


def _readable(marginal: NumberMarginal, place: int) -> Edge:
    """A cut between two values next to each other, of as few digits as tell them apart to a
    hundredth of the spread."""
    above, below = float(marginal.values[place]), float(marginal.values[place - 1])
    spread = float(marginal.values[-1] - marginal.values[0])
    for digits in range(-12, 16):
        middle = round((above + below) / 2, digits)
        if below < middle <= above or abs(middle - above) <= 0.0005 * spread:
            return Edge(middle)
    return Edge(above)


def number_bins(
    edges: Sequence[Edge], buckets: Sequence[Bucket], bounds: tuple[float, float], merge: bool
) -> tuple[tuple[Edge, ...], tuple[int, ...], list[int]]:
    """Sorted edges, the bin of each interval, and the bucket of each bin (-1: none).

    With `merge`, intervals that belong to no bucket, or to the same one, are one bin.
    """
    cuts = sorted(set(edges), key=lambda edge: edge.threshold)
    points = [cut.threshold for cut in cuts]
    cuts = [cut for i, cut in enumerate(cuts) if i == 0 or points[i] > points[i - 1]]
    owners = [owner_of(value, buckets, *bounds) for value in _inside(cuts)]
    if not merge:
        return tuple(cuts), tuple(range(len(owners))), owners
    distinct = [number for number in (*range(len(buckets)), -1) if number in owners]
    return tuple(cuts), tuple(distinct.index(owner) for owner in owners), distinct


def _inside(cuts: Sequence[Edge]) -> list[float]:
    """A value inside each interval."""
    if not cuts:
        return [0.0]
    points = [cut.threshold for cut in cuts]
    between = [(a + b) / 2 if math.nextafter(a, b) < b else a for a, b in pairwise(points)]
    return [points[0] - 1.0, *between, points[-1] + 1.0]


def bin_shares(bins: Bins, marginal: NumberMarginal | LabelMarginal) -> Array:
    """Share of each bin in the population, nulls last, shape (bins + 1,); sums to 1."""
    present = 1.0 - marginal.missing
    if isinstance(marginal, LabelMarginal):
        return np.append(marginal.weights * present, marginal.missing)
    return np.append(
        np.bincount(support_bins(bins, marginal), marginal.weights * present, bins.count),
        marginal.missing,
    )


def support_bins(bins: Bins, marginal: NumberMarginal) -> NDArray[np.intp]:
    """Bin of each value of the population, shape (values,)."""
    assert isinstance(bins, NumberBins)
    thresholds = np.array([edge.threshold for edge in bins.edges])
    places = np.searchsorted(thresholds, marginal.values, side="right")
    return np.asarray(bins.owner, dtype=np.intp)[places]


def moment_text(steps: float, type_: pa.DataType) -> str:
    """A threshold of a moment column (days or seconds since the epoch) as a quoted ISO text."""
    if pa.types.is_date(type_):
        day = datetime.date(1970, 1, 1) + datetime.timedelta(days=math.ceil(steps))
        return f"'{day.isoformat()}'"
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=math.ceil(steps))
    return f"'{moment.time() if pa.types.is_time(type_) else moment}'"
