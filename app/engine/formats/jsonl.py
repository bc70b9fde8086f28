"""JSON Lines: one object a line, UTF-8 (RFC 8259); moments are ISO 8601 text, nulls are null."""

from __future__ import annotations

import functools
import json
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
    ExpectedSize,
    FormatOptions,
    LineFormat,
)
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

_ESCAPED = {chr(code) for code in range(32)} | {'"', "\\"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLines(LineFormat):
    """Objects with the keys in the order of the columns."""

    def check(self, schema: pa.Schema, rows: int, options: FormatOptions) -> None:
        for field in schema:
            kind_of(field.type)

    def encode(self, batch: pa.RecordBatch, options: FormatOptions) -> Any:
        last = batch.num_columns - 1
        members = [
            _member(field, column, "{" if place == 0 else "", "}" if place == last else "")
            for place, (field, column) in enumerate(zip(batch.schema, batch.columns, strict=True))
        ]
        return join_rows(members, ",")

    def assembler(
        self, path: Path, name: str, schema: pa.Schema, options: FormatOptions
    ) -> Assembler:
        return Concatenation(path)

    def head(self, schema: pa.Schema, options: FormatOptions) -> bytes:
        return b""

    def read(
        self, path: Path, schema: pa.Schema, options: FormatOptions = DEFAULT_OPTIONS
    ) -> Iterator[pa.RecordBatch]:
        if path.stat().st_size:
            yield from self.read_stream(path, schema, options)

    def read_stream(
        self, source: Any, schema: pa.Schema, options: FormatOptions
    ) -> Iterator[pa.RecordBatch]:
        from pyarrow import json as pa_json

        fields = [(each.name, _type_in_json(each.type)) for each in schema]
        parsing = pa_json.ParseOptions(
            explicit_schema=pa.schema(fields), unexpected_field_behavior="error"
        )
        reading = pa_json.ReadOptions(block_size=TEXT_BLOCK)
        with pa_json.open_json(source, reading, parsing) as reader:
            yield from reader


def _type_in_json(kind: pa.DataType) -> pa.DataType:
    """The type of a column's values in the file: moments are text."""
    return pa.string() if pa.types.is_temporal(kind) else kind


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) + ":"


def _member(field: pa.Field, values: pa.Array, before: str, after: str) -> pa.Array:
    before += _key(field.name)
    members = field_text(field, values, _formatters(before, after))
    return members.fill_null(hidden(f"{before}null{after}")) if members.null_count else members


@functools.lru_cache(maxsize=1024)
def _formatters(before: str, after: str) -> CellFormatters:
    bare = _framed(before, after)
    quoted = _framed(before + '"', '"' + after)
    iso = _framed(before + '"', '"' + after, iso=True)
    kinds: dict[str, CellFormatter] = {"int": bare, "float": bare, "bool": bare}
    return kinds | {"date": quoted, "time": quoted, "datetime": iso, "text": quoted}


def _framed(before: str, after: str, iso: bool = False) -> CellFormatter:
    def format_cells(values: pa.Array) -> pa.Array:
        text = pc.replace_substring(values, " ", "T") if iso else _escaped(values)
        start, end = hidden(before), hidden(after)
        return pc.binary_join_element_wise(
            start, hide(text), end, hidden(""), null_handling="emit_null"
        )

    return format_cells


def _escaped(values: pa.Array) -> pa.Array:
    """Text with JSON's escapes; the few values that need them go through the json module."""
    characters = set(text_bytes(values).translate(None, _HARMLESS).decode("latin-1"))
    if not characters & _ESCAPED:
        return values
    needed = pc.match_substring_regex(values, r'[\x00-\x1f"\\]').fill_null(False)
    at_fault = values.filter(needed).to_pylist()
    fixed = [json.dumps(text, ensure_ascii=False)[1:-1] for text in at_fault]
    return pc.replace_with_mask(values, needed, pa.array(fixed, pa.string()))


_HARMLESS = bytes(code for code in range(256) if chr(code) not in _ESCAPED)

FORMAT = JsonLines(
    name="jsonl",
    label="JSON lines",
    suffix="jsonl",
    media_type="application/x-ndjson",
    other_media_types=("application/jsonl",),
    # Quotes, colon and comma stand beside each name.
    size=ExpectedSize(each_name=4),
)
