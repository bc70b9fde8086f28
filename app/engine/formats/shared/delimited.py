"""Text with delimiters (CSV, TSV): RFC 4180, LF line ends, UTF-8, quotes where a cell needs them.

A null is an empty cell, an empty text is ``""``. In a table of one column a null is ``""`` too,
since readers skip blank lines.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.formats.shared.base import (
    DEFAULT_OPTIONS,
    TEXT_BLOCK,
    Assembler,
    Concatenation,
    FormatOptions,
    LineFormat,
    disarm_formulas,
)
from app.engine.formats.shared.csv_options import CsvOptions
from app.engine.formats.shared.text import (
    CellFormatter,
    CellFormatters,
    field_text,
    hidden,
    hide,
    join_rows,
    kind_of,
    text_bytes,
)

BOM = b"\xef\xbb\xbf"
_LINE_ENDS = {"lf": b"\n", "crlf": b"\r\n"}
_OTHER_KINDS = ("int", "float", "bool", "date", "datetime", "time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimited(LineFormat):
    """Lines of cells between delimiters; `has_options` says that `FormatOptions.csv` holds."""

    delimiter: str
    has_options: bool = False
    opened_as_sheets: bool = True

    def check(self, schema: pa.Schema, rows: int, options: FormatOptions) -> None:
        for field in schema:
            kind_of(field.type)

    def encode(self, batch: pa.RecordBatch, options: FormatOptions) -> Any:
        csv = self._options(options)
        formatters = _formatters(csv, options.escape_formulas)
        columns = [
            field_text(field, column, formatters)
            for field, column in zip(batch.schema, batch.columns, strict=True)
        ]
        null = '""' if len(columns) == 1 and not csv.null else csv.null
        if null:
            columns = [_with_token(column, null) for column in columns]
        return join_rows(columns, csv.delimiter, _LINE_ENDS[csv.line_end])

    def assembler(
        self, path: Path, name: str, schema: pa.Schema, options: FormatOptions
    ) -> Assembler:
        return Concatenation(path, head=self.head(schema, options))

    def head(self, schema: pa.Schema, options: FormatOptions) -> bytes:
        csv = self._options(options)
        cells = _cells(csv, options.escape_formulas)
        names = [cells(pa.array([name], pa.string())) for name in schema.names]
        line = bytes(join_rows(names, csv.delimiter, _LINE_ENDS[csv.line_end]))
        return BOM + line if csv.bom else line

    def _options(self, options: FormatOptions) -> CsvOptions:
        return options.csv if self.has_options else CsvOptions(delimiter=self.delimiter)

    def read(
        self, path: Path, schema: pa.Schema, options: FormatOptions = DEFAULT_OPTIONS
    ) -> Iterator[pa.RecordBatch]:
        return self.read_stream(path, schema, options)

    def read_stream(
        self, source: Any, schema: pa.Schema, options: FormatOptions
    ) -> Iterator[pa.RecordBatch]:
        from pyarrow import csv

        own = self._options(options)
        # A null of a table of one column is written "", since readers skip blank lines.
        alone = len(schema) == 1 and not own.null
        with csv.open_csv(
            source,
            csv.ReadOptions(block_size=TEXT_BLOCK),
            csv.ParseOptions(delimiter=own.delimiter, newlines_in_values=True),
            csv.ConvertOptions(
                column_types=schema,
                null_values=[own.null],
                strings_can_be_null=True,
                quoted_strings_can_be_null=alone,
            ),
        ) as reader:
            yield from reader


@functools.cache
def _formatters(csv: CsvOptions, escape_formulas: bool) -> CellFormatters:
    text = _cells(csv, escape_formulas)
    if csv.quote == "minimal":
        return {"text": text}
    return {"text": text, **dict.fromkeys(_OTHER_KINDS, _quoted)}


def _quoted(values: pa.Array) -> pa.Array:
    return hide(_in_quotes(values))


def _with_token(values: pa.Array, null: str) -> pa.Array:
    if not values.null_count:
        return values
    return (values if pa.types.is_binary(values.type) else hide(values)).fill_null(hidden(null))


@functools.cache
def _cells(csv: CsvOptions, escape_formulas: bool) -> CellFormatter:
    """The formatter of text cells: quoted where needed, hidden where anything was quoted."""
    special = f'"\n\r{csv.delimiter}'.encode()
    always = csv.quote == "all" or bool(csv.null)

    def format_cells(values: pa.Array) -> pa.Array:
        if escape_formulas:
            values = disarm_formulas(values)
        text = text_bytes(values)
        empty = pc.any(pc.equal(pc.binary_length(values), 0)).as_py()
        if not always and not empty and not any(character in text for character in _each(special)):
            return values
        return hide(_quote_where_needed(values, csv))

    return format_cells


def _each(characters: bytes) -> list[bytes]:
    return [bytes([character]) for character in characters]


def _quote_where_needed(values: pa.Array, csv: CsvOptions) -> pa.Array:
    quoted = _in_quotes(values)
    if csv.quote == "all":
        return quoted
    needed = pc.match_substring_regex(values, f'["\\n\\r{csv.delimiter}]|^$')
    if csv.null:
        needed = pc.or_(needed, pc.equal(values, csv.null))
    return pc.if_else(needed, quoted, values)


def _in_quotes(values: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(
        '"', pc.replace_substring(values, '"', '""'), '"', "", null_handling="emit_null"
    )
