"""ODS (OpenDocument 1.3 spreadsheet), written as a stream: one content.xml inside a zip.

Source: https://docs.oasis-open.org/office/OpenDocument/v1.3/os/part3-schema/
"""

from __future__ import annotations

import functools
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.formats.shared.base import Assembler, ExpectedSize, FormatOptions
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
    column_text,
    hidden,
    hide,
    join_rows,
)

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
        "number": "datastyle",
    }.items()
)
_DAY = '<number:year number:style="long"/>-<number:month number:style="long"/>-'
_DAY = _DAY.replace(">-", "><number:text>-</number:text>") + '<number:day number:style="long"/>'
_CLOCK = "<number:text>:</number:text>".join(
    f'<number:{unit} number:style="long"/>' for unit in ("hours", "minutes", "seconds")
)
_STYLES = (
    f'<number:date-style style:name="N1">{_DAY}</number:date-style>'
    f'<number:date-style style:name="N2">{_DAY}<number:text> </number:text>{_CLOCK}'
    "</number:date-style>"
    f'<number:time-style style:name="N3">{_CLOCK}</number:time-style>'
) + "".join(
    f'<style:style style:name="{kind}" style:family="table-cell" style:data-style-name="N{place}"/>'
    for place, kind in enumerate(("date", "datetime", "time"), start=1)
)
_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {_NAMESPACES} '
    f'office:version="1.3"><office:automatic-styles>{_STYLES}</office:automatic-styles>'
    "<office:body><office:spreadsheet>"
)
_TAIL = "</office:spreadsheet></office:body></office:document-content>"
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
    f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" '
    f'manifest:media-type="{MEDIA_TYPE}"/><manifest:file-entry '
    'manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)

# What XML cannot hold becomes U+FFFD; runs of spaces, tabs and line ends have elements of theirs.
_ILLEGAL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
_NEWLINE = "</text:p><text:p>"


@dataclass(frozen=True, slots=True)
class Ods(SheetFormat):
    """Numbers, booleans and moments are typed cells; numbers that are not finite are empty."""

    def assembler(
        self, path: Path, name: str, schema: pa.Schema, options: FormatOptions
    ) -> Assembler:
        return _Document(path, name, schema, options)


class _Document(SheetAssembler):
    def __init__(self, path: Path, name: str, schema: pa.Schema, options: FormatOptions) -> None:
        super().__init__(path, name)
        self._header = header(schema, options)
        self._zip = zipfile.ZipFile(path, "w")
        # Readers know the file by its first member, which must lie there uncompressed.
        self._zip.writestr(zip_member("mimetype", zipfile.ZIP_STORED), MEDIA_TYPE)
        self._zip.writestr(zip_member("META-INF/manifest.xml"), _MANIFEST)
        self._content = self._zip.open(zip_member("content.xml"), "w", force_zip64=True)
        self._content.write(_HEAD.encode())

    def _begin_sheet(self, name: str) -> None:
        if self._sheets > 1:
            self._content.write(b"</table:table>")
        self._content.write(f"<table:table table:name={quoteattr(name)}>".encode())
        self._content.write(_rows([pa.array([text], pa.string()) for text in self._header]))

    def _put(self, rows: pa.RecordBatch) -> None:
        if rows.num_rows:
            self._content.write(_rows(rows.columns))

    def _complete(self) -> None:
        self._content.write(f"</table:table>{_TAIL}".encode())
        self._content.close()
        self._zip.close()


def _rows(columns: list[pa.Array]) -> bytes:
    last = len(columns) - 1
    cells = []
    for place, column in enumerate(columns):
        before = "<table:table-row>" if place == 0 else ""
        after = "</table:table-row>" if place == last else ""
        texts = column_text(column, _formatters(before, after))
        cells.append(texts.fill_null(hidden(f"{before}<table:table-cell/>{after}")))
    return bytes(join_rows(cells, ""))


@functools.lru_cache(maxsize=8)
def _formatters(before: str, after: str) -> CellFormatters:
    number = _cell(before, after, "float", "value")
    return {
        "int": number,
        "float": number,
        "bool": _cell(before, after, "boolean", "boolean-value"),
        "date": _cell(before, after, "date", "date-value", "date"),
        "datetime": _cell(before, after, "date", "date-value", "datetime"),
        "time": _cell(before, after, "time", "time-value", "time"),
        "text": _text_cell(before, after),
    }


def _cell(before: str, after: str, kind: str, attribute: str, style: str = "") -> CellFormatter:
    """A typed cell: its value as an attribute, its text as a paragraph."""
    styled = f' table:style-name="{style}"' if style else ""
    start = f'{before}<table:table-cell{styled} office:value-type="{kind}" office:{attribute}="'
    end = f"</text:p></table:table-cell>{after}"

    def format_cells(values: pa.Array) -> pa.Array:
        return join_cells(start, hide(_attribute(values, style)), '"><text:p>', hide(values), end)

    return format_cells


def _attribute(values: pa.Array, style: str) -> pa.Array:
    """A moment in the form of XML Schema: ``2020-01-31T12:00:00``, ``PT12H00M00S``."""
    if style == "datetime":
        return pc.replace_substring(values, " ", "T")
    if style == "time":
        return pc.replace_substring_regex(values, r"^(..):(..):(.*)$", r"PT\1H\2M\3S")
    return values


def _text_cell(before: str, after: str) -> CellFormatter:
    start = f'{before}<table:table-cell office:value-type="string"><text:p>'
    end = f"</text:p></table:table-cell>{after}"
    return lambda values: join_cells(start, hide(_xml_text(values)), end)


def _xml_text(values: pa.Array) -> pa.Array:
    values = pc.replace_substring_regex(values, _ILLEGAL, "\ufffd")
    for character, escaped in {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "\r\n": _NEWLINE,
        "\r": _NEWLINE,
        "\n": _NEWLINE,
        "\t": "<text:tab/>",
        "  ": "<text:s/><text:s/>",
    }.items():
        values = pc.replace_substring(values, character, escaped)
    return pc.replace_substring_regex(values, "^ | $", "<text:s/>")


FORMAT = Ods(
    name="ods",
    label="OpenDocument",
    suffix="ods",
    media_type=MEDIA_TYPE,
    # Parts are no cells yet; the cells hold the texts of CSV.
    size=ExpectedSize(factor=0.7, measured_as="csv"),
)
