"""Files of cells between delimiters, every cell as the text that stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.errors import SourceError
from app.engine.sources.dialects import FoundDialect, find_dialect
from app.engine.sources.encoding import check_encoding, find_encoding
from app.engine.sources.limits import SourceLimits
from app.engine.sources.tables import ReadingOptions, SourceTable, TextDialect

BLOCK = 8 << 20
LONGEST_NAME = 1000


def open_delimited(
    path: Path, name: str, format_name: str, options: ReadingOptions, limits: SourceLimits
) -> SourceTable:
    """A CSV or TSV file.

    Raises:
        SourceError: where it is no text, has no columns, or has two columns of one name.
    """
    asked = options.encoding
    encoding = check_encoding(path, asked) if asked else find_encoding(path)
    delimiter = "\t" if format_name == "tsv" else None
    found = find_dialect(path, encoding, options, delimiter)
    limits.check_columns(path.name, len(found.rows[0]))
    names, warnings = column_names(path.name, found.rows[0], header=found.dialect.header)
    if not encoding.proven:
        warnings.append(f"{path.name}: read as {encoding.name}, which is likely but not certain")
    if not found.dialect.header:
        warnings.append(
            f"{path.name}: the first line holds values, so columns have no names; if it names "
            "them, say so (`header`)"
        )
    schema = pa.schema([(each, pa.string()) for each in names])

    def read() -> Iterator[pa.RecordBatch]:
        return _batches(path, schema, found, limits)

    return SourceTable(name, format_name, schema, read, found.dialect, tuple(warnings))


def column_names(file: str, first: Sequence[str], *, header: bool) -> tuple[list[str], list[str]]:
    """Names of columns from the first row of a table, and warnings of what has none.

    Raises:
        SourceError: where two columns have one name, or a name is none.
    """
    names = [
        cell if header and cell.strip() else f"column_{place}"
        for place, cell in enumerate(first, start=1)
    ]
    if header:
        _check_names(file, names)
    nameless = sum(not cell.strip() for cell in first) if header else 0
    warnings = [f"{file}: {nameless} columns have no name"] if nameless else []
    return names, warnings


def _check_names(file: str, names: Sequence[str]) -> None:
    """The names themselves are not shown: where there is no header, they are a person's values."""
    places: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if (first := places.setdefault(name, place)) != place:
            message = f"columns {first} and {place} have the same name"
            raise SourceError(f"{file}: {message}; give each its own name")
    for place, name in enumerate(names, start=1):
        if len(name) > LONGEST_NAME:
            raise SourceError(f"{file}: the name of column {place} has {len(name):,} characters")
        if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", name):
            raise SourceError(f"{file}: the name of column {place} holds control characters")


class _Ragged:
    """What pyarrow tells of rows with too few or too many cells; the first one is kept."""

    def __init__(self) -> None:
        self.first: tuple[int | None, int, int] | None = None

    def __call__(self, row: Any) -> str:
        if self.first is None:
            self.first = row.number, row.actual_columns, row.expected_columns
        return "error"


def _batches(
    path: Path, schema: pa.Schema, found: FoundDialect, limits: SourceLimits
) -> Iterator[pa.RecordBatch]:
    from pyarrow import csv

    ragged = _Ragged()
    rows = 0
    try:
        with csv.open_csv(path, *_options(found, schema, ragged)) as reader:
            for batch in reader:
                rows += batch.num_rows
                limits.check_cells(path.name, rows, batch.num_columns)
                check_cell_sizes(path.name, batch, limits)
                yield batch
    except (pa.ArrowException, UnicodeError, OSError):
        # The text of these errors shows the row at fault.
        raise SourceError(_reason(path, found, ragged, rows)) from None


def check_cell_sizes(file: str, batch: pa.RecordBatch, limits: SourceLimits) -> None:
    """Raises SourceError where a cell of text is too long."""
    import pyarrow.compute as pc

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_string(column.type) and column.nbytes > limits.cell_bytes:
            longest = pc.max(pc.binary_length(column)).as_py() or 0
            if longest > limits.cell_bytes:
                raise SourceError(
                    f"{file}: a cell of column {name!r} has {longest:,} bytes, more than "
                    f"{limits.cell_bytes:,}; is the quote right?"
                )


def _options(found: FoundDialect, schema: pa.Schema, ragged: _Ragged) -> tuple[Any, Any, Any]:
    from pyarrow import csv

    dialect = found.dialect
    return (
        csv.ReadOptions(
            use_threads=False,
            block_size=BLOCK,
            skip_rows=found.first_row_lines if dialect.header else 0,
            column_names=schema.names,
            encoding=dialect.encoding,
        ),
        csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            double_quote=not dialect.escape,
            escape_char=dialect.escape or False,
            newlines_in_values=bool(dialect.quote),
            ignore_empty_lines=len(schema) > 1,
            invalid_row_handler=ragged,
        ),
        csv.ConvertOptions(
            column_types=dict.fromkeys(schema.names, pa.string()), strings_can_be_null=False
        ),
    )


def _reason(path: Path, found: FoundDialect, ragged: _Ragged, rows: int) -> str:
    if ragged.first is not None:
        number, actual, expected = ragged.first
        place = f"line {number:,}" if number else f"a line after row {rows:,}"
        how = _as_words(found.dialect)
        return f"{path.name}: {place} has {actual:,} cells, the first has {expected:,} ({how})"
    how = _as_words(found.dialect)
    return f"{path.name}: after row {rows:,} the file cannot be read on ({how})"


def _as_words(dialect: TextDialect) -> str:
    quote = f"quote {dialect.quote}" if dialect.quote else "no quotes"
    return f"read with delimiter {dialect.delimiter!r}, {quote}, encoding {dialect.encoding}"
