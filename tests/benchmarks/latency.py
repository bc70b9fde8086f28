"""How long `GET /v1/jobs/{id}` takes while generation jobs keep every core busy.

    python -m tests.benchmarks.latency [--seconds 20] [--rate 200] [--keys]
    python -m tests.benchmarks.latency --service http://127.0.0.1:8000 --job ID

The load is open-loop: requests leave at fixed moments whether or not earlier ones have been
answered, and a late answer counts from the moment at which its request was due.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import numpy as np

from tests.benchmarks.subject import DEFINITION

RATE = 200  # requests a second
JOBS = 2
CONNECTIONS = 16


@dataclass(frozen=True)
class Latency:
    """Milliseconds from the moment a request was due to its answer.

    Args:
        requests: how many were sent.
        errors: how many were not answered with the job.
        busy: share of them sent while a job was running.
        p50: median.
        p99: 99th percentile.
        worst: the longest.
    """

    requests: int
    errors: int
    busy: float
    p50: float
    p99: float
    worst: float

    def __str__(self) -> str:
        return (
            f"p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms, worst {self.worst:.1f} ms "
            f"({self.requests} requests, {self.errors} errors, {self.busy:.0%} while a job ran)"
        )


def measure(seconds: float, *, rate: int = RATE, keys: bool = False) -> Latency:
    """Start a service with running jobs and ask it for their status for some seconds.

    Args:
        rate: requests a second.
        keys: whether each request has to show an API key.
    """
    with _service(keys) as (address, token):
        return asyncio.run(_probe(address, token, seconds, rate))


@contextmanager
def _service(keys: bool) -> Iterator[tuple[str, str | None]]:
    """The address of a service, and a key to it where it wants one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="tablesmith-bench-") as folder:
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
        command += ["--data-dir", folder, "--workers", str(max(1, (os.cpu_count() or 2) // JOBS))]
        token = _make_key(folder) if keys else None
        environment = {**os.environ, "TABLESMITH_API_KEYS": "on" if keys else "off"}
        environment["TABLESMITH_RATE_LIMIT"] = "1000000"
        log = open(os.path.join(folder, "log"), "w")  # noqa: PTH118, PTH123, SIM115
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}", token
        finally:
            process.terminate()
            process.wait(30)
            log.close()


def _make_key(folder: str) -> str:
    command = [sys.executable, "-m", "app.cli", "keys", "create", "bench", "--scope", "write"]
    made = subprocess.run(
        [*command, "--data-dir", folder], capture_output=True, text=True, check=True
    )
    return made.stdout.strip()


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the service did not get ready within 60 seconds")


async def _probe(address: str, token: str | None, seconds: float, rate: int) -> Latency:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as client:
        jobs = [await _submit(client) for _ in range(JOBS)]
        for job in jobs:
            await _until_rows(client, job)
        asker = await Asker.connected(address, headers)
        found = await _ask(asker, jobs, seconds, rate)
        for job in jobs:
            await client.post(f"/v1/jobs/{job}/cancel")
    return found


async def _ask_of(address: str, job: str, seconds: float, rate: int) -> Latency:
    """The same of a service that is there."""
    return await _ask(await Asker.connected(address, {}), [job], seconds, rate)


async def _ask(asker: Asker, jobs: Sequence[str], seconds: float, rate: int) -> Latency:
    """Ask for one job after the other at fixed moments."""
    started = time.perf_counter()
    pending = []
    for number in range(int(seconds * rate)):
        due = started + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        pending.append(asyncio.create_task(_timed(asker, jobs[number % len(jobs)], due)))
    answers = await asyncio.gather(*pending)
    took = np.array([milliseconds for milliseconds, _ in answers])
    busy = sum(status == "running" for _, status in answers) / len(answers)
    errors = sum(status is None for _, status in answers)
    p50, p99 = np.percentile(took, [50, 99])
    return Latency(len(answers), errors, busy, float(p50), float(p99), float(took.max()))


class Asker:
    """Asks over connections that stay open, with as little work of its own as possible: a client
    that takes a core for itself would measure itself."""

    def __init__(
        self,
        streams: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]],
        headers: Mapping[str, str],
    ) -> None:
        lines = {"Host": "localhost", **headers}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
        self._free = asyncio.Queue()
        for stream in streams:
            self._free.put_nowait(stream)

    @classmethod
    async def connected(cls, address: str, headers: Mapping[str, str]) -> Asker:
        host, _, port = address.removeprefix("http://").partition(":")
        streams = [await asyncio.open_connection(host, int(port)) for _ in range(CONNECTIONS)]
        return cls(streams, headers)

    async def status(self, job: str) -> str | None:
        """The job's status; None where the answer is not the job."""
        stream = await self._free.get()
        try:
            reader, writer = stream
            writer.write(f"GET /v1/jobs/{job} HTTP/1.1\r\n{self._head}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").lower().split("\r\n")
            lengths = [
                line.partition(":")[2] for line in lines if line.startswith("content-length")
            ]
            body = await reader.readexactly(int(lengths[0]))
            return str(json.loads(body)["status"]) if " 200 " in lines[0] else None
        finally:
            self._free.put_nowait(stream)


async def _submit(client: httpx.AsyncClient) -> str:
    body = {"schema_yaml": DEFINITION.read_text(), "n_samples": 50_000_000, "formats": ["csv"]}
    answer = await client.post("/v1/jobs", json=body)
    answer.raise_for_status()
    return str(answer.json()["id"])


async def _until_rows(client: httpx.AsyncClient, job: str) -> None:
    async with client.stream("GET", f"/v1/jobs/{job}/events") as events:
        async for line in events.aiter_lines():
            if line.startswith("data:") and (json.loads(line[5:]).get("progress") or {}).get(
                "done"
            ):
                return


async def _timed(asker: Asker, job: str, due: float) -> tuple[float, str | None]:
    status = await asker.status(job)
    return (time.perf_counter() - due) * 1000, status


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=int, default=RATE, help="requests a second")
    parser.add_argument("--keys", action="store_true", help="with API keys on")
    parser.add_argument("--service", help="address of a service that is there")
    parser.add_argument("--job", help="its job to ask for")
    given = parser.parse_args()
    if given.service:
        print(asyncio.run(_ask_of(given.service, given.job, given.seconds, given.rate)))
    else:
        print(measure(given.seconds, rate=given.rate, keys=given.keys))


if __name__ == "__main__":
    main()
