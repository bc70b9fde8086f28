"""Model files: `<data_dir>/synthesizers/<id>.tsm`, and in the object store where there is one.

With an object store the local file is a copy: it is fetched again where it is missing, so that
processes on several hosts find every model.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.engine.files import hash_file
from app.store.blobs.objects import Objects, ObjectsUnavailable
from app.store.private import make_private, make_private_file

SUFFIX = "tsm"
MEDIA_TYPE = "application/vnd.tablesmith.model"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Model files by the id of their synthesizer.

    Args:
        root: the folder that they lie in.
        objects: the object store that keeps them, where there is one.
    """

    root: Path
    objects: Objects | None = None

    def place(self, synthesizer_id: str) -> Path:
        """Where the file lies on this host, once it was put or fetched."""
        return self.root / f"{synthesizer_id}.{SUFFIX}"

    @contextlib.contextmanager
    def draft(self) -> Iterator[Path]:
        """An empty file beside the others for this block, to be written and then put."""
        make_private(self.root)
        path = self.root / f".{secrets.token_hex(8)}.tmp"
        make_private_file(path)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    async def put(self, synthesizer_id: str, path: Path) -> tuple[int, str]:
        """Keep a copy of a file, whole or not at all; its bytes and SHA-256. Raises
        ObjectsUnavailable."""
        place = self.place(synthesizer_id)
        await asyncio.to_thread(self._copy, path, place)
        if self.objects is not None:
            await self.objects.put(_key(synthesizer_id), place)
        return await asyncio.to_thread(hash_file, place)

    async def fetch(self, synthesizer_id: str) -> Path:
        """The file where it can be read. Raises FileNotFoundError, ObjectsUnavailable."""
        place = self.place(synthesizer_id)
        if await asyncio.to_thread(place.is_file):
            return place
        if self.objects is None:
            raise FileNotFoundError(place.name)
        await self.objects.fetch(_key(synthesizer_id), place)
        return place

    def stored(self, age: float) -> list[str]:
        """Ids of files on this host that have lain still for `age` seconds, after removing drafts
        that have, whose writers died. May block."""
        found = []
        for file in [*self.root.glob(f"*.{SUFFIX}"), *self.root.glob(".*.tmp")]:
            with contextlib.suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime < age:
                    continue
                if file.suffix == f".{SUFFIX}":
                    found.append(file.stem)
                else:
                    file.unlink()
        return found

    async def delete(self, synthesizer_id: str) -> None:
        """Remove a file. What cannot be removed elsewhere is said in the log."""
        await asyncio.to_thread(self.place(synthesizer_id).unlink, missing_ok=True)
        if self.objects is None:
            return
        try:
            await self.objects.remove(_key(synthesizer_id))
        except ObjectsUnavailable as error:
            log.warning("model not removed", synthesizer=synthesizer_id, error=str(error))

    def _copy(self, path: Path, place: Path) -> None:
        with self.draft() as draft:
            with path.open("rb") as source, draft.open("wb") as copy:
                shutil.copyfileobj(source, copy)
                copy.flush()
                os.fsync(copy.fileno())
            draft.replace(place)


def _key(synthesizer_id: str) -> str:
    return f"synthesizers/{synthesizer_id}.{SUFFIX}"
