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
                self.cpu[process.pid] = _cpu(process)
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
        cpu: CPU seconds of the work in the whole process tree.
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
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{subject} could not be prepared")
        root, tree, stop = psutil.Process(process.pid), Tree(), threading.Event()
        before = _cpu(root)
        watcher = threading.Thread(target=_watch, args=(root, tree, stop))
        watcher.start()
        print(file=process.stdin, flush=True)
        answer = process.stdout.readline()
        stop.set()
        watcher.join()
        if not answer:
            raise RuntimeError(f"{subject} failed on {rows} rows of {name}")
        tree.look(root, memory=True)
        print(file=process.stdin, flush=True)
    result = json.loads(answer)
    return Measured(
        rows=rows,
        wall=result["seconds"],
        cpu=sum(tree.cpu.values()) - before,
        size=result["bytes"],
        rss=max(tree.rss.values()),
        uss=max(tree.uss.values()),
    )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _watch(root: psutil.Process, tree: Tree, stop: threading.Event) -> None:
    looks = 0
    while not stop.wait(INTERVAL):
        tree.look(root, memory=looks % MEMORY_EVERY == 0)
        looks += 1
