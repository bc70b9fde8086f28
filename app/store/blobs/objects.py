"""An object store that keeps finished files for every process of a service: S3 and its kin."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.store.private import make_private

PIECE = 1 << 20
# Longer than it takes to restart the store.
RETRIES: Any = {
    "max_retries": 12,
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=5),
        "base": 2,
    },
    "retry_timeout": timedelta(seconds=60),
}


class ObjectsUnavailable(Exception):  # noqa: N818 (named for what happened)
    """The object store refused or cannot be reached; the same call may work later."""


class Objects:
    """Objects below an address such as `s3://bucket/prefix`, named by keys relative to it.

    Credentials, region and endpoint come from the environment, as the store's own tools read
    them (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, …).

    Raises:
        ImportError: the package obstore is not installed; the text says how to get it.
    """

    def __init__(self, address: str) -> None:
        try:
            import obstore
            from obstore.store import from_url
        except ImportError as error:
            hint = "pip install 'tablesmith[s3]'"
            raise ImportError(f"results in {address} need an extra: {hint}") from error
        self._calls: Any = obstore
        options: Any = {"retry_config": RETRIES}
        self._store: Any = from_url(address, **options)

    async def put(self, key: str, path: Path) -> None:
        """Store a file whole, in place of what the key had. Raises ObjectsUnavailable."""
        try:
            await self._calls.put_async(self._store, key, path)
        except Exception as error:  # the package's own errors, of many classes
            raise ObjectsUnavailable(str(error)) from error

    async def fetch(self, key: str, path: Path) -> None:
        """Copy an object into a file, whole or not at all. Raises FileNotFoundError,
        ObjectsUnavailable."""
        make_private(path.parent)
        temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            with temporary.open("wb") as file:
                async for piece in self.read(key, 0, await self.size(key)):
                    file.write(piece)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    async def size(self, key: str) -> int:
        """Bytes of an object. Raises FileNotFoundError, ObjectsUnavailable."""
        try:
            return int((await self._calls.head_async(self._store, key))["size"])
        except FileNotFoundError:
            raise
        except Exception as error:
            raise ObjectsUnavailable(str(error)) from error

    async def read(self, key: str, first: int, length: int) -> AsyncIterator[bytes]:
        """A part of an object, a piece at a time. Raises FileNotFoundError, ObjectsUnavailable.

        Pieces are fetched one by one, so that a slow reader holds no connection.
        """
        for start in range(first, first + length, PIECE):
            end = min(start + PIECE, first + length)
            try:
                piece = await self._calls.get_range_async(self._store, key, start=start, end=end)
            except FileNotFoundError:
                raise
            except Exception as error:
                raise ObjectsUnavailable(str(error)) from error
            yield bytes(piece)

    async def remove(self, prefix: str) -> None:
        """Remove every object below a prefix. Raises ObjectsUnavailable."""
        try:
            async for found in self._calls.list(self._store, prefix=prefix):
                keys = [entry["path"] for entry in found]
                await self._calls.delete_async(self._store, keys)
        except FileNotFoundError:
            return
        except Exception as error:
            raise ObjectsUnavailable(str(error)) from error
