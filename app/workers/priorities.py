"""Calls that take long run behind those that do not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

# What a validate of a usual definition takes many times over.
QUICK_SECONDS = 0.2
NICENESS = 5  # less than that of small jobs: nobody waits for these
CAP_SYS_NICE = 23


@contextlib.contextmanager
def stepping_back(pids: Callable[[], Iterable[int]]) -> Iterator[None]:
    """Once this has lasted for QUICK_SECONDS, the processes step back behind others until it ends.

    Nothing happens where they could not come forward again afterwards: that takes the capability
    CAP_SYS_NICE, or a limit of niceness (RLIMIT_NICE) that allows it.
    """
    if not may_come_forward():
        yield
        return
    before = os.getpriority(os.PRIO_PROCESS, 0)
    moved: list[int] = []

    def step_back() -> None:
        moved.extend(pids())
        _set_niceness(moved, before + NICENESS)

    handle = asyncio.get_running_loop().call_later(QUICK_SECONDS, step_back)
    try:
        yield
    finally:
        handle.cancel()
        _set_niceness(moved, before)


@cache
def may_come_forward() -> bool:
    """Whether this process may lower a niceness to its own again; only Linux tells."""
    if sys.platform != "linux":
        return False
    import resource

    allowed, _ = resource.getrlimit(resource.RLIMIT_NICE)
    is_allowed = 20 - allowed <= os.getpriority(os.PRIO_PROCESS, 0)
    return is_allowed or allowed == resource.RLIM_INFINITY or _is_capable(CAP_SYS_NICE)


def _is_capable(number: int) -> bool:
    lines = Path("/proc/self/status").read_text().splitlines()
    found = (line.split()[1] for line in lines if line.startswith("CapEff:"))
    return bool(int(next(found, "0"), 16) >> number & 1)


def _set_niceness(pids: Iterable[int], niceness: int) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):  # it has ended before
            os.setpriority(os.PRIO_PROCESS, pid, niceness)
