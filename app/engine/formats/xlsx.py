"""XLSX (Office Open XML, ECMA-376), written as a stream: each sheet one member of a zip.

Cells are put together column by column. Texts stand in their cells and are always texts, never
formulas or links; cells name no places, as each follows the one before (ECMA-376-1, 18.3.1.4).

Writers in Rust are as fast. Those that Python has stamp a file with the time of writing and put
temporary files where the caller cannot choose, or keep a whole sheet in memory.
"""

from __future__ import annotations

import functools
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.formats.shared.base import Assembler, ExpectedSize, FormatOptions
from app.engine.formats.shared.fixed_decimals import fixed_decimals
from app.engine.formats.shared.sheets import (
    SheetAssembler,
    SheetFormat,
    header,
    join_cells,
    zip_member,
)
from app.engine.formats.shared.text import (
    CellFormatter,
    CellFormatters,
    cast_text,
    column_text,
    hidden,
    hide,
    join_rows,
    kind_of,
)

EXACT_INTEGERS = 2**53
# Days since 1970 of the first day that has a number, and of the first one behind a day that
# 1900 never had and Excel counts: https://learn.microsoft.com/office/troubleshoot/excel/wrongly-assumes-1900-is-leap-year
FIRST_DAY = -25567
AFTER_LEAP_DAY = -25508
DAY_ZERO = -25569
DAY_MICROSECONDS = 86_400_000_000

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SCHEMAS = "http://schemas.openxmlformats.org"
_MAIN = f"{_SCHEMAS}/spreadsheetml/2006/main"
_RELATIONS = f"{_SCHEMAS}/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CONTENT_TYPES = (
    f'{_XML}<Types xmlns="{_SCHEMAS}/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="{_TYPES}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/></Types>'
)
_DATE_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss", "time": "hh:mm:ss"}
# The style of a kind of moments is its place among these, from 1; 0 is that of all other cells.
_STYLE_OF = {kind: place for place, kind in enumerate(_DATE_FORMATS, start=1)}
_LOOKS = (
    '</numFmts><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border>'
    '<left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
)
# What XML cannot hold, or reads as something else, is written as `_xHHHH_`, and what looks like
# that with its first letter so (ECMA-376-1, 22.9.2.19).
_ESCAPED = r"_x[0-9A-Fa-f]{4}_"
_UNREADABLE = r"[\x00-\x08\x0b-\x1f\x{fffe}\x{ffff}]"
_UNREADABLE_CHARACTERS = [*map(chr, (*range(0x09), *range(0x0B, 0x20), 0xFFFE, 0xFFFF))]


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
        super().__init__(path, name)
        self._header = header(schema, options)
        self._names: list[str] = []
        self._zip = zipfile.ZipFile(path, "w")
        # Readers know the file by its first member.
        self._write("[Content_Types].xml", _CONTENT_TYPES)
        self._write("_rels/.rels", _relations({"xl/workbook.xml": "officeDocument"}))
        decimals = [fixed_decimals(field) for field in schema]
        distinct = sorted({each for each in decimals if each is not None})
        self._number_styles = [
            0 if each is None else len(_STYLE_OF) + 1 + distinct.index(each) for each in decimals
        ]
        self._write("xl/styles.xml", _styles(distinct))

    def _write(self, name: str, text: str) -> None:
        self._zip.writestr(zip_member(name), text)

    def _begin_sheet(self, name: str) -> None:
        if self._names:
            self._end_sheet()
        self._names.append(name)
        member = zip_member(f"xl/worksheets/sheet{len(self._names)}.xml")
        self._sheet = self._zip.open(member, "w", force_zip64=True)
        self._sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
        header = [pa.array([text], pa.string()) for text in self._header]
        self._sheet.write(_rows(header, self._number_styles))

    def _end_sheet(self) -> None:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()

    def _put(self, rows: pa.RecordBatch) -> None:
        if rows.num_rows:
            self._sheet.write(_rows(rows.columns, self._number_styles))

    def _complete(self) -> None:
        self._end_sheet()
        sheets = [f"worksheets/sheet{place}.xml" for place in range(1, len(self._names) + 1)]
        relations = dict.fromkeys(sheets, "worksheet") | {"styles.xml": "styles"}
        self._write("xl/workbook.xml", _workbook(self._names))
        self._write("xl/_rels/workbook.xml.rels", _relations(relations))
        self._zip.close()


def _styles(decimals: list[int]) -> str:
    """The styles of moments, and behind them those of numbers with so many decimals."""
    codes = [*_DATE_FORMATS.values(), *("0." + "0" * each if each else "0" for each in decimals)]
    formats = "".join(
        f'<numFmt numFmtId="{163 + place}" formatCode="{code}"/>'
        for place, code in enumerate(codes, start=1)
    )
    cells = "".join(
        f'<xf numFmtId="{163 + place}" fontId="0" fillId="0" borderId="0" xfId="0" '
        'applyNumberFormat="1"/>'
        for place in range(1, len(codes) + 1)
    )
    return (
        f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="{len(codes)}">{formats}{_LOOKS}'
        f'<cellXfs count="{len(codes) + 1}">'
        f'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )


def _workbook(names: list[str]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{place}" r:id="rId{place}"/>'
        for place, name in enumerate(names, start=1)
    )
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets>'
        "</workbook>"
    )


