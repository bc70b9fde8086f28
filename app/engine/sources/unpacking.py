"""Archives and compressed files, unpacked under a limit that counts what really comes out."""

from __future__ import annotations

import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from app.engine.errors import SourceError
from app.engine.sources.limits import SourceLimits

if TYPE_CHECKING:
    from _typeshed import SupportsRead

CHUNK = 1 << 20
MOST_MEMBERS = 10_000
# What zipfile raises over changed bytes, besides its own error.
BROKEN_ARCHIVE = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
    zlib.error, lzma.LZMAError,
)  # fmt: skip


class Unpacker:
    """Writes what it unpacks to one folder; all of it together stays below the limit."""

    def __init__(self, folder: Path, limits: SourceLimits) -> None:
        self._folder = folder
        self._limits = limits
        self._left = limits.unpacked_bytes
        self._made = 0

    def gunzip(self, path: Path) -> Path:
        """The file in a .gz file, under the name without that suffix.

        Raises:
            SourceError: where it is broken or unpacks to too much.
        """
        try:
            with gzip.open(path) as file:
                return self._write(file, path.stem, path.name)
        except (OSError, EOFError, zlib.error):
            raise SourceError(f"{path.name}: the compressed file is broken") from None

    def members(self, path: Path, suffixes: frozenset[str]) -> Iterator[Path]:
        """The tables in an archive, unpacked one after the other.

        Raises:
            SourceError: where it is broken or encrypted, or unpacks to too much.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                yield from self._unpack(path.name, archive, suffixes)
        except BROKEN_ARCHIVE:
            raise SourceError(f"{path.name}: the archive is broken or encrypted") from None

    def _unpack(
        self, name: str, archive: zipfile.ZipFile, suffixes: frozenset[str]
    ) -> Iterator[Path]:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise SourceError(f"{name}: {len(members):,} files are more than {MOST_MEMBERS:,}")
        wanted = [each for each in members if is_table_name(each.filename, suffixes)]
        self._limits.check_tables(name, len(wanted))
        if sum(each.file_size for each in wanted) > self._left:
            raise self._too_much(name)
        for member in wanted:
            with archive.open(member) as file:
                yield self._write(file, PurePosixPath(member.filename).name, name)

    def _write(self, file: SupportsRead[bytes], wanted: str, name: str) -> Path:
        # A folder of its own for each file: two of them may have one name.
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        path = folder / (wanted[-150:] or "table")
        with path.open("xb") as made:
            while chunk := file.read(CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    raise self._too_much(name)
                made.write(chunk)
        return path

    def _too_much(self, name: str) -> SourceError:
        return SourceError(
            f"{name}: unpacked it has more than {self._limits.unpacked_bytes:,} bytes"
        )


def is_table_name(name: str, suffixes: frozenset[str]) -> bool:
    """Whether a file of an archive or folder is a table by its name; hidden ones are not."""
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not name.endswith("/") and not hidden and path.suffix.lower() in suffixes
