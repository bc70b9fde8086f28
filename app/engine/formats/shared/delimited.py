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
    TEXT_BLOCK,
    Assembler,
    Concatenation,
    Format,
    FormatOptions,
    disarm_formulas,
)
from app.engine.formats.shared.text import (
    CellFormatter,
    column_text,
    hidden,
    hide,
    join_rows,
    kind_of,
    text_bytes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimited(Format):
    """Lines of cells between delimiters."""

    delimiter: str
    opened_as_sheets: bool = True

    def check(self, schema: pa.Schema, rows: int, options: FormatOptions) -> None:
        for field in schema:
            kind_of(field.type)

    def encode(self, batch: pa.RecordBatch, options: FormatOptions) -> Any:
        formatters = {"text": _cells(self.delimiter, options.escape_formulas)}
        columns = [column_text(column, formatters) for column in batch.columns]
        if len(columns) == 1 and columns[0].null_count:
            columns = [columns[0].cast(pa.binary()).fill_null(hidden('""'))]
        return join_rows(columns, self.delimiter)

    def assembler(
        self, path: Path, name: str, schema: pa.Schema, options: FormatOptions
    ) -> Assembler:
        cells = _cells(self.delimiter, options.escape_formulas)
        names = [cells(pa.array([name], pa.string())) for name in schema.names]
        return Concatenation(path, head=bytes(join_rows(names, self.delimiter)))

    def read(self, path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        from pyarrow import csv

        # A null of a table of one column is written "", since readers skip blank lines.
        alone = len(schema) == 1
        with csv.open_csv(
            path,
            csv.ReadOptions(block_size=TEXT_BLOCK),
            csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
            csv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=alone,
            ),
        ) as reader:
            yield from reader


@functools.cache
def _cells(delimiter: str, escape_formulas: bool) -> CellFormatter:
    """The formatter of text cells: quoted where needed, hidden where anything was quoted."""
    special = f'"\n\r{delimiter}'.encode()

    def format_cells(values: pa.Array) -> pa.Array:
        if escape_formulas:
            values = disarm_formulas(values)
        text = text_bytes(values)
        empty = pc.any(pc.equal(pc.binary_length(values), 0)).as_py()
        if not empty and not any(character in text for character in _each(special)):
            return values
        return hide(_quote_where_needed(values, delimiter))

    return format_cells


def _each(characters: bytes) -> list[bytes]:
    return [bytes([character]) for character in characters]


def _quote_where_needed(values: pa.Array, delimiter: str) -> pa.Array:
    needed = pc.match_substring_regex(values, f'["\\n\\r{delimiter}]|^$')
    quoted = pc.binary_join_element_wise(
        '"', pc.replace_substring(values, '"', '""'), '"', "", null_handling="emit_null"
    )
    return pc.if_else(needed, quoted, values)
