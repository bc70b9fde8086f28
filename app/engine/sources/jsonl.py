"""JSON Lines: one object a line, numbers kept as the text that stands there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.errors import SourceError
from app.engine.sources.delimited import column_names
from app.engine.sources.encoding import find_encoding
from app.engine.sources.limits import SourceLimits
from app.engine.sources.tables import ReadingOptions, SourceTable, TextDialect

ROWS = 16_384


def open_jsonl(
    path: Path, name: str, format_name: str, options: ReadingOptions, limits: SourceLimits
) -> SourceTable:
    """A file of JSON Lines; its columns are the keys of all lines, in the order of their first
    use. Lists and mappings stay JSON text.

    Raises:
        SourceError: where a line is no JSON object.
    """
    encoding = options.encoding or find_encoding(path).name
    keys: dict[str, None] = {}
    for record in _records(path, encoding, limits):
        if not record.keys() <= keys.keys():
            keys.update(dict.fromkeys(record))
            limits.check_columns(path.name, len(keys))
    limits.check_columns(path.name, len(keys))
    names, warnings = column_names(path.name, list(keys), header=True)
    schema = pa.schema([(each, pa.string()) for each in names])

    def read() -> Iterator[pa.RecordBatch]:
        return _batches(path, encoding, list(keys), schema, limits)

    return SourceTable(name, format_name, schema, read, TextDialect(encoding), tuple(warnings))


def _batches(
    path: Path, encoding: str, keys: list[str], schema: pa.Schema, limits: SourceLimits
) -> Iterator[pa.RecordBatch]:
    records = _records(path, encoding, limits)
    rows = 0
    while block := list(islice(records, ROWS)):
        rows += len(block)
        limits.check_cells(path.name, rows, len(keys))
        columns = [pa.array([_text(row.get(key)) for row in block], pa.string()) for key in keys]
        yield pa.record_batch(columns, schema=schema)


def _records(path: Path, encoding: str, limits: SourceLimits) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
    longest = limits.cell_bytes * 4
    try:
        with path.open(encoding=encoding, newline="\n") as file:
            number = 0
            while line := file.readline(longest + 1):
                number += 1
                if line.strip():
                    yield _record(path, decoder, line, number, longest)
    except UnicodeError:
        raise SourceError(f"{path.name}: a line after {number:,} is not {encoding}") from None


def _record(
    path: Path, decoder: json.JSONDecoder, line: str, number: int, longest: int
) -> dict[str, Any]:
    if len(line) > longest:
        raise SourceError(f"{path.name}: line {number:,} has more than {longest:,} characters")
    try:
        found = decoder.decode(line.strip())
    except (ValueError, RecursionError):
        raise SourceError(f"{path.name}: line {number:,} is no JSON") from None
    if not isinstance(found, dict):
        raise SourceError(f"{path.name}: line {number:,} is no JSON object") from None
    return found


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)
