"""A few faults as ordinary tests: kill -9 of a worker process, a runner, the server.

`make faults` injects hundreds, of more kinds, into a whole installation.
"""

from __future__ import annotations

import base64
import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.components.servers import free_ports
from tests.faults.programs import Program
from tests.faults.workload import PEOPLE

pytestmark = pytest.mark.slow

SECONDS = 120.0
LARGE = {"name": "people", "n_samples": 20_000_000, "seed": 1, "features": PEOPLE}
SMALL = {**LARGE, "n_samples": 150_000}


@dataclass
class Pair:
    """A server and a runner over one folder and its SQLite file."""

    folder: Path
    address: str
    server: Program
    runner: Program

    def call(self, method: str, path: str, **options: Any) -> Any:
        answer = httpx.request(method, f"{self.address}{path}", timeout=30, **options)
        answer.raise_for_status()
        return answer.json()

    def submit(self, document: dict[str, Any], key: str | None = None) -> str:
        headers = {} if key is None else {"Idempotency-Key": key}
        return str(self.call("POST", "/v1/jobs", json=document, headers=headers)["id"])

    def until(self, job: str, wanted: Any) -> dict[str, Any]:
        """The job once `wanted(job)` holds; other than the server's own events this survives the
        server."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                found: dict[str, Any] = self.call("GET", f"/v1/jobs/{job}")
                if wanted(found):
                    return found
            time.sleep(0.02)
        raise AssertionError(f"not in {SECONDS} seconds: {self.runner.log.read_text()[-2000:]}")

    def parts(self, job: str) -> list[Path]:
        return sorted((self.folder / "jobs" / job / "parts").glob("*/people/*.csv"))


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    (port,) = free_ports(1)
    environment = {
        "TABLESMITH_DATA_DIR": str(tmp_path / "data"),
        "TABLESMITH_SECRET_KEYS": base64.b64encode(os.urandom(32)).decode(),
        "TABLESMITH_LEASE_SECONDS": "1",
        "TABLESMITH_POLL_SECONDS": "0.1",
        "TABLESMITH_LOG_FORMAT": "text",
    }
    server = Program(
        "server", ["serve", "--runner", "off", "--port", str(port)], environment, tmp_path
    )
    runner = Program("runner", ["worker", "--workers", "1"], environment, tmp_path)
    made = Pair(tmp_path / "data", f"http://127.0.0.1:{port}", server, runner)
    try:
        for program in (server, runner):
            program.start()
        _until_it_answers(made)
        yield made
    finally:
        for program in (server, runner):
            if not program.ended():
                assert program.kill() == []


def _until_it_answers(pair: Pair) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{pair.address}/readyz").status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(pair.server.log.read_text()[-2000:])


def _ended(job: dict[str, Any]) -> bool:
    return job["status"] in {"succeeded", "failed", "cancelled"}


def _under_way(job: dict[str, Any]) -> bool:
    return bool(job["progress"] and job["progress"]["done"])


def test_killed_processes_change_nothing_but_the_time(pair: Pair) -> None:
    calm = pair.until(pair.submit(SMALL), _ended)
    assert calm["status"] == "succeeded"
    job = pair.submit(SMALL, key="once")
    pair.until(job, lambda found: found["status"] == "running")
    for worker in pair.runner.workers():
        worker.kill()
    assert pair.server.kill() == []
    pair.server.start()
    _until_it_answers(pair)
    assert pair.submit(SMALL, key="once") == job
    rough = pair.until(job, _ended)
    assert rough["status"] == "succeeded"
    digests = [
        [file["sha256"] for file in found["result"]["tables"][0]["files"]]
        for found in (calm, rough)
    ]
    assert digests[0] == digests[1]
    assert rough["result"]["facts"] == calm["result"]["facts"]


def test_a_killed_runners_blocks_are_not_made_again(pair: Pair) -> None:
    job = pair.submit(LARGE)
    pair.until(job, _under_way)
    assert pair.runner.kill() == []
    before = pair.parts(job)
    assert before
    for part in before:
        os.utime(part, (0, 0))
    pair.runner.start()
    deadline = time.monotonic() + SECONDS
    while len(pair.parts(job)) <= len(before) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(pair.parts(job)) > len(before)
    assert {part.stat().st_mtime for part in before} == {0.0}
    asked = time.monotonic()
    pair.call("POST", f"/v1/jobs/{job}/cancel")
    ended = pair.until(job, _ended)
    assert time.monotonic() - asked < 2
    assert ended["status"] == "cancelled"
    assert pair.parts(job) == []


def test_an_orderly_stop_hands_the_job_back_and_leaves_no_process(pair: Pair) -> None:
    job = pair.submit(LARGE)
    pair.until(job, _under_way)
    assert pair.runner.stop() == []
    assert pair.call("GET", f"/v1/jobs/{job}")["status"] == "queued"
    assert pair.parts(job)
