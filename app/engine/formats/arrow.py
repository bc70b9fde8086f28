"""The Arrow IPC file, also known as Feather version 2: a part is the IPC stream of its block."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.errors import FormatError
from app.engine.files import HashedFile
from app.engine.formats.shared.base import Assembler, FormatOptions
from app.engine.formats.shared.streams import encode_stream


@dataclass(frozen=True, slots=True)
class ArrowFile:
    """One record batch a block; a column's dictionary is the same in all of them."""

    name: str = "arrow"
    suffix: str = "arrow"
    media_type: str = "application/vnd.apache.arrow.file"

    def check(self, schema: pa.Schema, rows: int, options: FormatOptions) -> None:
        """Every type of the engine has its place."""

    def encode(self, batch: pa.RecordBatch, options: FormatOptions) -> Any:
        return encode_stream(batch)

    def assembler(
        self, path: Path, name: str, schema: pa.Schema, options: FormatOptions
    ) -> Assembler:
        return _Batches(path, schema)


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


ARROW = ArrowFile()
