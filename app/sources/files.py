"""Uploaded files on disk: `<data_dir>/sources/<tenant>/<id>/`, for the service's own user alone.

<file>    what was uploaded, under a name that ends in its format; a folder of files where several
          were, or where a connection was read
work/…    what reading it needs for a while
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The longest name that every file system holds, with room for what is put before it.
MAX_NAME_BYTES = 200


@dataclass(frozen=True, slots=True)
class SourceFolder:
    """The folder of one source."""

    path: Path

    @property
    def work(self) -> Path:
        return self.path / "work"

    def file(self, name: str) -> Path:
        return self.path / name

    def take_out(self, folder: Path, name: str) -> None:
        """Have the only file of a folder lie beside that."""
        (folder / name).rename(self.file(name))
        folder.rmdir()

    def keep(self, name: str) -> None:
        """Remove all but one file or folder: what earlier versions of the source have left."""
        for each in [*self.path.iterdir()] if self.path.is_dir() else []:
            if each.name == name:
                continue
            if each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink(missing_ok=True)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def age(self) -> float:
        """Seconds since a file came into it or went."""
        with contextlib.suppress(FileNotFoundError):
            return time.time() - self.path.stat().st_mtime
        return 0.0


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """All folders of sources below `root`."""

    root: Path

    def folder(self, tenant: str, source_id: str) -> SourceFolder:
        return SourceFolder(self.root / "sources" / tenant / source_id)

    def stored(self) -> Iterator[tuple[str, SourceFolder]]:
        """The ids of sources that have a folder, with it."""
        for folder in sorted((self.root / "sources").glob("*/*")):
            yield folder.name, SourceFolder(folder)


def file_name(name: str, suffix: str) -> str:
    """The name of a file on disk, from which its table takes its own.

    Args:
        name: what the user calls it, with or without the suffix.
        suffix: that of its format, such as `.csv` or `.csv.gz`.
    """
    stem = name[: -len(suffix)] if name.casefold().endswith(suffix) else name
    safe = re.sub(r"[^\w .()-]", "_", stem).strip(" .") or "table"
    kept = safe.encode()[: MAX_NAME_BYTES - len(suffix)].decode(errors="ignore")
    return kept + suffix
