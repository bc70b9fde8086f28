"""The Arrow IPC file, also known as Feather version 2: a part is the IPC stream of its block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.errors import FormatError
from app.engine.files import HashedFile
from app.engine.formats.shared.base import (
    DEFAULT_OPTIONS,
    Assembler,
    ExpectedSize,
    FormatOptions,
    TypedFormat,
)
from app.engine.formats.shared.streams import encode_stream


@dataclass(frozen=True, slots=True)
class ArrowFile(TypedFormat):
    """One record batch a block; a column's dictionary is the same in all of them."""

    def check(self, schema: pa.Schema, rows: int, options: FormatOptions) -> None:
        """Every type of the engine has its place."""

    def encode(self, batch: pa.RecordBatch, options: FormatOptions) -> Any:
        return encode_stream(batch)

    def assembler(
        self, path: Path, name: str, schema: pa.Schema, options: FormatOptions
    ) -> Assembler:
        return _Batches(path, schema)

    def read(
        self, path: Path, schema: pa.Schema, options: FormatOptions = DEFAULT_OPTIONS
    ) -> Iterator[pa.RecordBatch]:
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number)

    def stored_schema(self, path: Path) -> pa.Schema:
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
            return reader.schema

    def stored_rows(self, path: Path) -> int:
        return sum(batch.num_rows for batch in self.read(path, self.stored_schema(path)))


class _Batches:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = HashedFile(path)
        self._writer = pa.ipc.new_file(pa.PythonFile(self._file, mode="w"), schema)

    def append(self, part: Path) -> None:
        with pa.memory_map(str(part)) as source:
            for batch in pa.ipc.open_stream(source):
                self._write(batch)

    def _write(self, batch: pa.RecordBatch) -> None:
        try:
            self._writer.write_batch(batch)
        except pa.ArrowInvalid as error:
            raise FormatError(
                f"the Arrow file cannot hold these blocks: {error}; use parquet"
            ) from error

    def finish(self) -> tuple[int, str]:
        self._writer.close()
        self._file.close()
        return self._file.size, self._file.sha256


FORMAT = ArrowFile(
    name="arrow",
    label="Arrow",
    suffix="arrow",
    media_type="application/vnd.apache.arrow.file",
    size=ExpectedSize(factor=0.8, repeats_categories=True),
)
