"""Rows of Arrow as PostgreSQL's binary COPY stream, column by column and without a Python object
for a value.

https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format": a row is its number of
fields (16 bits), then for each field its length (32 bits, -1 for null) and its bytes, all in
network byte order. Columns of fixed width that stand together become one array of records; a
kernel of Arrow that joins texts row by row then joins everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.sinks.base import TerminalSinkError

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_EPOCH_DAYS = 10_957  # from 1970-01-01 to 2000-01-01
_EPOCH_MICROSECONDS = _EPOCH_DAYS * 86_400_000_000

# A numpy type in network byte order, and the values of all rows or one for all of them.
Slot = tuple[str, NDArray[Any] | int]


@dataclass(frozen=True, slots=True)
class Fixed:
    """How a type of fixed width is written.

    Args:
        name: PostgreSQL's type, as `format_type` spells it.
        dtype: of numpy, in network byte order.
        storage: of Arrow, what the values are kept as.
        shift: added to every value.
    """

    name: str
    dtype: str
    storage: pa.DataType
    shift: int = 0


_FIXED: tuple[tuple[Callable[[pa.DataType], bool], Fixed], ...] = (
    (pa.types.is_boolean, Fixed("boolean", "u1", pa.uint8())),
    (pa.types.is_int8, Fixed("smallint", ">i2", pa.int16())),
    (pa.types.is_uint8, Fixed("smallint", ">i2", pa.int16())),
    (pa.types.is_int16, Fixed("smallint", ">i2", pa.int16())),
    (pa.types.is_uint16, Fixed("integer", ">i4", pa.int32())),
    (pa.types.is_int32, Fixed("integer", ">i4", pa.int32())),
    (pa.types.is_uint32, Fixed("bigint", ">i8", pa.int64())),
    (pa.types.is_int64, Fixed("bigint", ">i8", pa.int64())),
    (pa.types.is_float32, Fixed("real", ">f4", pa.float32())),
    (pa.types.is_float64, Fixed("double precision", ">f8", pa.float64())),
    (pa.types.is_date32, Fixed("date", ">i4", pa.int32(), -_EPOCH_DAYS)),
    (
        lambda kind: kind == pa.timestamp("us"),
        Fixed("timestamp without time zone", ">i8", pa.int64(), -_EPOCH_MICROSECONDS),
    ),
    (
        lambda kind: kind == pa.time64("us"),
        Fixed("time without time zone", ">i8", pa.int64()),
    ),
)


def type_name(kind: pa.DataType) -> str:
    """PostgreSQL's type for one of Arrow. Raises TerminalSinkError where there is none."""
    fixed = _fixed(kind)
    if fixed is not None:
        return fixed.name
    if _is_text(kind) or (pa.types.is_dictionary(kind) and _is_text(kind.value_type)):
        return "text"
    raise TerminalSinkError(f"there is no column type for values of {kind}")


def encode_rows(batch: pa.RecordBatch) -> memoryview:
    """The rows of a batch as a part of the stream, without header and trailer."""
    rows = batch.num_rows
    if not rows:
        return memoryview(b"")
    pieces: list[pa.Array] = []
    waiting: list[Slot] = [(">i2", len(batch.schema))]
    for column in batch.columns:
        slots, array = _field(column)
        waiting += slots
        if array is not None:
            pieces.extend(_packed(waiting, rows))
            pieces.append(array)
            waiting = []
    pieces.extend(_packed(waiting, rows))
    joined = pc.binary_join_element_wise(*pieces, pa.scalar(b"", pa.binary()))
    _, ends, data = joined.buffers()
    return memoryview(data)[: int(np.frombuffer(ends, np.int32)[rows])]


def _field(column: pa.Array) -> tuple[list[Slot], pa.Array | None]:
    """One field of every row: what has a fixed width, then texts; either may be left out."""
    fixed = _fixed(column.type)
    if fixed is not None:
        slots = _value(column, fixed)
        if not column.null_count:
            return slots, None
        (values,) = _packed(slots, len(column))
        return [], pc.if_else(column.is_valid(), values, pa.scalar(_NULL, pa.binary()))
    if pa.types.is_dictionary(column.type):
        return [], _labels(column)
    text = column.cast(pa.string())
    lengths = pc.fill_null(pc.binary_length(text), -1)
    return [(">i4", lengths.to_numpy())], pc.fill_null(text.cast(pa.binary()), b"")


def _value(column: pa.Array, fixed: Fixed) -> list[Slot]:
    """Length and value of every row; whatever stands at a null."""
    storage = pc.fill_null(column.cast(fixed.storage), 0)
    values = storage.to_numpy(zero_copy_only=False)
    if fixed.shift:
        values = values + fixed.shift
    return [(">i4", np.dtype(fixed.dtype).itemsize), (fixed.dtype, values)]


def _labels(column: pa.Array) -> pa.Array:
    """Length and text of every row of a dictionary column: each label is written once."""
    labels = column.dictionary.cast(pa.string()).cast(pa.binary()).to_pylist()
    written = [_NULL if each is None else len(each).to_bytes(4, "big") + each for each in labels]
    return pc.fill_null(pa.array(written, pa.binary()).take(column.indices), _NULL)


def _packed(slots: list[Slot], rows: int) -> list[pa.Array]:
    """Slots side by side as one array of texts; none where there are no slots."""
    if not slots:
        return []
    kinds = [(str(place), kind) for place, (kind, _) in enumerate(slots)]
    records: Any = np.empty(rows, np.dtype(kinds))
    for place, (_, values) in enumerate(slots):
        records[str(place)] = values
    width = records.dtype.itemsize
    ends = np.arange(0, rows * width + 1, width, dtype=np.int32)
    return [
        pa.Array.from_buffers(pa.binary(), rows, [None, pa.py_buffer(ends), pa.py_buffer(records)])
    ]


def _fixed(kind: pa.DataType) -> Fixed | None:
    return next((fixed for fits, fixed in _FIXED if fits(kind)), None)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
