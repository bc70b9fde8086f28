"""A Dask scheduler and its workers on loopback, as processes of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.components.servers import HOST, READY_SECONDS, free_ports

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class DaskCluster:
    """`address` is `host:port` of the scheduler."""

    address: str
    workers: tuple[subprocess.Popen[bytes], ...]

    @property
    def executor(self) -> str:
        return f"dask://{self.address}"

    def kill_worker(self, number: int) -> None:
        os.kill(self.workers[number].pid, signal.SIGKILL)


@contextlib.contextmanager
def start_dask(workers: int) -> Iterator[DaskCluster]:
    """A scheduler with single-threaded workers that can import this project and its tests."""
    address = f"{HOST}:{free_ports(1)[0]}"
    with (
        tempfile.TemporaryDirectory(prefix="tablesmith-dask-") as folder,
        contextlib.ExitStack() as stack,
    ):
        common = ["--host", HOST, "--no-dashboard"]
        port = address.rpartition(":")[2]
        stack.enter_context(_running(folder, "scheduler", *common, "--port", port))
        options = [*common, "--nthreads", "1", "--no-nanny", "--local-directory", folder]
        command = ["worker", f"tcp://{address}", *options]
        started = [stack.enter_context(_running(folder, *command)) for _ in range(workers)]
        _wait_for(address, workers)
        yield DaskCluster(address, tuple(started))


def _wait_for(address: str, workers: int) -> None:
    """Until all workers have come to the scheduler: a busy machine takes long to start them."""
    from distributed import Client

    make: Any = Client  # ships no types
    with make(f"tcp://{address}", timeout=READY_SECONDS, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=READY_SECONDS)


@contextlib.contextmanager
def _running(folder: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "dask", *arguments]
    with Path(folder, f"{arguments[0]}.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
