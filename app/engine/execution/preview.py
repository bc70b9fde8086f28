"""The first rows of a table, without files or processes."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from app.engine.plan.plan import Plan, TablePlan


# Rows that are read at once: texts may be of any length.
STEP = 8


def preview(plan: Plan, rows: int, table: str | None = None) -> list[dict[str, Any]]:
    """The first rows of a table (the first table by default) as JSON records.

    They are the rows that every run of the plan begins with.
    """
    return list(first_rows(plan.table(table) if table is not None else plan.tables[0], rows))


def first_rows(table: TablePlan, rows: int) -> Iterator[dict[str, Any]]:
    """As `preview`, row by row."""
    left = rows
    for number in range(table.blocks):
        if left <= 0:
            return
        block = table.block(number).slice(0, left)
        left -= block.num_rows
        for first in range(0, block.num_rows, STEP):
            yield from records(block.slice(first, STEP))


def records(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Rows as JSON-ready records: moments in ISO 8601, nulls and numbers JSON lacks as None."""
    columns = [map(_json_value, column.to_pylist()) for column in batch.columns]
    return [dict(zip(batch.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _json_value(value: Any) -> Any:
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
