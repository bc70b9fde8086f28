"""Rows of Arrow as PostgreSQL's binary COPY stream, encoded by pgpq.

https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from app.sinks.base import TerminalSinkError

# PostgreSQL's types as `format_type` spells them; those that pgpq encodes for the type of Arrow.
_NAMES: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_int8, "smallint"),
    (pa.types.is_uint8, "smallint"),
    (pa.types.is_int16, "smallint"),
    (pa.types.is_uint16, "integer"),
    (pa.types.is_int32, "integer"),
    (pa.types.is_uint32, "bigint"),
    (pa.types.is_int64, "bigint"),
    (pa.types.is_float32, "real"),
    (pa.types.is_float64, "double precision"),
    (pa.types.is_date32, "date"),
    (lambda kind: kind == pa.timestamp("us"), "timestamp without time zone"),
    (lambda kind: kind == pa.time64("us"), "time without time zone"),
    (pa.types.is_string, "text"),
    (pa.types.is_large_string, "text"),
)


def type_name(kind: pa.DataType) -> str:
    """PostgreSQL's type for one of Arrow. Raises TerminalSinkError where there is none."""
    plain = _plain(kind)
    for fits, name in _NAMES:
        if fits(plain):
            return name
    raise TerminalSinkError(f"there is no column type for values of {kind}")


def encode_rows(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """The whole stream, header and trailer included, in pieces of a few megabytes at most.

    Args:
        schema: columns of types that `type_name` knows.
        batches: rows with these columns.
    """
    from pgpq import ArrowToPostgresBinaryEncoder

    # pgpq knows no dictionaries. A new schema also leaves out what a file says of nulls.
    plain = pa.schema([(field.name, _plain(field.type)) for field in schema])
    encoder = ArrowToPostgresBinaryEncoder(plain)
    yield encoder.write_header()
    for batch in batches:
        columns = [
            column.cast(kind) for column, kind in zip(batch.columns, plain.types, strict=True)
        ]
        # The encoder keeps rows back until a piece is worth sending.
        if piece := encoder.write_batch(pa.record_batch(columns, schema=plain)):
            yield piece
    yield encoder.finish()


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
