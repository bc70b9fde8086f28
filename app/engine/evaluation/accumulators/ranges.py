"""The accumulator of bounds: the least and the largest value of every row."""

from __future__ import annotations

import math
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.evaluation.accumulator import Json, Outcome

Read = Callable[[pa.Array], pa.Array]


def as_is(values: pa.Array) -> pa.Array:
    return values


class RangeAccumulator:
    """The least and the largest value, which lie between `low` and `high` (None: no bound).

    `read` turns the column into values that compare with the bounds. NaN lies nowhere.
    """

    def __init__(self, column: str, low: Json, high: Json, read: Read = as_is) -> None:
        self.column = column
        self.low, self.high = low, high
        self.read = read
        self.least: Json = None
        self.largest: Json = None
        self.undefined = False

    def add(self, batch: pa.RecordBatch) -> None:
        values = self.read(batch.column(self.column))
        if pa.types.is_floating(values.type):
            self.undefined |= bool(pc.any(pc.is_nan(values)).as_py())
        found = pc.min_max(values).as_py()
        if found["min"] is None:
            return
        self.least = found["min"] if self.least is None else min(self.least, found["min"])
        self.largest = found["max"] if self.largest is None else max(self.largest, found["max"])

    def outcomes(self) -> list[Outcome]:
        inside = self.least is None or (
            (self.low is None or self.low <= self.least)
            and (self.high is None or self.largest <= self.high)
        )
        observed = [written(self.least), written(self.largest)]
        return [Outcome(observed, inside and not self.undefined)]


def written(value: Json) -> Json:
    """A bound as JSON: moments are ISO texts, infinities are None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.isoformat() if hasattr(value, "isoformat") else value
