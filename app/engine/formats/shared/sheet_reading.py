"""Spreadsheets read back: every sheet in order, the first row of each being the header."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.formats.shared.base import BATCH_ROWS


def sheet_batches(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of a workbook (xlsx or ods) whose sheets are the parts of one table.

    A sheet is in memory as a whole; an empty text is read as null, since cells cannot tell.

    Raises:
        ValueError: where the file is no such workbook.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            for name in book.sheet_names:
                yield from _rows_of(book.get_sheet_by_name(name).iter_rows(), schema)
    except CalamineError as error:
        raise ValueError(str(error)) from error


def _rows_of(rows: Iterator[Sequence[Any]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    header = tuple(map(str, next(rows, ())))
    if not header:
        return
    named = pa.schema([schema.field(column) for column in header])
    while block := list(islice(rows, BATCH_ROWS)):
        yield _batch(block, named)


def _batch(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    width = len(schema)
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    columns = [
        pa.array([None if cell == "" else _value(cell, field.type) for cell in cells], field.type)
        for field, cells in zip(schema, zip(*padded, strict=True), strict=True)
    ]
    return pa.record_batch(columns, schema=schema)


def _value(cell: Any, kind: pa.DataType) -> Any:
    for is_kind, read in _KINDS:
        if is_kind(kind):
            return read(cell)
    return cell


def _whole(cell: Any) -> int:
    number = float(cell) if not isinstance(cell, int) else cell
    if number != int(number):
        raise ValueError(f"{cell!r} is no whole number")
    return int(number)


def _truth(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    text = str(cell).lower()
    if text not in {"true", "false"}:
        raise ValueError(f"{cell!r} is neither true nor false")
    return text == "true"


def _date(cell: Any) -> dt.date:
    if isinstance(cell, dt.datetime):
        return cell.date()
    return cell if isinstance(cell, dt.date) else dt.date.fromisoformat(str(cell))


def _datetime(cell: Any) -> dt.datetime:
    if isinstance(cell, dt.datetime):
        return cell
    if isinstance(cell, dt.date):
        return dt.datetime.combine(cell, dt.time())
    return dt.datetime.fromisoformat(str(cell))


def _time(cell: Any) -> dt.time:
    if isinstance(cell, dt.time):
        return cell
    if isinstance(cell, dt.timedelta):
        return (dt.datetime.min + cell).time()
    if isinstance(cell, float):
        return (dt.datetime.min + dt.timedelta(days=cell)).time()
    return dt.time.fromisoformat(str(cell))


_KINDS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[Any], Any]], ...] = (
    (pa.types.is_integer, _whole),
    (pa.types.is_floating, float),
    (pa.types.is_boolean, _truth),
    (pa.types.is_date, _date),
    (pa.types.is_timestamp, _datetime),
    (pa.types.is_time, _time),
    (pa.types.is_string, str),
)
