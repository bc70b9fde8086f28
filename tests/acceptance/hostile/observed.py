"""A service under observation: its loop, its memory, its processes, and whether it stays alive."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from tests.acceptance.http.server import ROOT, Server
from tests.components.servers import free_ports

START_SECONDS = 180
STOP_SECONDS = 40
# A burst of memory can be shorter; the system itself remembers the most that there was.
PAUSE = 0.05
RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which the loop took no turn; `held` is what the service itself made of it."""

    begun: float
    ended: float
    held: float
    places: str


@dataclass(frozen=True)
class Observed(Server):
    """A server, the tokens of its callers, and what is known of it."""

    lags: Path = Path()
    tokens: dict[str, str] = field(default_factory=dict)

    def stretches(self) -> list[Stretch]:
        lines = [line.split(" ", 3) for line in self.lags.read_text().splitlines()]
        return [Stretch(float(a), float(b), float(held), places) for a, b, held, places in lines]

    def peak(self) -> int:
        """The most bytes that the server's own process had resident since `forget_peak`."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text(RESET_PEAK)

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


def keys_of(folder: Path, tenants: dict[str, str], environment: dict[str, str]) -> dict[str, str]:
    """A key for each tenant, by its name; scopes by tenant."""
    command = [sys.executable, "-m", "app.cli", "keys", "create", "key", "--data-dir", str(folder)]
    return {
        tenant: subprocess.run(
            [*command, "--tenant", tenant, "--scope", scope, "--per-minute", "1000000"],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
        ).stdout.strip()
        for tenant, scope in tenants.items()
    }  # fmt: skip


@contextlib.contextmanager
def observed_server(folder: Path, **settings: str) -> Iterator[Observed]:
    """A service with keys and pages, for an operator and two tenants, under observation."""
    (port,) = free_ports(1)
    log, lags = folder / "server.log", folder / "lags"
    lags.touch()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TABLESMITH_DATA_DIR": str(folder / "var"),
        "TABLESMITH_API_KEYS": "on",
        "TABLESMITH_WORKERS": "1",
        "TABLESMITH_RATE_LIMIT": "1000000",
        "TABLESMITH_OUTBOUND_PUBLIC": "off",
        "TABLESMITH_OUTBOUND_ALLOW": "127.0.0.0/8",
        **{f"TABLESMITH_{name.upper()}": value for name, value in settings.items()},
    }
    scopes = {"default": "admin", "mallory": "admin", "alice": "admin"}
    tokens = keys_of(folder / "var", scopes, environment)
    command = [sys.executable, "-m", "tests.acceptance.hostile.recorder", str(lags)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port)],
            cwd=ROOT, stdout=output, stderr=output, env=environment,
        )  # fmt: skip
    server = Observed(port, process, log, lags, tokens)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        _end(process)


def _wait_until_ready(server: Observed) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{server.url}/readyz", timeout=10).status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(server.log.read_text()[-4000:])


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server in good order; neither it nor a process of its own may be left."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    _, left = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for each in left:
        each.kill()
    assert left == []


@dataclass
class Pulse:
    """Asks for `/healthz` again and again over a connection of its own, beside all that happens."""

    server: Observed
    asked: int = 0
    worst: float = 0.0
    failures: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Pulse:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(base_url=self.server.url, timeout=120) as client:
            while not self._over.wait(PAUSE):
                began = time.monotonic()
                try:
                    answer = client.get("/healthz")
                    if answer.status_code != 200:
                        self.failures.append(f"{answer.status_code} {answer.text[:200]}")
                except httpx.RemoteProtocolError:
                    continue  # the idle connection was ended at its time
                except httpx.TransportError as error:
                    self.failures.append(repr(error))
                self.asked += 1
                self.worst = max(self.worst, time.monotonic() - began)
