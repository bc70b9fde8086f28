"""Runs a process and watches its whole tree: CPU time, and the memory of each process."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass, field

import psutil

INTERVAL = 0.1  # seconds between looks
MEMORY_EVERY = 3  # looks between readings of the unique set size, which is dear to read


@dataclass
class Tree:
    """Highest figures seen of each process of a tree, by process id."""

    cpu: dict[int, float] = field(default_factory=dict)
    rss: dict[int, int] = field(default_factory=dict)
    uss: dict[int, int] = field(default_factory=dict)

    def look(self, root: psutil.Process, *, memory: bool) -> None:
        for process in (root, *root.children(recursive=True)):
            try:
                times = process.cpu_times()
                self.cpu[process.pid] = times.user + times.system
                rss = process.memory_info().rss
                self.rss[process.pid] = max(rss, self.rss.get(process.pid, 0))
                if memory:
                    uss = process.memory_full_info().uss
                    self.uss[process.pid] = max(uss, self.uss.get(process.pid, 0))
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue


@dataclass(frozen=True)
class Measured:
    """One run.

    Args:
        rows: rows made.
        wall: seconds of the work itself.
        cpu: CPU seconds of the whole process tree, start-up included.
        size: bytes of the files made.
        rss: highest resident memory of any one process, bytes.
        uss: highest memory of any one process that it shares with no other, bytes.
    """

    rows: int
    wall: float
    cpu: float
    size: int
    rss: int
    uss: int


def measure(subject: str, name: str, rows: int) -> Measured:
    """Run one subject in a process of its own and watch it.

    Raises:
        RuntimeError: the process failed.
    """
    command = [sys.executable, "-m", "tests.benchmarks.subject", subject, name, str(rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        tree, stop = Tree(), threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, tree, stop))
        watcher.start()
        output, _ = process.communicate()
        stop.set()
        watcher.join()
    if process.returncode:
        raise RuntimeError(f"{subject} failed on {rows} rows of {name}")
    result = json.loads(output.splitlines()[-1])
    return Measured(
        rows=rows,
        wall=result["seconds"],
        cpu=sum(tree.cpu.values()),
        size=result["bytes"],
        rss=max(tree.rss.values()),
        uss=max(tree.uss.values(), default=0),
    )


def _watch(pid: int, tree: Tree, stop: threading.Event) -> None:
    looks = 0
    try:
        root = psutil.Process(pid)
        while not stop.wait(INTERVAL):
            tree.look(root, memory=looks % MEMORY_EVERY == 0)
            looks += 1
    except psutil.NoSuchProcess:
        return
