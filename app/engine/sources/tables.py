"""What an open source is: tables that give their columns and then their rows, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from app.engine.sources.declarations import DeclaredTable


@dataclass(frozen=True, slots=True)
class TextDialect:
    """How a file of text was read, detected or as asked for.

    Args:
        encoding: a name that Python knows.
        delimiter: between cells; empty for JSON Lines.
        quote: around cells; empty where the file uses none.
        escape: before a quote inside of a cell; empty where it is doubled.
        header: whether the first line names the columns.
    """

    encoding: str = "utf-8"
    delimiter: str = ""
    quote: str = ""
    escape: str = ""
    header: bool = True


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What is not to be detected but read as said; None leaves it to be detected."""

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header: bool | None = None


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table of a source.

    Files of text, spreadsheets and JSON Lines give all cells as text (string columns), for what
    a text means is decided by looking at the whole column. Parquet and Arrow keep their types.

    Args:
        name: of the file or the sheet, without a suffix.
        format: csv, tsv, jsonl, parquet, arrow, xlsx or ods.
        schema: names and types of the columns.
        read: makes a new iterator over the rows; each raises SourceError.
        dialect: how text was read; None for other formats.
        warnings: what was assumed or left out.
        declared: what the database that it was read from declares of it; None of other tables.
    """

    name: str
    format: str
    schema: pa.Schema
    read: Callable[[], Iterator[pa.RecordBatch]] = field(repr=False)
    dialect: TextDialect | None = None
    warnings: tuple[str, ...] = ()
    declared: DeclaredTable | None = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, in the order of the file.

        Raises:
            SourceError: where the file turns out to be broken or too large.
        """
        return self.read()


@dataclass(frozen=True, slots=True)
class Source:
    """One or more tables that belong together.

    Args:
        name: of the file or the folder, without a suffix.
        warnings: what was left out.
    """

    name: str
    tables: tuple[SourceTable, ...]
    warnings: tuple[str, ...] = ()