def _relations(kinds: dict[str, str]) -> str:
    """The relations of a part to others, numbered as they stand: the kind of each by its place."""
    relations = "".join(
        f'<Relationship Id="rId{place}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for place, (target, kind) in enumerate(kinds.items(), start=1)
    )
    return (
        f'{_XML}<Relationships xmlns="{_SCHEMAS}/package/2006/relationships">{relations}'
        "</Relationships>"
    )


def _rows(columns: list[pa.Array], number_styles: list[int]) -> bytes:
    last = len(columns) - 1
    cells = []
    for place, column in enumerate(columns):
        before = "<row>" if place == 0 else ""
        after = "</row>" if place == last else ""
        found = _cells(column, _formatters(before, after, number_styles[place]))
        cells.append(found.fill_null(hidden(f"{before}<c/>{after}")))
    return bytes(join_rows(cells, ""))


@functools.lru_cache(maxsize=64)
def _formatters(before: str, after: str, number_style: int) -> CellFormatters:
    return {
        "int": _cell(before, after),
        "float": _cell(before, after, number_style),
        "bool": _truth_cell(before, after),
        "text": _text_cell(before, after),
        **{kind: _cell(before, after, style) for kind, style in _STYLE_OF.items()},
    }


def _cells(values: pa.Array, formatters: CellFormatters) -> pa.Array:
    """The cells of a column, null where they are empty."""
    if pa.types.is_dictionary(values.type):
        return _cells(values.dictionary, formatters).take(values.indices)
    kind = kind_of(values.type)
    beyond = _beyond(values, kind)
    if beyond is not None:
        texts = pc.replace_substring(cast_text(values, kind), " ", "T")
        held = pc.if_else(beyond, pa.scalar(None, values.type), values)
        return pc.if_else(beyond, formatters["text"](texts), _cells(held, formatters))
    if kind not in _STYLE_OF:
        return column_text(values, formatters)
    numbers = {"int": formatters[kind], "float": formatters[kind]}
    return column_text(_serial_numbers(values, kind), numbers)


def _beyond(values: pa.Array, kind: str) -> pa.Array | None:
    """Which values Excel cannot hold as what they are; None where it holds all."""
    if kind == "int":
        ends = pc.min_max(values).as_py().values()
        if all(end is None or abs(end) <= EXACT_INTEGERS for end in ends):
            return None
        found = pc.greater(values, pa.scalar(EXACT_INTEGERS, values.type))
        if pa.types.is_signed_integer(values.type):
            found = pc.or_(found, pc.less(values, pa.scalar(-EXACT_INTEGERS, values.type)))
        return found
    if kind in {"date", "datetime"}:
        found = pc.less(_days(values, kind), FIRST_DAY)
        return found if pc.any(found).as_py() else None
    return None


def _days(values: pa.Array, kind: str) -> pa.Array:
    """Whole days since 1970."""
    if kind == "date":
        return values.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    return pc.floor(pc.divide(_microseconds(values, kind).cast(pa.float64()), DAY_MICROSECONDS))


def _microseconds(values: pa.Array, kind: str) -> pa.Array:
    """Since 1970, or since midnight."""
    fine = pa.timestamp("us") if kind == "datetime" else pa.time64("us")
    return values.cast(fine).cast(pa.int64())


def _serial_numbers(values: pa.Array, kind: str) -> pa.Array:
    """Moments as Excel counts them: days since the end of 1899, the time as a part of a day."""
    missing = values.is_null().to_numpy(zero_copy_only=False)
    if kind == "date":
        days, part = _days(values, kind).fill_null(0).to_numpy(), None
    else:
        moments = _microseconds(values, kind).fill_null(0).to_numpy()
        days, rest = np.divmod(moments, DAY_MICROSECONDS)
        part = rest / DAY_MICROSECONDS
    if kind == "time":
        return pa.array(part, mask=missing)
    serial = days - DAY_ZERO - (days < AFTER_LEAP_DAY)
    return pa.array(serial if part is None else serial + part, mask=missing)


def _cell(before: str, after: str, style: int = 0) -> CellFormatter:
    """A cell of a number."""
    start = f'{before}<c s="{style}"><v>' if style else f"{before}<c><v>"
    return lambda values: join_cells(start, hide(values), f"</v></c>{after}")


def _truth_cell(before: str, after: str) -> CellFormatter:
    def format_cells(values: pa.Array) -> pa.Array:
        digits = pc.if_else(pc.equal(values, "true"), "1", "0")
        return join_cells(f'{before}<c t="b"><v>', hide(digits), f"</v></c>{after}")

    return format_cells


def _text_cell(before: str, after: str) -> CellFormatter:
    start = f'{before}<c t="inlineStr"><is><t xml:space="preserve">'
    end = f"</t></is></c>{after}"
    return lambda values: join_cells(start, hide(_xml_text(values)), end)


def _xml_text(values: pa.Array) -> pa.Array:
    alike = pc.match_substring_regex(values, _ESCAPED)
    if pc.any(alike).as_py():
        values = pc.if_else(alike, pc.replace_substring(values, "_x", "_x005F_x"), values)
    for character, escaped in {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.items():
        values = pc.replace_substring(values, character, escaped)
    if pc.any(pc.match_substring_regex(values, _UNREADABLE)).as_py():
        for character in _UNREADABLE_CHARACTERS:
            values = pc.replace_substring(values, character, f"_x{ord(character):04X}_")
    return values


FORMAT = Xlsx(
    name="xlsx",
    label="Excel",
    suffix="xlsx",
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    # Parts are no cells yet; the cells hold the texts of CSV.
    size=ExpectedSize(factor=0.9, measured_as="csv"),
)
