"""The values that may be drawn of a declared column: its labels, or any step of its bins."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from app.engine.privacy.domain import ColumnDomain, Labels, Numbers, Scale
from app.engine.synthesizers.table import Kind
from app.engine.synthesizers.values import FEATURE_BINS, ColumnValues


def domain_values(column: ColumnDomain) -> ColumnValues:
    """Labels as texts; numbers between the first and the last step of a bin, evenly."""
    return _labels(column) if isinstance(column, Labels) else _numbers(column)


def _labels(column: Labels) -> ColumnValues:
    starts = np.arange(len(column.labels), dtype=np.int32)
    values = pa.array(column.labels, pa.string())
    counts = np.ones(len(starts), np.int64)
    return ColumnValues(
        column.name, Kind.LABEL, pa.string(), values, counts, starts, starts[:FEATURE_BINS],
        column.missing, is_continuous=False,
    )  # fmt: skip


def _numbers(column: Numbers) -> ColumnValues:
    """Each bin has its two ends as values, or its only step; a step between is drawn evenly."""
    ends = [sorted({start, end}) for start, end in zip(column.starts, column.ends, strict=True)]
    steps = np.array([step for pair in ends for step in pair], np.int64)
    sizes = np.array([len(pair) for pair in ends])
    starts = (np.cumsum(sizes) - sizes).astype(np.int32)
    values = _cells(column, steps)
    counts = np.ones(len(steps), np.int64)
    features = starts[:: -(-len(starts) // FEATURE_BINS)]
    return ColumnValues(
        column.name, Kind.NUMBER, values.type, values, counts, starts, features, column.missing,
        is_continuous=True,
    )  # fmt: skip


def _cells(column: Numbers, steps: np.ndarray) -> pa.Array:
    if column.scale is Scale.DAY:
        return pa.array(steps.astype(np.int32), pa.int32()).cast(pa.date32())
    if column.decimals == 0:
        return pa.array(steps, pa.int64())
    return pa.array(np.round(steps / 10.0**column.decimals, column.decimals))
