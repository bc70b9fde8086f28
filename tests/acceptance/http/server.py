"""The service as users start it, in a process of its own on a free port of this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.components.servers import free_ports

ROOT = Path(__file__).parents[3]
START_SECONDS = 180
STOP_SECONDS = 60


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> int:
        """Resident bytes of the server's own process."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def finished(self, body: dict[str, Any]) -> dict[str, Any]:
        """A job that is asked for and has ended, however long that takes."""
        with httpx.Client(base_url=self.url, timeout=START_SECONDS) as client:
            job = client.post("/v1/jobs", json=body).raise_for_status().json()
            client.get(job["links"]["events"])  # which end with the job
            found: dict[str, Any] = client.get(job["links"]["self"]).json()
            return found

    def raw(self, request: bytes) -> bytes:
        """The answer to bytes as they are, until the server ends the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def running_server(folder: Path, root: Path = ROOT, **settings: str) -> Iterator[Server]:
    """A server that is ready; it has to end in good order when it is told to.

    Args:
        root: where the program lies.
        settings: by their names without `TABLESMITH_`, in small letters.
    """
    (port,) = free_ports(1)
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
            cwd=root,
            stdout=output,
            stderr=output,
            env={
                **os.environ,
                "PYTHONPATH": str(root),
                "TABLESMITH_DATA_DIR": str(folder / "var"),
                "TABLESMITH_WORKERS": "1",
                "TABLESMITH_INTERACTIVE_WORKERS": "1",
                "TABLESMITH_OUTBOUND_PUBLIC": "off",
                **{f"TABLESMITH_{name.upper()}": value for name, value in settings.items()},
            },
        )
    server = Server(port, process, log)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _wait_until_ready(server: Server) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        try:
            if httpx.get(f"{server.url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(server.log.read_text())
