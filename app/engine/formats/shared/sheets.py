"""What the two spreadsheet formats share: limits, names of sheets, and rows cut into sheets."""

from __future__ import annotations

import re
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import FormatError, RowLimitError
from app.engine.files import hash_file
from app.engine.formats.shared.base import DEFAULT_OPTIONS, Format, FormatOptions, disarm_formulas
from app.engine.formats.shared.sheet_reading import sheet_batches
from app.engine.formats.shared.streams import encode_stream
from app.engine.formats.shared.text import hidden, kind_of
from app.engine.names import cut_name, utf16_units

# Of Excel and of LibreOffice alike:
# https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
SHEET_ROWS = 1_048_576
SHEET_COLUMNS = 16_384
CELL_CHARACTERS = 32_767
NAME_UNITS = 31  # of UTF-16: an emoji is two
SLICE_ROWS = 4096
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFormat(Format):
    """Parts are IPC streams; the assembler turns their rows into cells."""

    opened_as_sheets: bool = True

    reading_rank: ClassVar[int] = 2

    def check(self, schema: pa.Schema, rows: int, options: FormatOptions) -> None:
        for field in schema:
            kind_of(field.type)
        if len(schema) > SHEET_COLUMNS:
            raise FormatError(
                f"{self.name} holds at most {SHEET_COLUMNS:,} columns, not {len(schema):,}; "
                "use csv, parquet or arrow"
            )
        if rows >= SHEET_ROWS and options.on_row_limit == "refuse":
            raise RowLimitError(
                f"{self.name} holds at most {SHEET_ROWS - 1:,} rows below the header of a sheet, "
                f"not {rows:,}; use csv, parquet or arrow, or let the rows go on in further sheets"
            )

    def encode(self, batch: pa.RecordBatch, options: FormatOptions) -> Any:
        columns = [
            _checked(self.name, name, column, options)
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        return encode_stream(pa.record_batch(columns, names=batch.schema.names))

    def read(
        self, path: Path, schema: pa.Schema, options: FormatOptions = DEFAULT_OPTIONS
    ) -> Iterator[pa.RecordBatch]:
        return sheet_batches(path, schema)


def _checked(format_name: str, name: str, values: pa.Array, options: FormatOptions) -> pa.Array:
    """A column with texts that a cell can hold; a category as plain text."""
    if pa.types.is_dictionary(values.type):
        texts = _checked(format_name, name, values.dictionary, options)
        return texts.take(values.indices)
    if kind_of(values.type) != "text":
        return values
    if options.escape_formulas:
        values = disarm_formulas(values)
    longest = pc.max(pc.utf8_length(values)).as_py() or 0
    if longest > CELL_CHARACTERS:
        raise FormatError(
            f"column {name!r} has a text of {longest:,} characters; a cell of {format_name} "
            f"holds {CELL_CHARACTERS:,}; use csv, parquet or arrow"
        )
    return values


def header(schema: pa.Schema, options: FormatOptions) -> list[str]:
    """The names of the columns as text cells."""
    names = pa.array(schema.names, pa.string())
    texts: list[str] = (disarm_formulas(names) if options.escape_formulas else names).to_pylist()
    return texts


def sheet_name(table: str, number: int) -> str:
    """``table``, ``table_2`` and so on, within 31 units of UTF-16 and free of ``[]:*?/\\``."""
    ending = f"_{number}" if number > 1 else ""
    clean = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", table).strip("'") or "table"
    if clean.lower() == "history":
        clean += "_"  # reserved by Excel
    # A file holds one table, so what was cut need not be distinguished; no name ends with a quote.
    return cut_name(clean, NAME_UNITS - len(ending), utf16_units).rstrip("'") + ending


def zip_member(name: str, compression: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """A member of a workbook, which carries no time."""
    member = zipfile.ZipInfo(name, EPOCH)
    member.compress_type = compression
    return member


def join_cells(*pieces: pa.Array | str) -> pa.Array:
    """Cells put together piece by piece; null where a piece is. Columns come from `hide`."""
    texts = [hidden(piece) if isinstance(piece, str) else piece for piece in pieces]
    return pc.binary_join_element_wise(*texts, hidden(""), null_handling="emit_null")


class SheetAssembler(ABC):
    """Cuts rows into sheets and slices; the formats say how a sheet begins and a slice is put."""

    def __init__(self, path: Path, table: str) -> None:
        self._path = path
        self._table = table
        self._sheets = 0
        self._rows = SHEET_ROWS

    def append(self, part: Path) -> None:
        with pa.memory_map(str(part)) as source:
            for batch in pa.ipc.open_stream(source):
                self._append_batch(batch)

    def _append_batch(self, batch: pa.RecordBatch) -> None:
        start = 0
        # A table without rows still gets a sheet with its header.
        while start < batch.num_rows or not self._sheets:
            if self._rows >= SHEET_ROWS:
                self._sheets += 1
                self._rows = 1
                self._begin_sheet(sheet_name(self._table, self._sheets))
            piece = batch.slice(start, min(SLICE_ROWS, SHEET_ROWS - self._rows))
            self._put(piece)
            self._rows += piece.num_rows
            start += SLICE_ROWS if not piece.num_rows else piece.num_rows

    def finish(self) -> tuple[int, str]:
        self._complete()
        return hash_file(self._path)

    @abstractmethod
    def _begin_sheet(self, name: str) -> None:
        """Start a sheet with its header row."""

    @abstractmethod
    def _put(self, rows: pa.RecordBatch) -> None:
        """Write rows, the first of them as row `self._rows` (from 0) of the sheet."""

    @abstractmethod
    def _complete(self) -> None:
        """Write what comes last and close the file."""
