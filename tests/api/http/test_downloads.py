from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import anyio.to_thread
import pytest
from starlette.requests import Request

from app.accounts.keys import Scope
from app.api.http.downloads import disposition, file_response
from app.api.http_errors import TooManyStreams
from app.api.security import Caller
from app.api.shares import Shares
from app.jobs.models import ResultDownload

CONTENT = b"id\r\n" * 200_000
MANY = 60  # more than the threads that all other calls share


class Disk:
    """Opens no file before it is let go."""

    def __init__(self) -> None:
        self.asked, self.let_go = threading.Semaphore(0), threading.Event()

    def file(self, path: Path) -> Path:
        disk = self

        class Hanging(type(path)):  # type: ignore[misc]
            def __fspath__(self) -> str:
                disk.asked.release()
                disk.let_go.wait(60)
                return str(self)

        return Hanging(path)  # type: ignore[no-any-return]


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    yield disk
    disk.let_go.set()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_bytes(CONTENT)
    return path


class Reader:
    """Somebody of a tenant who downloads a file; one who is slow takes a piece and no more."""

    def __init__(
        self, tenant: str, path: Path, *, slow: bool = False, shares: Shares | None = None
    ) -> None:
        self._tenant, self._path, self._slow = tenant, path, slow
        self._shares = shares or Shares(MANY)
        self.received, self.stuck = b"", asyncio.Event()

    async def download(self) -> None:
        digest = hashlib.sha256(CONTENT).hexdigest()
        file = ResultDownload(self._path, "text/csv", digest, len(CONTENT), "t.csv")
        caller = Caller(self._tenant, Scope.READ, "1")
        scope = {"type": "http", "method": "GET", "headers": [], "state": {"caller": caller}}
        scope["app"] = SimpleNamespace(state=SimpleNamespace(shares=self._shares))
        await file_response(Request(scope), file)(scope, self._receive, self._send)

    async def _receive(self) -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.received += message.get("body", b"")
        if self._slow and self.received:
            self.stuck.set()
            await asyncio.Event().wait()


@pytest.mark.anyio
async def test_a_disk_that_hangs_under_downloads_leaves_other_calls_their_threads(
    disk: Disk, path: Path
) -> None:
    readers = [Reader("a", disk.file(path)) for _ in range(MANY)]
    other = Reader("b", path)
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(30):
        for reader in readers:
            tasks.create_task(reader.download())
        await asyncio.to_thread(disk.asked.acquire)
        try:
            async with asyncio.timeout(10):
                await anyio.to_thread.run_sync(lambda: None)
                await other.download()
        finally:
            disk.let_go.set()
    assert {reader.received for reader in [*readers, other]} == {CONTENT}


@pytest.mark.anyio
async def test_a_key_has_so_many_downloads_at_the_same_time(path: Path) -> None:
    shares = Shares(1)
    slow = Reader("a", path, slow=True, shares=shares)
    task = asyncio.create_task(slow.download())
    async with asyncio.timeout(30):
        await slow.stuck.wait()
    with pytest.raises(TooManyStreams, match="1 downloads and streams"):
        await Reader("a", path, shares=shares).download()
    task.cancel()
    await asyncio.wait([task])
    await Reader("a", path, shares=shares).download()


@pytest.mark.anyio
async def test_slow_readers_hold_no_thread(path: Path) -> None:
    readers = [Reader("a", path, slow=True) for _ in range(MANY)]
    tasks = [asyncio.create_task(reader.download()) for reader in readers]
    try:
        async with asyncio.timeout(30):
            for reader in readers:
                await reader.stuck.wait()
            for tenant in ("a", "b"):
                other = Reader(tenant, path)
                await other.download()
                assert other.received == CONTENT
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize(
    "name", ["churn.csv", 'chürn "1".csv', "数据.csv", "a\r\nb;.csv", "50%.csv"]
)
def test_the_name_survives_and_no_header_is_broken(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert unquote(header.partition("filename*=UTF-8''")[2]) == name
    quoted = header.partition('filename="')[2].partition('"; ')[0]
    assert '"' not in quoted
    assert "\\" not in quoted
