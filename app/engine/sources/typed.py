"""Parquet and Arrow files: columns keep their types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.errors import SourceError
from app.engine.sources.declarations import declared_in
from app.engine.sources.delimited import check_cell_sizes, column_names
from app.engine.sources.limits import SourceLimits
from app.engine.sources.tables import ReadingOptions, SourceTable

ROWS = 65_536


def open_parquet(
    path: Path, name: str, format_name: str, options: ReadingOptions, limits: SourceLimits
) -> SourceTable:
    """A Parquet file. Raises SourceError where it is broken or too large."""
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
            _ = schema.names  # which may be no text
            groups = range(file.metadata.num_row_groups)
            unpacked = sum(file.metadata.row_group(each).total_byte_size for each in groups)
    except (pa.ArrowException, OSError, ValueError):
        raise SourceError(f"{path.name}: this is no Parquet file, or a broken one") from None
    limits.check_columns(path.name, len(schema))
    limits.check_cells(path.name, rows, len(schema))
    _check_bytes(path.name, unpacked, limits)

    def raw() -> Iterator[pa.RecordBatch]:
        with parquet.ParquetFile(path) as file:
            yield from file.iter_batches(ROWS, use_threads=False)

    return _typed(path.name, name, format_name, schema, raw, limits)


def open_arrow(
    path: Path, name: str, format_name: str, options: ReadingOptions, limits: SourceLimits
) -> SourceTable:
    """An Arrow file (Feather 2) or a stream in one. Raises SourceError where it is broken."""
    try:
        with _arrow_reader(path) as reader:
            schema = reader.schema
            _ = schema.names  # which may be no text
    except (pa.ArrowException, OSError, ValueError):
        raise SourceError(f"{path.name}: this is no Arrow file, or a broken one") from None
    limits.check_columns(path.name, len(schema))

    def raw() -> Iterator[pa.RecordBatch]:
        with _arrow_reader(path) as reader:
            is_file = isinstance(reader, pa.ipc.RecordBatchFileReader)
            places = range(reader.num_record_batches) if is_file else ()
            for batch in map(reader.get_batch, places) if is_file else reader:
                # Offsets of a broken file may point anywhere in memory.
                batch.validate(full=True)
                yield batch

    return _typed(path.name, name, format_name, schema, raw, limits)


def table_in_memory(table: pa.Table, name: str, limits: SourceLimits | None = None) -> SourceTable:
    """An Arrow table as a table of a source. Raises SourceError where it is too large, or names
    of its columns are none."""
    bounds = limits or SourceLimits()
    bounds.check_columns(name, table.num_columns)
    return _typed(name, name, "arrow", table.schema, lambda: iter(table.to_batches(ROWS)), bounds)


def _arrow_reader(path: Path) -> Any:
    with path.open("rb") as file:
        is_file = file.read(6) == b"ARROW1"
    return pa.ipc.open_file(path) if is_file else pa.ipc.open_stream(pa.OSFile(str(path)))


def _typed(
    file: str,
    name: str,
    format_name: str,
    schema: pa.Schema,
    raw: Callable[[], Iterator[pa.RecordBatch]],
    limits: SourceLimits,
) -> SourceTable:
    names, warnings = column_names(file, schema.names, header=True)
    kept = [place for place, field in enumerate(schema) if not _is_binary(field.type)]
    if len(kept) < len(schema):
        left = ", ".join(repr(names[each]) for each in range(len(schema)) if each not in kept)
        warnings.append(f"{file}: binary columns are left out: {left}")
    limits.check_columns(file, len(kept))
    flat = pa.schema([(names[each], _flat_type(schema.field(each).type)) for each in kept])

    def read() -> Iterator[pa.RecordBatch]:
        rows, size = 0, 0
        try:
            for batch in raw():
                rows += batch.num_rows
                size += batch.nbytes
                limits.check_cells(file, rows, len(flat))
                _check_bytes(file, size, limits)
                columns = [_flat(batch.column(each)) for each in kept]
                made = pa.record_batch(columns, schema=flat)
                check_cell_sizes(file, made, limits)
                yield made
        except (pa.ArrowException, OSError, ValueError):
            raise SourceError(f"{file}: after row {rows:,} the file is broken") from None

    declared = declared_in(schema.metadata, flat.names)
    return SourceTable(name, format_name, flat, read, None, tuple(warnings), declared)


def _check_bytes(file: str, size: int, limits: SourceLimits) -> None:
    if size > limits.unpacked_bytes:
        raise SourceError(f"{file}: unpacked it has more than {limits.unpacked_bytes:,} bytes")


def _is_binary(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return (
        pa.types.is_binary(value)
        or pa.types.is_large_binary(value)
        or pa.types.is_fixed_size_binary(value)
    )


def _flat_type(kind: pa.DataType) -> pa.DataType:
    """The type that a column is read with: labels and nested values are text."""
    if pa.types.is_dictionary(kind):
        return _flat_type(kind.value_type)
    is_text = pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    if is_text or pa.types.is_nested(kind) or pa.types.is_null(kind) or _is_rare(kind):
        return pa.string()
    return kind


def _is_rare(kind: pa.DataType) -> bool:
    return pa.types.is_duration(kind) or pa.types.is_interval(kind) or pa.types.is_decimal256(kind)


def _flat(column: pa.Array) -> pa.Array:
    wanted = _flat_type(column.type)
    if pa.types.is_nested(column.type) and not pa.types.is_dictionary(column.type):
        texts = [None if v is None else json.dumps(v, default=str) for v in column.to_pylist()]
        return pa.array(texts, pa.string())
    if _is_rare(column.type):
        return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column if column.type == wanted else column.cast(wanted)
