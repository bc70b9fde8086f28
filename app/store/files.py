"""Files on disk: `<data_dir>/jobs/<id>/`.

plan.pickle            the compiled plan, written before the job is queued
data/<table>.<suffix>  what was asked for at submission
data/manifest.json…    its signed manifest, its signature and the public key
rendered/<format>/…    formats asked for later
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
    def data(self) -> Path:
        return self.path / "data"

    def rendered(self, format: str) -> Path:
        return self.path / "rendered" / format

    def relative(self, file: Path) -> str:
        return file.relative_to(self.path).as_posix()

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def remove_data(self) -> None:
        """Remove the data asked for at submission, finished or not."""
        shutil.rmtree(self.data, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class JobFiles:
    """All folders of jobs below `root`."""

    root: Path

    def folder(self, job_id: str) -> JobFolder:
        return JobFolder(self.root / "jobs" / job_id)

    def writable(self) -> bool:
        """Whether a file can be made; tries it."""
        probe = self.root / f".probe-{os.getpid()}"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"x")
            probe.unlink()
        except OSError:
            return False
        return True


def write_archive(archive: Path, files: Sequence[Path]) -> None:
    """Pack files by their names into a zip, whole or not at all; the same files, the same bytes."""
    temporary = archive.with_name(f".{archive.name}.tmp")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for file in sorted(files, key=lambda file: file.name):
            entry = zipfile.ZipInfo(file.name, _ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with file.open("rb") as source, packed.open(entry, "w", force_zip64=True) as sink:
                shutil.copyfileobj(source, sink, _CHUNK)
    with temporary.open("rb") as stream:
        os.fsync(stream.fileno())
    temporary.replace(archive)
