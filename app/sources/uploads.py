"""Files on their way to disk: written as they come, never held in memory."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from app.engine.execution.failures import is_full
from app.sources.errors import SourceStorageFull, SourceTooLarge
from app.sources.files import SourceFolder
from app.store.private import FILE_MODE, make_private

# Bytes that are written at once.
STEP = 1 << 20
# The folder of several files.
TOGETHER = "tables"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: its bytes, and their SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file on its way.

    Args:
        name: on disk, which ends in its format; see `files.file_name`.
    """

    name: str
    content: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """Files that were written: where they lie, their bytes together, and each with its SHA-256.

    Args:
        file: the name of the file in its folder, or of the folder of several.
    """

    file: str
    bytes: int
    digests: tuple[tuple[str, str], ...]

    @property
    def content(self) -> str:
        """What the privacy account of these bytes is recognised by."""
        return " ".join(sorted(digest for _, digest in self.digests))


def content_of_files(path: Path) -> str | None:
    """`WrittenFiles.content` of a file, or of a folder of files; None where it is not there."""
    files = [*path.iterdir()] if path.is_dir() else [path]
    digests = []
    try:
        for each in files:
            with each.open("rb") as content:
                digests.append((each.name, hashlib.file_digest(content, "sha256").hexdigest()))
    except FileNotFoundError:
        return None
    return WrittenFiles(path.name, 0, tuple(digests)).content


async def write_files(
    files: AsyncIterator[UploadedFile],
    folder: SourceFolder,
    most: int,
    grown: Callable[[int], None],
) -> WrittenFiles:
    """Write files into the folder of a source. Arguments and errors as for `write_upload`, of all
    files together; what was written stays where this raises, and goes with the folder."""
    together, size, digests = folder.file(TOGETHER), 0, []
    async for each in files:

        def counted(more: int, before: int = size) -> None:
            grown(before + more)

        written = await write_upload(each.content, together / each.name, most - size, counted)
        size += written.bytes
        digests.append((each.name, written.sha256))
    if len(digests) != 1:
        return WrittenFiles(TOGETHER, size, tuple(digests))
    name = digests[0][0]
    await asyncio.to_thread(folder.take_out, together, name)
    return WrittenFiles(name, size, tuple(digests))


async def digests_of(files: AsyncIterator[UploadedFile], most: int) -> tuple[tuple[str, str], ...]:
    """The name and SHA-256 of each file of an upload that is not kept. Raises SourceTooLarge."""
    return tuple([(each.name, await read_digest(each.content, most)) async for each in files])


async def write_upload(
    content: AsyncIterator[bytes], file: Path, most: int, grown: Callable[[int], None]
) -> Written:
    """Write a file for the service's own user alone. It is on the disk when this returns, and not
    there at all where this raises.

    Args:
        grown: is called with the bytes that there are, before they are written; what it raises
            ends this.

    Raises:
        SourceTooLarge: it has more than `most` bytes.
        SourceStorageFull: the disk has no room for it.
    """
    try:
        return await _write(content, file, most, grown)
    except BaseException as error:
        await asyncio.to_thread(file.unlink, missing_ok=True)
        if isinstance(error, OSError) and is_full(error):
            raise SourceStorageFull from None
        raise


async def read_digest(content: AsyncIterator[bytes], most: int) -> str:
    """The SHA-256 of an upload that is not kept. Raises SourceTooLarge."""
    size, digest = 0, hashlib.sha256()
    async for chunk in content:
        size += len(chunk)
        if size > most:
            raise SourceTooLarge(most)
        digest.update(chunk)
    return digest.hexdigest()


async def _write(
    content: AsyncIterator[bytes], file: Path, most: int, grown: Callable[[int], None]
) -> Written:
    size, held, digest = 0, bytearray(), hashlib.sha256()
    descriptor = await asyncio.to_thread(_create, file)
    try:
        async for chunk in content:
            size += len(chunk)
            if size > most:
                raise SourceTooLarge(most)
            grown(size)
            digest.update(chunk)
            held += chunk
            if len(held) >= STEP:
                await asyncio.to_thread(_append, descriptor, bytes(held))
                held.clear()
        await asyncio.to_thread(_append, descriptor, bytes(held))
        await asyncio.to_thread(os.fsync, descriptor)
    finally:
        os.close(descriptor)
    return Written(size, digest.hexdigest())


def _create(file: Path) -> int:
    make_private(file.parent)
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)


def _append(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
