"""What a file format is: blocks become parts inside workers, parts become one file in order.

Importing this loads no pyarrow, so that names of formats cost nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from app.engine.files import HashedFile
from app.engine.formats.shared.csv_options import CsvOptions, checked_csv_options

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 65_536
"""Rows of a batch where a reader can choose."""
TEXT_BLOCK = 8 << 20
"""Bytes of text that a reader has in hand at once."""


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """Choices that a file format leaves open.

    Args:
        escape_formulas: put an apostrophe before text cells that a spreadsheet would take for a
            formula (OWASP, "CSV injection"); in formats that are `opened_as_sheets`.
        on_row_limit: what to do with more rows than a sheet holds: further sheets, or refuse.
        csv: how CSV is written.
    """

    escape_formulas: bool = False
    on_row_limit: Literal["split", "refuse"] = "split"
    csv: CsvOptions = field(default_factory=CsvOptions)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> FormatOptions:
        """The options of keys and values, as requests have them.

        Raises:
            FormatError: for the first fault in those of CSV.
        """
        return cls(**{**given, "csv": checked_csv_options(given.get("csv", {}))})


DEFAULT_OPTIONS = FormatOptions()


class Assembler(Protocol):
    """Writes one file from its parts, in constant memory."""

    def append(self, part: Path) -> None:
        """Add the next block's part; parts come in the order of their blocks."""

    def finish(self) -> tuple[int, str]:
        """Complete the file and make it durable; its size in bytes and its SHA-256."""


@dataclass(frozen=True, slots=True)
class ExpectedSize:
    """What is known of a file's size before it is made.

    Args:
        factor: bytes for each character that the values have as text.
        each_name: bytes that every row adds for each column, beside the column's name; None where
            rows do not repeat the names.
        repeats_categories: whether each block holds all categories of its columns.
        measured_as: the format whose parts say how wide texts are, where this one's parts do not.
    """

    factor: float = 1.0
    each_name: int | None = None
    repeats_categories: bool = False
    measured_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Format(ABC):
    """One family of files, written and read. Part bytes depend on the block and the options, on
    nothing else.

    Args:
        name: that of its module, and what users ask for it by.
        label: its name on pages.
        suffix: of its files, without the dot.
        media_type: registered with IANA where there is one.
        other_media_types: what callers may ask for it by, too.
        opened_as_sheets: whether spreadsheet programs open it, so that texts which look like
            formulas may be escaped (`FormatOptions.escape_formulas`).
        size: what is known of a file's size before it is made.
    """

    name: str
    label: str
    suffix: str
    media_type: str
    other_media_types: tuple[str, ...] = ()
    opened_as_sheets: bool = False
    size: ExpectedSize = ExpectedSize()

    # Of a table's files the one with the lowest is read: types are kept best and reading is fast.
    reading_rank: ClassVar[int] = 1

    @abstractmethod
    def check(self, schema: pa.Schema, rows: int, options: FormatOptions) -> None:
        """Refuse a table the format cannot hold, before any row is made.

        Raises:
            FormatError: naming the limit and what would be right.
        """

    @abstractmethod
    def encode(self, batch: pa.RecordBatch, options: FormatOptions) -> Any:
        """The part of one block, as bytes or a buffer; it depends on the block's rows and the
        options alone. Raises FormatError where a value cannot be written."""

    @abstractmethod
    def assembler(
        self, path: Path, name: str, schema: pa.Schema, options: FormatOptions
    ) -> Assembler:
        """A writer of the file `path` for the table `name`."""

    @abstractmethod
    def read(
        self, path: Path, schema: pa.Schema, options: FormatOptions = DEFAULT_OPTIONS
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a finished file, batch by batch.

        Args:
            options: those that the file was written with.
            schema: what the table has been declared as, labels as plain strings. Values come with
                these types, or with types that can be cast to them.

        Raises:
            pyarrow.ArrowException, OSError, ValueError, KeyError: the file holds no such table.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedFormat(Format):
    """A format whose files say themselves which types their columns have; sinks read these."""

    reading_rank: ClassVar[int] = 0

    @abstractmethod
    def stored_schema(self, path: Path) -> pa.Schema:
        """The columns of a file. Raises OSError."""

    @abstractmethod
    def stored_rows(self, path: Path) -> int:
        """How many rows a file has. Raises OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFormat(Format):
    """A format of text whose file is a head and the parts one after the other."""

    @abstractmethod
    def head(self, schema: pa.Schema, options: FormatOptions) -> bytes:
        """What stands before the first row."""

    @abstractmethod
    def read_stream(
        self, source: Any, schema: pa.Schema, options: FormatOptions
    ) -> Iterator[pa.RecordBatch]:
        """As `read`, of a file's content: pyarrow's stream, or a path; it is not empty."""


class Concatenation:
    """The assembler of formats whose file is a head, the parts and a tail."""

    def __init__(self, path: Path, head: bytes = b"", tail: bytes = b"") -> None:
        self._file = HashedFile(path)
        self._tail = tail
        self._file.write(head)

    def append(self, part: Path) -> None:
        self._file.copy(part)

    def finish(self) -> tuple[int, str]:
        self._file.write(self._tail)
        self._file.close()
        return self._file.size, self._file.sha256


FORMULA_START = r"^[=+\-@\t\r]"


def disarm_formulas(values: pa.Array) -> pa.Array:
    """Text with an apostrophe before every value that starts like a formula, shape (rows,); null
    stays null."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(values, FORMULA_START, r"'\0")
