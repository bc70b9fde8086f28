"""kill -9 while a source is read: it is read again, and nothing of it is left behind."""

from __future__ import annotations

import base64
import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.components.servers import free_ports
from tests.faults.programs import Program

pytestmark = pytest.mark.slow

SECONDS = 120.0
LARGE = b"id,amount,city\n" + b"".join(
    b"%d,%d.5,%s\n" % (number, number * 7919 % 9973, b"Rome" if number % 3 else b"Bern")
    for number in range(600_000)
)


@dataclass
class Reading:
    """A server that is killed while it reads."""

    folder: Path
    address: str
    server: Program

    def start(self) -> None:
        self.server.start()
        self.until(lambda: httpx.get(f"{self.address}/readyz").status_code == 200)

    def upload(self) -> str:
        headers = {"Content-Type": "text/csv"}
        answer = httpx.post(
            f"{self.address}/v1/sources?name=sales", content=LARGE, headers=headers, timeout=60
        )
        assert answer.status_code == 202
        return str(answer.json()["id"])

    def source(self, source: str) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.address}/v1/sources/{source}", timeout=30).json()
        return found

    def is_read(self, source: str) -> bool:
        """Whether a process reads it at this moment."""
        return (self.folder / "sources" / "default" / source / "work").exists()

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if condition():
                    return
            time.sleep(0.01)
        raise AssertionError(f"not in {SECONDS} s: {self.server.log.read_text()[-2000:]}")


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reading]:
    (port,) = free_ports(1)
    environment = {
        "TABLESMITH_DATA_DIR": str(tmp_path / "data"),
        "TABLESMITH_SECRET_KEYS": base64.b64encode(os.urandom(32)).decode(),
        "TABLESMITH_LEASE_SECONDS": "1",
        "TABLESMITH_LOG_FORMAT": "text",
    }
    server = Program(
        "server", ["serve", "--runner", "off", "--port", str(port)], environment, tmp_path
    )
    made = Reading(tmp_path / "data", f"http://127.0.0.1:{port}", server)
    try:
        made.start()
        yield made
    finally:
        if not server.ended():
            assert server.kill() == []


def test_a_source_whose_server_was_killed_is_read_after_the_start(reading: Reading) -> None:
    source = reading.upload()
    reading.until(lambda: reading.is_read(source))
    assert reading.server.kill() == []
    reading.start()
    reading.until(lambda: reading.source(source)["status"] != "reading")
    found = reading.source(source)
    assert (found["status"], found["error"]) == ("ready", None)
    assert found["profile"]["tables"][0]["rows"] == 600_000
    folder = reading.folder / "sources" / "default" / source
    assert [each.name for each in folder.iterdir()] == ["sales.csv"]


def test_a_source_whose_process_is_killed_again_and_again_fails_in_words(
    reading: Reading,
) -> None:
    source = reading.upload()

    def killed() -> bool:
        if reading.is_read(source):
            for worker in reading.server.workers():
                worker.kill()
        return bool(reading.source(source)["status"] != "reading")

    reading.until(killed)
    found = reading.source(source)
    assert found["status"] == "failed"
    assert found["error"] == "its reading was broken off 3 times; upload it again"
