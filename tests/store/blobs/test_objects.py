"""Copies of what an object store keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.store.blobs.objects import Objects, ObjectsUnavailable

pytestmark = pytest.mark.anyio


class Breaking(Objects):
    """A store of one object whose connection breaks `breaks` times in the middle."""

    def __init__(self, breaks: int) -> None:
        super().__init__("s3://bucket/prefix")
        self._breaks = breaks

    async def size(self, key: str) -> int:
        return 10

    async def read(self, key: str, first: int, length: int) -> AsyncIterator[bytes]:
        yield b"01234"
        if self._breaks:
            self._breaks -= 1
            raise ObjectsUnavailable("connection reset")
        yield b"56789"


async def test_a_copy_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    store, copy = Breaking(1), tmp_path / "copies" / "people.csv"
    with pytest.raises(ObjectsUnavailable):
        await store.fetch("jobs/1/data/1/people.csv", copy)
    assert list(copy.parent.iterdir()) == []
    await store.fetch("jobs/1/data/1/people.csv", copy)
    assert [path.name for path in copy.parent.iterdir()] == ["people.csv"]
    assert copy.read_bytes() == b"0123456789"
