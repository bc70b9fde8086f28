"""Files on disk: `<data_dir>/jobs/<id>/`.

plan.pickle                  the compiled plan, written before the job is queued
parts/…                      blocks of a job under way, for whoever works on it
data/<token>/<table>.<sfx>   what was asked for at submission
data/<token>/manifest.json…  its signed manifest, its signature and the public key
rendered/<format>/…          formats asked for later

Each claim of a job has a token and writes into a folder of its own: a runner that lost its job
without knowing spoils nothing. Which folder counts is what the rows of files in the database say.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.store.private import make_private

_CHUNK = 1 << 20
# Archives of the same files are the same bytes: no entry carries the time of packing.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The folder of one job."""

    path: Path

    @property
    def plan(self) -> Path:
        return self.path / "plan.pickle"

    @property
    def parts(self) -> Path:
        return self.path / "parts"

    def data(self, fencing_token: int) -> Path:
        """What the claim of the job with this token makes."""
        return self.path / "data" / str(fencing_token)

    def rendered(self, format: str) -> Path:
        return self.path / "rendered" / format

    def relative(self, file: Path) -> str:
        return file.relative_to(self.path).as_posix()

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def remove_unfinished(self, keep: Collection[str], fencing_token: int) -> None:
        """Remove the parts, and the data of every claim of the job up to that with `fencing_token`
        that holds none of the files `keep`, which are relative to this folder.

        Whoever resumes the job has a higher token, and keeps what it works with.
        """
        shutil.rmtree(self.parts, ignore_errors=True)
        for folder in _entries(self.path / "data"):
            later = folder.name.isdecimal() and int(folder.name) > fencing_token
            kept = any(name.startswith(f"{self.relative(folder)}/") for name in keep)
            if not later and not kept:
                shutil.rmtree(folder, ignore_errors=True)

    def age(self) -> float:
        """Seconds since something in the folder, or right below it, was made or removed."""
        moments = [0.0]
        for place in (self.path, *_entries(self.path)):
            with contextlib.suppress(FileNotFoundError):
                moments.append(place.stat().st_mtime)
        return time.time() - max(moments)

    def size(self) -> int:
        """Bytes of all files; those that come and go meanwhile may be counted or not."""
        total = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    total += Path(folder, name).stat().st_size
        return total


@dataclass(frozen=True, slots=True)
class JobFiles:
    """All folders of jobs below `root`."""

    root: Path

    def folder(self, job_id: str) -> JobFolder:
        return JobFolder(self.root / "jobs" / job_id)

    def stored(self) -> list[str]:
        """The ids of jobs that have a folder."""
        return [folder.name for folder in _entries(self.root / "jobs")]

    def writable(self) -> bool:
        """Whether a file can be made; tries it."""
        probe = self.root / f".probe-{os.getpid()}"
        try:
            make_private(self.root)
            probe.write_bytes(b"x")
            probe.unlink()
        except OSError:
            return False
        return True


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []


def write_archive(archive: Path, files: Sequence[Path]) -> None:
    """Pack files by their names into a zip, whole or not at all; the same files, the same bytes."""
    temporary = archive.with_name(f".{archive.name}.{secrets.token_hex(8)}.tmp")
    make_private(archive.parent)
    try:
        _pack(temporary, files)
        temporary.replace(archive)
    finally:
        temporary.unlink(missing_ok=True)


def _pack(temporary: Path, files: Sequence[Path]) -> None:
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for file in sorted(files, key=lambda file: file.name):
            entry = zipfile.ZipInfo(file.name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with file.open("rb") as source, packed.open(entry, "w", force_zip64=True) as sink:
                shutil.copyfileobj(source, sink, _CHUNK)
    with temporary.open("rb") as stream:
        os.fsync(stream.fileno())
