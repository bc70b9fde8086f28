"""Rows as drivers give them, batch by batch, as one Parquet file.

What a column holds is known when its last row is: batches wait in Arrow files with the types of
their own, and are written with the type that holds all of them. No value is in what is raised.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.errors import SourceError
from app.engine.sources.declarations import DeclaredColumn, DeclaredTable, as_metadata
from app.engine.sources.limits import SourceLimits

Rows = Sequence[Sequence[Any]]
MOST_DIGITS = 38
_KEPT = (str, bool, int, float, Decimal, dt.date, dt.time, bytes)


def write_rows(
    name: str,
    columns: Sequence[str],
    batches: Iterable[Rows],
    file: Path,
    most: int | None = None,
    limits: SourceLimits | None = None,
    declared: DeclaredTable | None = None,
) -> int:
    """Write rows into a Parquet file; how many bytes it has.

    Args:
        name: of the table, for errors.
        columns: their names.
        batches: rows of as many cells as there are columns.
        file: that is not there; files for a while are made beside it.
        most: bytes that may be written.
        declared: what the database declares of the table; goes into the file.

    Raises SourceError where there is too much, or two columns have one name.
    """
    bounds = limits or SourceLimits()
    bounds.check_columns(name, len(columns))
    if len(set(columns)) < len(columns):
        raise SourceError(f"{name}: two columns have one name; give each its own by AS")
    parts: list[Path] = []
    rows = written = 0
    for batch in batches:
        rows += len(batch)
        bounds.check_cells(name, rows, len(columns))
        parts.append(file.with_suffix(f".{len(parts)}.part"))
        _write_part(parts[-1], columns, batch)
        written += parts[-1].stat().st_size
        _check_bytes(name, written, most)
    _join(parts, columns, file, declared)
    return file.stat().st_size


def _check_bytes(name: str, written: int, most: int | None) -> None:
    if most is not None and written > most:
        raise SourceError(
            f"{name}: its rows take more bytes than there is room for; read fewer rows or columns, "
            "or delete sources"
        )


def _write_part(part: Path, columns: Sequence[str], rows: Rows) -> None:
    cells = zip(*(tuple(row) for row in rows), strict=True)
    batch = pa.record_batch([_array(list(each)) for each in cells], names=list(columns))
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.OSFile(str(part), "wb") as sink, pa.ipc.new_file(
        sink, batch.schema, options=options
    ) as writer:  # fmt: skip
        writer.write_batch(batch)


def _array(cells: list[Any]) -> pa.Array:
    """Cells of a column with the type that they have, text where they have several."""
    plain = [_plain(each) for each in cells]
    try:
        return pa.array(plain)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return pa.array([None if each is None else _text(each) for each in plain], pa.string())


def _plain(cell: Any) -> Any:
    """A cell as Arrow takes it: what it has no type for as text, as JSON where it is nested."""
    if cell is None or isinstance(cell, _KEPT):
        return cell
    if isinstance(cell, memoryview | bytearray):
        return bytes(cell)
    if isinstance(cell, dict | list | tuple):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return str(cell)


def _text(cell: Any) -> str:
    if isinstance(cell, bytes):
        return cell.hex()
    return cell.isoformat(" ") if isinstance(cell, dt.datetime) else str(cell)


def _join(
    parts: Sequence[Path], columns: Sequence[str], file: Path, declared: DeclaredTable | None
) -> None:
    from pyarrow import parquet

    schema = _schema(columns, [_schema_of(each) for each in parts], declared)
    if declared is not None:
        schema = schema.with_metadata(as_metadata(declared))
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for part in parts:
            for batch in _batches(part):
                writer.write_table(_cast(batch, schema))
            part.unlink()


def _schema_of(part: Path) -> pa.Schema:
    with pa.OSFile(str(part)) as source, pa.ipc.open_file(source) as reader:
        return reader.schema


def _batches(part: Path) -> Iterator[pa.RecordBatch]:
    with pa.OSFile(str(part)) as source, pa.ipc.open_file(source) as reader:
        yield from (reader.get_batch(place) for place in range(reader.num_record_batches))


def _schema(
    columns: Sequence[str], schemas: Sequence[pa.Schema], declared: DeclaredTable | None
) -> pa.Schema:
    """The types that hold what each part has; decimals with the digits that are declared."""
    types = [_common([each.field(place).type for each in schemas])
             for place in range(len(columns))]  # fmt: skip
    known = {} if declared is None else declared.columns
    return pa.schema(
        [(name, _declared_type(kind, known.get(name)))
         for name, kind in zip(columns, types, strict=True)]
    )  # fmt: skip


def _declared_type(found: pa.DataType, declared: DeclaredColumn | None) -> pa.DataType:
    if declared is None or declared.kind != "decimal" or not pa.types.is_decimal128(found):
        return found
    wide, deep = declared.precision, declared.scale
    fits = deep >= found.scale and wide - deep >= found.precision - found.scale
    return pa.decimal128(wide, deep) if fits and wide <= MOST_DIGITS else found


def _common(kinds: Iterable[pa.DataType]) -> pa.DataType:
    """The type that holds all; text where nothing else does, also of a column without a cell."""
    wanted = pa.schema([("x", pa.null())])
    try:
        for kind in kinds:
            both = [wanted, pa.schema([("x", kind)])]
            wanted = pa.unify_schemas(both, promote_options="permissive")
    except pa.ArrowException:
        return pa.string()
    found = wanted.field(0).type
    return pa.string() if pa.types.is_null(found) else found


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    return pa.table(
        [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)],
        schema=schema,
    )
