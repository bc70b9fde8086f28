"""A table as CRM Analytics takes it: metadata in JSON, rows as one gzip file of CSV in parts.

After Salesforce's "External Data Metadata Format Reference".
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from app.sinks.base import DeliveryAttempt, SinkFile
from app.sinks.tables import read_schema, read_slices

PART = 9_500_000  # bytes; a part must be smaller than 10 MB
NAME = 40  # characters of a field's name
ALIAS = 80  # characters of a dataset's alias
PRECISION, SCALE = 18, 6  # digits of a number, and how many of them are decimals
_GZIP = 31  # window of zlib, with gzip's own header, which holds no time


def alias_of(name: str, length: int = ALIAS) -> str:
    """A name in the letters that Salesforce allows: ASCII letters, digits and single
    underscores, a letter first, no underscore last."""
    plain = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9]", "_", name)).strip("_")
    if not plain[:1].isalpha():
        plain = f"X_{plain}".rstrip("_")
    return plain[:length].rstrip("_")


def metadata(file: SinkFile, alias: str, label: str) -> dict[str, Any]:
    """What the columns of a typed file are."""
    schema = read_schema(file)
    return {
        "fileFormat": {
            "charsetName": "UTF-8",
            "fieldsDelimitedBy": ",",
            "fieldsEnclosedBy": '"',
            "numberOfLinesToIgnore": 1,
        },
        "objects": [
            {
                "connector": "CSV",
                "fullyQualifiedName": alias,
                "label": label,
                "name": alias,
                "fields": [
                    {
                        "fullyQualifiedName": f"{alias}.{name}",
                        "name": name,
                        "label": column.name,
                        **_kind(column.type),
                    }
                    for name, column in zip(_names(schema), schema, strict=True)
                ],
            }
        ],
    }


def csv_parts(file: SinkFile, attempt: DeliveryAttempt) -> Iterator[bytes]:
    """The rows as CSV with a header, compressed as a whole and then cut.

    The same file gives the same parts. Raises Stopped, OSError.
    """
    squeeze = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    waiting = bytearray()
    for text in _csv(file, attempt):
        waiting += squeeze.compress(text)
        while len(waiting) > PART:
            yield bytes(waiting[:PART])
            del waiting[:PART]
    waiting += squeeze.flush()
    for start in range(0, len(waiting), PART):
        yield bytes(waiting[start : start + PART])


def _csv(file: SinkFile, attempt: DeliveryAttempt) -> Iterator[bytes]:
    schema = _written(read_schema(file))
    buffer = io.BytesIO()
    with pyarrow.csv.CSVWriter(buffer, schema) as writer:
        for batch in read_slices(file, attempt):
            columns = map(_cast, batch.columns, schema.types)
            writer.write_batch(pa.record_batch(list(columns), schema=schema))
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        column = pc.floor_temporal(column, unit="second")
    return column.cast(kind)


def _written(schema: pa.Schema) -> pa.Schema:
    """The types that are written: moments to the second, labels and times as texts."""
    return pa.schema([(column.name, _as_written(column.type)) for column in schema])


def _as_written(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("s")
    if pa.types.is_dictionary(kind) or pa.types.is_time(kind):
        return pa.string()
    return kind


def _kind(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_integer(kind):
        return {"type": "Numeric", "precision": PRECISION, "scale": 0, "defaultValue": "0"}
    if pa.types.is_floating(kind):
        return {"type": "Numeric", "precision": PRECISION, "scale": SCALE, "defaultValue": "0"}
    if pa.types.is_date(kind):
        return {"type": "Date", "format": "yyyy-MM-dd", "fiscalMonthOffset": 0}
    if pa.types.is_timestamp(kind):
        return {"type": "Date", "format": "yyyy-MM-dd HH:mm:ss", "fiscalMonthOffset": 0}
    return {"type": "Text"}


def _names(schema: pa.Schema) -> list[str]:
    """Names of fields that are allowed and differ."""
    names: list[str] = []
    for column in schema.names:
        plain = name = alias_of(column, NAME)
        number = 1
        while name.lower() in (each.lower() for each in names):
            number += 1
            name = f"{plain[: NAME - 5]}_{number}"
        names.append(name)
    return names
