"""Files that appear whole or not at all: temporary name, fsync, rename, fsync of the folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from pathlib import Path
from types import TracebackType
from typing import Any

from app.engine.names import shortened_name, utf8_bytes

CHUNK = 1 << 20
NAME_BYTES = 200


def file_stem(name: str) -> str:
    """A table's name as a file name: what a file system could misread is percent-encoded.

    Letters and digits of any script, spaces and ``_ . - ( )`` stay; a leading dot, slashes and
    control characters do not, so no name leaves its folder. At most 200 bytes: a longer name is
    cut, and a digest keeps it apart from others with the same beginning.
    """
    fitting = shortened_name(name, NAME_BYTES, lambda text: utf8_bytes(_safe(text)))
    return _safe(fitting) or "table"


def _safe(name: str) -> str:
    return re.sub(r"[^\w .()\-]|^\.|[. ]$", lambda found: _percent(found.group()), name)


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable; does nothing where folders cannot be opened (Windows)."""
    with contextlib.suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def boot_id() -> str | None:
    """What tells this start of the machine from the last one; None where nothing does."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None


def write_whole(path: Path, data: Any, *, durable: bool = True) -> int:
    """Write bytes-like `data` so that `path` holds all of it or does not exist; returns bytes.

    Not `durable`, that holds whatever becomes of the process, but not when the machine fails.
    """
    # A name of its own: another host that makes the same file may have a process of the same id.
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("wb") as file:
            size = file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return size


def hash_file(path: Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a file, read in chunks; the file is made durable first."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256")
        return file.tell(), digest.hexdigest()


class HashedFile:
    """A file written from front to back that knows its size and SHA-256 at any moment.

    Has the few methods that pyarrow asks of a Python file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def closed(self) -> bool:
        return self._file.closed

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def tell(self) -> int:
        return self.size

    def write(self, data: Any) -> int:
        """Write all of `data` (bytes-like); an unbuffered file may take several goes."""
        view = memoryview(data).cast("B")
        self._digest.update(view)
        left = view
        while len(left):
            left = left[self._file.write(left) :]
        self.size += len(view)
        return len(view)

    def copy(self, source: Path, start: int = 0, length: int | None = None) -> None:
        """Append `length` bytes of another file (all that follows `start` by default)."""
        with source.open("rb") as file:
            file.seek(start)
            left = length if length is not None else source.stat().st_size - start
            while left > 0 and (chunk := file.read(min(CHUNK, left))):
                self.write(chunk)
                left -= len(chunk)

    def flush(self) -> None:
        """Nothing is held back; here because pyarrow calls it."""

    def close(self) -> None:
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()

    def __del__(self) -> None:
        # A run that is given up in this process lets go of its half-made files.
        with contextlib.suppress(AttributeError):
            self._file.close()

    def __enter__(self) -> HashedFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
