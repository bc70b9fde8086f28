"""Parquet: every worker writes its block as a file of one row group; the assembler splices them.

Splicing copies the bytes of the column chunks and writes one footer whose offsets are moved to
where the bytes now lie. Fields by their numbers in
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import FormatError
from app.engine.files import HashedFile
from app.engine.formats.shared.base import (
    BATCH_ROWS,
    DEFAULT_OPTIONS,
    Assembler,
    ExpectedSize,
    FormatOptions,
    TypedFormat,
)
from app.engine.formats.shared.thrift import (
    I16,
    I64,
    LIST,
    STRUCT,
    Raw,
    Struct,
    read_struct,
    write_struct,
)

MAGIC = b"PAR1"
FEW_VALUES = 4096

# FileMetaData, RowGroup, ColumnChunk and ColumnMetaData, as far as they count or point.
_NUM_ROWS, _ROW_GROUPS = 3, 4
_COLUMNS, _GROUP_OFFSET, _ORDINAL = 1, 5, 7
_META_DATA = 3
_CHUNK_POINTERS = (2, 4, 6)
_COLUMN_POINTERS = (9, 10, 11, 14)


@dataclass(frozen=True, slots=True)
class Parquet(TypedFormat):
    """Snappy pages; dictionary pages only where they pay, since making them costs the most."""

    def check(self, schema: pa.Schema, rows: int, options: FormatOptions) -> None:
        if not len(schema):
            raise FormatError("a Parquet file needs at least one column")

    def encode(self, batch: pa.RecordBatch, options: FormatOptions) -> Any:
        import pyarrow.parquet as pq

        sink = pa.BufferOutputStream()
        repeated = [
            name
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
            if _repeats(column)
        ]
        with pq.ParquetWriter(
            sink, batch.schema, compression="snappy", use_dictionary=repeated
        ) as writer:
            if batch.num_rows:
                writer.write_batch(batch, row_group_size=batch.num_rows)
        return sink.getvalue()

    def assembler(
        self, path: Path, name: str, schema: pa.Schema, options: FormatOptions
    ) -> Assembler:
        return _Splice(path)

    def read(
        self, path: Path, schema: pa.Schema, options: FormatOptions = DEFAULT_OPTIONS
    ) -> Iterator[pa.RecordBatch]:
        import pyarrow.parquet as pq

        # Buffering ahead would hold the whole file in memory.
        with pq.ParquetFile(path, pre_buffer=False) as file:
            yield from file.iter_batches(BATCH_ROWS)

    def stored_schema(self, path: Path) -> pa.Schema:
        import pyarrow.parquet as pq

        return pq.read_schema(path)

    def stored_rows(self, path: Path) -> int:
        import pyarrow.parquet as pq

        return int(pq.read_metadata(path).num_rows)


def _repeats(column: pa.Array) -> bool:
    """Whether a column has few distinct values, judged by its type and its range alone."""
    if pa.types.is_dictionary(column.type):
        return True
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    if not pa.types.is_integer(column.type):
        return False
    ends = pc.min_max(column)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    return low is None or high - low < min(FEW_VALUES, len(column))


class _Splice:
    """A Parquet file made of other files' row groups.

    Row groups wait in their encoded form, some 200 bytes a column, for the footer at the end.
    """

    def __init__(self, path: Path) -> None:
        self._file = HashedFile(path)
        self._file.write(MAGIC)
        self._footer: Struct | None = None
        self._groups: list[Raw] = []
        self._rows = 0

    def append(self, part: Path) -> None:
        end, footer = _read_footer(part)
        shift = self._file.size - len(MAGIC)
        self._file.copy(part, len(MAGIC), end - len(MAGIC))
        self._rows += footer[_NUM_ROWS][1]
        for group in footer[_ROW_GROUPS][1][1]:
            _move(group, shift, len(self._groups))
            self._groups.append(Raw(write_struct(group)))
        self._footer = self._footer or footer

    def finish(self) -> tuple[int, str]:
        if self._footer is None:
            raise ValueError("a Parquet file is made of one part at least")
        self._footer[_NUM_ROWS] = (I64, self._rows)
        self._footer[_ROW_GROUPS] = (LIST, (STRUCT, self._groups))
        footer = write_struct(self._footer)
        self._file.write(footer + len(footer).to_bytes(4, "little") + MAGIC)
        self._file.close()
        return self._file.size, self._file.sha256


def _read_footer(part: Path) -> tuple[int, Struct]:
    """Where the footer begins, in bytes, and the footer."""
    with part.open("rb") as file:
        size = part.stat().st_size
        file.seek(size - 8)
        length = int.from_bytes(file.read(4), "little")
        file.seek(size - 8 - length)
        return size - 8 - length, read_struct(file.read(length))


def _move(group: Struct, shift: int, ordinal: int) -> None:
    """Point a row group `shift` bytes further on and give it its place in the file."""
    _shift(group, (_GROUP_OFFSET,), shift)
    if _ORDINAL in group:
        # The field has 16 bits and may be left out.
        group[_ORDINAL] = (I16, ordinal)
        if ordinal >= 1 << 15:
            del group[_ORDINAL]
    for chunk in group[_COLUMNS][1][1]:
        _shift(chunk, _CHUNK_POINTERS, shift)
        _shift(chunk[_META_DATA][1], _COLUMN_POINTERS, shift)


def _shift(fields: Struct, numbers: tuple[int, ...], shift: int) -> None:
    for number in numbers:
        kind, value = fields.get(number, (0, 0))
        # Zero is written where a pointer is not in use.
        if value:
            fields[number] = (kind, value + shift)


FORMAT = Parquet(
    name="parquet",
    label="Parquet",
    suffix="parquet",
    media_type="application/vnd.apache.parquet",
    size=ExpectedSize(factor=0.45),
)
