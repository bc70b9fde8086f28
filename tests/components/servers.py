"""What all servers have in common: a folder, ports, a process that never outlives its owner."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

SUPERVISOR = Path(__file__).with_name("supervisor.py")
HOST = "127.0.0.1"
NOBODY = 65534
READY_SECONDS = 180.0
_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
_CHOICE = random.SystemRandom()  # tests seed the other one


class ComponentError(RuntimeError):
    """A server that is not installed or did not start; the text says what to do."""


def server_user() -> int:
    """The user that servers run as: never root, which PostgreSQL and MariaDB refuse."""
    return NOBODY if os.getuid() == 0 else os.getuid()


@contextlib.contextmanager
def server_folder(name: str) -> Iterator[Path]:
    """A folder that belongs to the servers' user and is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"tablesmith-{name}-"))
    try:
        if os.getuid() != server_user():
            os.chown(folder, server_user(), server_user())
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on.

    They are none of those that the system gives to outgoing connections: such a connection could
    have the port before its server is there, or while it is down.
    """
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        while len(found) < count:
            port = _CHOICE.choice(_servers_ports())
            each = stack.enter_context(socket.socket())  # held until all are found
            with contextlib.suppress(OSError):
                each.bind((HOST, port))
                found.append(port)
    return found


def _servers_ports() -> range:
    """Ports that no outgoing connection is given by itself."""
    low, high = map(int, _OUTGOING.read_text().split()) if _OUTGOING.exists() else (49152, 65535)
    below, above = range(max(10_000, low - 20_000), low), range(high + 1, 65_536)
    return below if len(below) >= len(above) else above


def run_as_server(command: Sequence[str | Path], input_text: str | None = None) -> str:
    """Run a command of a server's package as the servers' user; what it printed.

    Raises:
        ComponentError: it failed.
    """
    user = server_user()
    change = {"user": user, "group": user, "extra_groups": []} if os.getuid() != user else {}
    done = subprocess.run(
        list(map(str, command)), input=input_text, cwd="/", text=True, capture_output=True,
        check=False, **change,
    )  # fmt: skip
    if done.returncode:
        raise ComponentError(f"{Path(command[0]).name} failed: {done.stderr[-2000:]}")
    return done.stdout


class ServerProcess:
    """A running server. It ends with `stop`, and by itself when this process ends in any way."""

    def __init__(self, command: Sequence[str | Path], folder: Path, stop: signal.Signals) -> None:
        self._log = folder / "server.log"
        arguments = [sys.executable, "-I", "-S", SUPERVISOR, folder, int(stop), server_user()]
        with self._log.open("ab") as log:
            self._supervisor = subprocess.Popen(
                list(map(str, [*arguments, *command])),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._supervisor.stdout
        self.pid = int(self._supervisor.stdout.readline())

    @property
    def running(self) -> bool:
        return self._supervisor.poll() is None

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def kill(self) -> None:
        """End it with SIGKILL, as a fault would, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._supervisor.wait()
        self._close()

    def stop(self) -> None:
        """End it in good order."""
        assert self._supervisor.stdin
        with contextlib.suppress(BrokenPipeError, ValueError):  # it has ended, or was ended here
            self._supervisor.stdin.write(b"stop\n")
            self._supervisor.stdin.flush()
        self._supervisor.wait()
        self._close()

    def _close(self) -> None:
        for pipe in (self._supervisor.stdin, self._supervisor.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def wait_until_ready(self, ready: Callable[[], bool]) -> None:
        """Ask `ready()` until it says so.

        Raises:
            ComponentError: the server has ended, or is not ready in time.
        """
        end = time.monotonic() + READY_SECONDS
        while not ready():
            if not self.running or time.monotonic() > end:
                raise ComponentError(f"the server did not start: {self.log[-2000:]}")
            time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether somebody takes connections on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
