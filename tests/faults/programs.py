"""Programs of this project as processes that are killed, stopped and started anew."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
MARK = "_TABLESMITH_FAULTS_MARK"
# Marks of one run begin with this.
RUN = uuid.uuid4().hex
# How long after the end of a program none of its processes may be there any more.
GRACE_SECONDS = 1.0


class Program:
    """`tablesmith ARGUMENTS…`; each start has a mark of its own that its descendants inherit."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._arguments = arguments
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._mark = ""
        # Ends that were looked at, the longest time until nothing was left, and what was left.
        self.ends = 0
        self.slowest = 0.0
        self.orphans: list[str] = []
        # One at a time does something to a program.
        self.lock = threading.Lock()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        self._mark = f"{RUN}-{uuid.uuid4().hex}"
        environment = {**os.environ, **self._environment, MARK: self._mark}
        command = [sys.executable, "-m", "app.cli", *self._arguments]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def kill(self) -> list[str]:
        """End it with SIGKILL; the processes that are still there one second later."""
        return self._end(signal.SIGKILL)

    def stop(self) -> list[str]:
        """Ask it to end; the processes that are still there one second after it has."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> list[str]:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(60)
        return self.left()

    def left(self) -> list[str]:
        """After its end: the processes that are still there one second later."""
        began = time.monotonic()
        while left := marked(self._mark):
            if time.monotonic() - began > GRACE_SECONDS:
                break
            time.sleep(0.02)
        self.ends += 1
        self.slowest = max(self.slowest, time.monotonic() - began)
        described = [f"{self.name}: {_described(pid)}" for pid in left]
        self.orphans += described
        return described

    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def workers(self) -> list[psutil.Process]:
        """The processes of its pools: children of its fork server."""
        try:
            children = psutil.Process(self.pid).children()
            return [worker for server in children for worker in server.children()]
        except psutil.NoSuchProcess:
            return []

    def fork_servers(self) -> list[psutil.Process]:
        """Those that have started workers."""
        try:
            return [child for child in psutil.Process(self.pid).children() if child.children()]
        except psutil.NoSuchProcess:
            return []


def _described(pid: int) -> str:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")[:120]
    except OSError:
        return f"{pid}: ended since"
    state = " ".join(line for line in status.splitlines() if line.startswith(("State", "PPid")))
    return f"{pid}: {state} policy {os.sched_getscheduler(pid)} {command.decode()}"


def marked(mark: str = RUN) -> list[int]:
    """Processes that carry a mark which begins so in their environment, halted ones too, but no
    mere entries of dead ones."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            environment = _environment(entry)
            if any(each.startswith(wanted) for each in environment.split(b"\0")):
                found.append(int(entry.name))
    return found


def _environment(process: Path) -> bytes:
    """Also of a process whose first thread has ended while others are ending."""
    for file in (process / "environ", *process.glob("task/*/environ")):
        with contextlib.suppress(OSError):
            if environment := file.read_bytes():
                return environment
    return b""
