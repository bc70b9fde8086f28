"""What a file format is: blocks become parts inside workers, parts become one file in order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import pyarrow as pa

from app.engine.files import HashedFile


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """Choices that a file format leaves open.

    Args:
        escape_formulas: put an apostrophe before text cells that a spreadsheet would take for a
            formula (OWASP, "CSV injection"); csv, tsv, xlsx and ods.
        on_row_limit: what to do with more rows than a sheet holds: further sheets, or refuse.
    """

    escape_formulas: bool = False
    on_row_limit: Literal["split", "refuse"] = "split"


class Assembler(Protocol):
    """Writes one file from its parts, in constant memory."""

    def append(self, part: Path) -> None:
        """Add the next block's part; parts come in the order of their blocks."""

    def finish(self) -> tuple[int, str]:
        """Complete the file and make it durable; its size in bytes and its SHA-256."""


class Format(Protocol):
    """One family of files. Part bytes depend on the block and the options, on nothing else."""

    @property
    def name(self) -> str: ...

    @property
    def suffix(self) -> str: ...

    @property
    def media_type(self) -> str: ...

    def check(self, schema: pa.Schema, rows: int, options: FormatOptions) -> None:
        """Refuse a table the format cannot hold, before any row is made.

        Raises:
            FormatError: naming the limit and what would be right.
        """

    def encode(self, batch: pa.RecordBatch, options: FormatOptions) -> Any:
        """The part of one block, as bytes or a buffer."""

    def assembler(
        self, path: Path, name: str, schema: pa.Schema, options: FormatOptions
    ) -> Assembler:
        """A writer of the file `path` for the table `name`."""


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
    """Text with an apostrophe before every value that starts like a formula."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(values, FORMULA_START, r"'\0")
