"""Workbooks (XLSX and ODS): every sheet that holds cells is a table, its first row the header.

A workbook is small on disk where it says that a cell repeats a million times, or where its last
cell is far from the first: the room that its sheets would take is reckoned before they are read.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from app.engine.errors import SourceError
from app.engine.sources.delimited import column_names
from app.engine.sources.limits import SourceLimits
from app.engine.sources.tables import ReadingOptions, SourceTable
from app.engine.sources.unpacking import BROKEN_ARCHIVE

ROWS = 16_384
CHUNK = 1 << 20
OVERLAP = 256
MOST_CELLS = 50_000_000
"""Cells of a sheet that are read: a sheet is in memory as a whole."""
MOST_UNPACKED = 2 << 30

_SHEET_MEMBER = re.compile(r"xl/worksheets/[^/]+\.xml|content\.xml")
_CELL = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_REPEATED = re.compile(rb'number-(columns|rows)-repeated="(\d{1,9})"')
_VALUE = re.compile(rb"office:value|<text:p")


def open_sheets(
    path: Path, name: str, format_name: str, options: ReadingOptions, limits: SourceLimits
) -> list[SourceTable]:
    """The tables of a workbook; a single one is called like the file.

    Raises:
        SourceError: where the file is no workbook, or unpacks to too much.
    """
    _check_room(path, limits)
    names = [sheet for sheet in _sheet_names(path) if _first_rows(path, sheet, 1)]
    limits.check_tables(path.name, len(names))
    alone = len(names) == 1
    return [
        _sheet(path, name if alone else sheet, sheet, format_name, options, limits)
        for sheet in names
    ]


def _sheet(
    path: Path,
    name: str,
    sheet: str,
    format_name: str,
    options: ReadingOptions,
    limits: SourceLimits,
) -> SourceTable:
    first = [_text(cell) or "" for cell in _first_rows(path, sheet, 1)[0]]
    limits.check_columns(path.name, len(first))
    header = options.header is not False
    names, warnings = column_names(f"{path.name}, {sheet}", first, header=header)
    schema = pa.schema([(each, pa.string()) for each in names])

    def read() -> Iterator[pa.RecordBatch]:
        yield from _batches(path, sheet, schema, limits, header=header)

    return SourceTable(name, format_name, schema, read, None, tuple(warnings))


def _batches(
    path: Path, sheet: str, schema: pa.Schema, limits: SourceLimits, *, header: bool
) -> Iterator[pa.RecordBatch]:
    rows, width = 0, len(schema)
    with _workbook(path) as book:
        found = book.get_sheet_by_name(sheet).iter_rows()
        if header:
            next(found, None)
        while block := list(islice(found, ROWS)):
            rows += len(block)
            limits.check_cells(path.name, rows, width)
            texts = ([_text(cell) for cell in row] + [""] * (width - len(row)) for row in block)
            columns = [pa.array(cells, pa.string()) for cells in zip(*texts, strict=True)]
            yield pa.record_batch(columns, schema=schema)


def _workbook(path: Path) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError):
        raise SourceError(f"{path.name}: this workbook cannot be read") from None


def _sheet_names(path: Path) -> list[str]:
    with _workbook(path) as book:
        return list(book.sheet_names)


def _first_rows(path: Path, sheet: str, rows: int) -> list[Sequence[Any]]:
    from python_calamine import CalamineError

    try:
        with _workbook(path) as book:
            return list(islice(book.get_sheet_by_name(sheet).iter_rows(), rows))
    except (CalamineError, ValueError):
        raise SourceError(f"{path.name}: sheet {sheet!r} cannot be read") from None


def _text(cell: Any) -> str:
    """A cell as it would stand in a file of text: whole numbers without a point, moments in
    ISO 8601."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _check_room(path: Path, limits: SourceLimits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
            most = min(limits.unpacked_bytes, MOST_UNPACKED)
            if unpacked > most:
                raise SourceError(f"{path.name}: unpacked it has more than {most:,} bytes")
            for member in archive.infolist():
                if _SHEET_MEMBER.fullmatch(member.filename):
                    with archive.open(member) as file:
                        cells = _cells(_chunks(file, member.file_size))
                    if cells > min(limits.cells, MOST_CELLS):
                        raise SourceError(
                            f"{path.name}: a sheet spans {cells:,} cells, more than "
                            f"{min(limits.cells, MOST_CELLS):,}; save it as CSV"
                        )
    except BROKEN_ARCHIVE:
        raise SourceError(f"{path.name}: this is no workbook, or a broken one") from None


def _chunks(file: IO[bytes], size: int) -> Iterator[bytes]:
    """A file in pieces that overlap, so that no attribute is cut in every one of them."""
    kept = b""
    left = size
    while left > 0 and (chunk := file.read(min(CHUNK, left))):
        left -= len(chunk)
        yield kept + chunk
        kept = chunk[-OVERLAP:]


def _cells(chunks: Iterable[bytes]) -> int:
    """At most so many cells a sheet takes: the rectangle up to its last cell (XLSX), or the
    product of all repetitions that stand before a value (ODS)."""
    columns = rows = 0
    repeated = 0
    for chunk in chunks:
        for letters, digits in _CELL.findall(chunk):
            columns = max(columns, _column_number(letters))
            rows = max(rows, int(digits))
        repeated = max(repeated, _repeated_cells(chunk))
    return max(columns * rows, repeated)


def _repeated_cells(chunk: bytes) -> int:
    """Cells of the largest repeated row of values in a piece of an ODS file."""
    most = 0
    for row in chunk.split(b"<table:table-row")[1:]:
        counts = {"columns": 0, "rows": 1}
        if not _VALUE.search(row):
            continue
        for kind, number in _REPEATED.findall(row):
            valued = kind == b"rows" or _VALUE.search(row)
            if valued:
                counts[kind.decode()] = max(counts[kind.decode()], int(number))
        most = max(most, counts["rows"] * max(counts["columns"], 1))
    return most


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
