"""Finished files where every process of the service finds them.

Without an object store that is the job's folder, which processes on several hosts have to share.
With one, files are put there as soon as they are made, and folders are but each host's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.jobs.models import ReadPart
from app.store.blobs.local import JobFiles
from app.store.blobs.objects import Objects, ObjectsUnavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ArtifactStore:
    """Files of jobs by their path relative to the job's folder."""

    files: JobFiles
    objects: Objects | None = None

    async def put(self, job_id: str, paths: Iterable[str]) -> None:
        """Put finished local files where others find them. Raises ObjectsUnavailable."""
        if self.objects is None:
            return
        for path in paths:
            await self.objects.put(_key(job_id, path), self._local(job_id, path))

    async def fetch(self, job_id: str, path: str, folder: Path) -> Path:
        """The file where it can be read; one that is kept elsewhere is fetched into `folder`,
        which is the caller's own, unless it is there. Raises FileNotFoundError,
        ObjectsUnavailable."""
        if self.objects is None:
            return self._local(job_id, path)
        copy = folder / Path(path).name
        if not await asyncio.to_thread(copy.is_file):
            await self.objects.fetch(_key(job_id, path), copy)
        return copy

    async def holds(self, job_id: str, path: str) -> bool:
        """Whether a file is there. Raises ObjectsUnavailable."""
        if self.objects is None:
            return await asyncio.to_thread(self._local(job_id, path).is_file)
        try:
            await self.objects.size(_key(job_id, path))
        except FileNotFoundError:
            return False
        return True

    def reader(self, job_id: str, path: str) -> ReadPart | None:
        """What reads `length` bytes from `first` on; None where the local file is to be read."""
        objects = self.objects
        if objects is None:
            return None
        return lambda first, length: objects.read(_key(job_id, path), first, length)

    async def drop_local(self, job_id: str, path: str) -> None:
        """Remove the local copy of a file that is kept elsewhere."""
        if self.objects is not None:
            await asyncio.to_thread(self._local(job_id, path).unlink, missing_ok=True)

    async def clear(self, job_id: str, keep: Collection[str], fencing_token: int) -> None:
        """Remove what lies here of a job that has ended, but for the files `keep` where they are
        kept here: what its takings up to `fencing_token` have left."""
        folder, kept = self.files.folder(job_id), keep if self.objects is None else ()
        await asyncio.to_thread(folder.remove_unfinished, kept, fencing_token)

    async def discard(self, job_id: str, fencing_token: int) -> None:
        """Remove every file of a job that has ended without a result. What cannot be removed
        elsewhere goes with the job, and is said in the log."""
        await self.clear(job_id, (), fencing_token)
        await self._try_to_delete(job_id)

    async def delete(self, job_id: str) -> None:
        """Remove what is kept elsewhere of a job that is about to be deleted; while there is a
        job, this can be tried again. Raises ObjectsUnavailable."""
        if self.objects is not None:
            await self.objects.remove(_key(job_id, ""))

    async def remove(self, job_id: str) -> None:
        """Remove everything of a deleted job. What cannot be removed is left, and said in the
        log."""
        await asyncio.to_thread(self.files.folder(job_id).remove)
        await self._try_to_delete(job_id)

    async def _try_to_delete(self, job_id: str) -> None:
        try:
            await self.delete(job_id)
        except ObjectsUnavailable as error:
            log.warning("files not removed", job_id=job_id, error=str(error))

    def _local(self, job_id: str, path: str) -> Path:
        return self.files.folder(job_id).path / path


def _key(job_id: str, path: str) -> str:
    return f"jobs/{job_id}/{path}"
