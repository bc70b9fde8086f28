"""XLSX through XlsxWriter, row by row; texts are always texts, never formulas or links.

Writers in Rust are several times as fast. Those that Python has stamp a file with the time of
writing and put temporary files where the caller cannot choose, or keep a whole sheet in memory.
"""

from __future__ import annotations

import datetime
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.formats.shared.base import Assembler, ExpectedSize, FormatOptions
from app.engine.formats.shared.sheets import SheetAssembler, SheetFormat, header
from app.engine.formats.shared.text import kind_of

# Fixed, so that the same rows give the same bytes.
CREATED = datetime.datetime(2000, 1, 1)
FIRST_YEAR = 1900
EXACT_INTEGERS = 2**53
DATE_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss", "time": "hh:mm:ss"}

Put = Callable[[int, int, Any], object]


@dataclass(frozen=True, slots=True)
class Xlsx(SheetFormat):
    """Numbers, booleans and moments are typed cells.

    What Excel cannot hold as such is text: whole numbers beyond 2**53, dates before 1900. Numbers
    that are not finite are empty cells.
    """

    def assembler(
        self, path: Path, name: str, schema: pa.Schema, options: FormatOptions
    ) -> Assembler:
        return _Workbook(path, name, schema, options)


class _Workbook(SheetAssembler):
    def __init__(self, path: Path, name: str, schema: pa.Schema, options: FormatOptions) -> None:
        import xlsxwriter

        super().__init__(path, name)
        self._schema = schema
        self._header = header(schema, options)
        self._book = xlsxwriter.Workbook(
            str(path),
            {"constant_memory": True, "tmpdir": str(path.parent), "strings_to_urls": False},
        )
        self._book.use_zip64()
        self._book.set_properties({"created": CREATED})
        self._formats = {
            kind: self._book.add_format({"num_format": text}) for kind, text in DATE_FORMATS.items()
        }

    def _begin_sheet(self, name: str) -> None:
        self._sheet = self._book.add_worksheet(name)
        for place, text in enumerate(self._header):
            self._put_text(0, place, text)
        self._puts = [self._put_of(kind_of(field.type)) for field in self._schema]

    def _put(self, rows: pa.RecordBatch) -> None:
        columns = [column.to_pylist() for column in rows.columns]
        for row, values in enumerate(zip(*columns, strict=True), start=self._rows):
            for place, value in enumerate(values):
                if value is not None:
                    self._puts[place](row, place, value)

    def _put_of(self, kind: str) -> Put:
        """How values of a kind are written to the current sheet."""
        puts: dict[str, Put] = {
            "int": self._put_number,
            "float": self._put_number,
            "bool": self._sheet.write_boolean,
            "text": self._put_text,
        }
        return puts.get(kind) or functools.partial(self._put_moment, kind)

    def _put_text(self, row: int, place: int, value: str) -> None:
        if value.startswith("<r>") and value.endswith("</r>"):
            # XlsxWriter takes such a text for markup of its own; in pieces it is text again.
            self._sheet.write_rich_string(row, place, value[0], value[1], value[2:])
        else:
            self._sheet.write_string(row, place, value)

    def _put_number(self, row: int, place: int, value: float) -> None:
        if isinstance(value, int) and abs(value) > EXACT_INTEGERS:
            self._sheet.write_string(row, place, str(value))
        elif math.isfinite(value):
            self._sheet.write_number(row, place, value)

    def _put_moment(self, kind: str, row: int, place: int, value: Any) -> None:
        if isinstance(value, datetime.date) and value.year < FIRST_YEAR:
            self._sheet.write_string(row, place, value.isoformat())
        else:
            self._sheet.write_datetime(row, place, value, self._formats[kind])

    def _complete(self) -> None:
        self._book.close()


FORMAT = Xlsx(
    name="xlsx",
    label="Excel",
    suffix="xlsx",
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    # Parts are no cells yet; the cells hold the texts of CSV.
    size=ExpectedSize(factor=0.9, measured_as="csv"),
)
