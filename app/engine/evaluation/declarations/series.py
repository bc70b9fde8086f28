"""Columns as the numbers that are correlated."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.evaluation.accumulator import Array, numbers
from app.engine.evaluation.accumulators.correlations import Series
from app.engine.schema.models import Bucket


def values(name: str) -> Series:
    """The numbers of a column."""
    return lambda batch: numbers(batch, name)


def membership(name: str, label: str) -> Series:
    """1 where a column (of labels or truth values) is `label`, 0 where it is not."""

    def inside(batch: pa.RecordBatch) -> Array:
        found = pc.equal(batch.column(name).cast(pa.string()), label).cast(pa.float64())
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.float64)

    return inside


def bucket_membership(name: str, buckets: tuple[Bucket, ...], part: int) -> Series:
    """1 where a number lies in the region of bucket `part`: within mean ± std, and in units of
    std nearer to its mean than to that of any other bucket."""

    def inside(batch: pa.RecordBatch) -> Array:
        x = numbers(batch, name)
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = np.array([np.abs(x - b.mean) / b.std for b in buckets])
        apart = np.where(np.isnan(apart), 0.0, apart)
        mine = (apart.argmin(axis=0) == part) & (apart[part] <= 1.0)
        return np.where(np.isnan(x), np.nan, mine)

    return inside
