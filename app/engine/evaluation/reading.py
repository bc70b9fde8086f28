"""Finished files read back batch by batch, with the types that the plan gives their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import TablesmithError
from app.engine.formats import DEFAULT_OPTIONS, FORMATS, FormatOptions

APOSTROPHE = r"^'([=+\-@\t\r])"


class UnreadableFile(TablesmithError):  # noqa: N818
    """A result file that does not hold the table it should."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """One file of a table.

    Args:
        format: its name.
        options: those that it was written with; an apostrophe before texts that start like a
            spreadsheet's formula is taken off again.
    """

    path: Path
    format: str
    options: FormatOptions = DEFAULT_OPTIONS

    @property
    def escaped(self) -> bool:
        """Whether texts may have an apostrophe before them."""
        return self.options.escape_formulas and FORMATS[self.format].opened_as_sheets


class WrittenFile(Protocol):
    """What is known of a file that a run has made."""

    @property
    def table(self) -> str: ...

    @property
    def format(self) -> str: ...

    @property
    def path(self) -> Path: ...


def best_files(
    files: Iterable[WrittenFile], options: FormatOptions = DEFAULT_OPTIONS
) -> dict[str, TableFile]:
    """For each table the file that is read fastest and keeps types best.

    Args:
        options: those that all files were written with.
    """
    found: dict[str, TableFile] = {}
    order = sorted(FORMATS, key=lambda name: FORMATS[name].reading_rank)
    for file in sorted(files, key=lambda each: order.index(each.format)):
        found.setdefault(file.table, TableFile(file.path, file.format, options))
    return found


def batches(file: TableFile, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of a file; labels come as plain strings.

    At most 65,536 rows a batch from Parquet, and about 8 MiB of text from the text formats. A
    sheet of a spreadsheet is in memory as a whole.

    Raises:
        UnreadableFile: where the file cannot be read as a table of this schema.
    """
    plain = plain_schema(schema)
    try:
        for batch in FORMATS[file.format].read(file.path, plain, file.options):
            yield _conformed(batch, plain, file)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise UnreadableFile(f"{file.path.name} cannot be read: {error}") from error


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The schema with labels as strings."""
    return pa.schema([(field.name, plain_type(field.type)) for field in schema])


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of the values, labels being strings."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _conformed(batch: pa.RecordBatch, schema: pa.Schema, file: TableFile) -> pa.RecordBatch:
    if batch.schema.names != schema.names:
        found, wanted = ", ".join(batch.schema.names), ", ".join(schema.names)
        raise UnreadableFile(f"{file.path.name} has the columns {found}; declared are {wanted}")
    columns = [
        _cast(column, field.type) for column, field in zip(batch.columns, schema, strict=True)
    ]
    if file.escaped:
        columns = [_unescaped(column) for column in columns]
    return pa.record_batch(columns, schema=schema)


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """The column as `kind`; texts of times have no cast of their own."""
    if column.type == kind:
        return column
    if pa.types.is_string(column.type) and pa.types.is_time(kind):
        moments = pc.binary_join_element_wise("1970-01-01", column, " ").cast(pa.timestamp("us"))
        return moments.cast(pa.int64()).view(kind)
    return column.cast(kind)


def _unescaped(column: pa.Array) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column
    return pc.replace_substring_regex(column, APOSTROPHE, r"\1")
