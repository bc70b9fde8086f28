"""What every accumulator is: fed with the batches of a table, asked at the end what it saw.

An accumulator keeps a few numbers, whatever the length of the table; the one exception is
uniqueness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Array = NDArray[np.float64]
Json = Any
"""A value that JSON can hold."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was observed of one fact.

    Args:
        tolerance: how far from the declared value the observed one may lie.
    """

    observed: Json
    holds: bool
    tolerance: float = 0.0


class Accumulator(Protocol):
    def add(self, batch: pa.RecordBatch) -> None:
        """Take in the next rows of the table, in their order; a batch has every column that the
        accumulator reads, under its name."""
        ...

    def outcomes(self) -> list[Outcome]:
        """One outcome for each fact that the accumulator is for, in their order."""
        ...


def numbers(batch: pa.RecordBatch, name: str) -> Array:
    """A column as numbers, NaN where null: true is 1, dates are days, datetimes and times are
    seconds (since the epoch, since midnight). Shape (rows,)."""
    column = batch.column(name)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    elif pa.types.is_date(column.type):
        column = column.cast(pa.int32())
    elif pa.types.is_temporal(column.type):
        seconds = column.cast(pa.int64()).cast(pa.float64())
        return np.asarray(seconds.to_numpy(zero_copy_only=False), dtype=np.float64) / 1e6
    values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)
