"""How processes end with the one that started them, at once, whatever they are doing.

A service that is killed runs no code any more, and its workers may be halted, may hold the
interpreter's lock, or may wait for a processor behind everybody else for many seconds. So the
kernel does it: it wakes the fork server, which kills the workers and has them go first.

Light, so that a process can begin with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Variable of the environment that carries the process id of the fork server's parent.
FORK_SERVER_PARENT = "_TABLESMITH_FORK_SERVER_PARENT"

if sys.platform == "linux":
    import ctypes

    # Loaded here: a process that has just been forked should do as little as possible.
    _prctl = getattr(ctypes.CDLL(None), "prctl", None)


def ask_at_end_of_parent(number: signal.Signals) -> None:
    """Ask Linux for a signal to this process when the thread that started it ends, and when any
    thread ends that it is then handed to. Nothing elsewhere."""
    if sys.platform == "linux" and _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, int(number))


def name_parent() -> None:
    """Say in the environment, which a fork server inherits, whom it belongs to."""
    os.environ[FORK_SERVER_PARENT] = str(os.getpid())


def has_parent() -> bool:
    """Whether this fork server still belongs to the process that started it."""
    parent = str(os.getppid())
    return os.environ.get(FORK_SERVER_PARENT, parent) == parent


@contextlib.contextmanager
def ending_with_parent() -> Iterator[None]:
    """While a fork server loads modules it ends with its parent at once: a handler would not run
    before the module at hand is loaded. The thread that waits for the server lives until it is
    ready; afterwards threads of the parent may end, and SIGCONT tells of that."""
    _begin_to_end_by(signal.SIGKILL)
    yield
    _begin_to_end_by(signal.SIGCONT)


def _begin_to_end_by(number: signal.Signals) -> None:
    ask_at_end_of_parent(number)
    if not has_parent():  # it has ended before
        os._exit(1)


def hasten(pid: int) -> None:
    """Have a process that was killed go as soon as this one would; nothing but on Linux.

    A killed process needs a little time on a processor to be gone, and gets it when its turn
    comes: on a busy machine one that steps back behind all others stays for many seconds. To lift
    it takes a privilege, or a limit of niceness (RLIMIT_NICE) that allows it; without either it
    waits for its turn.
    """
    if sys.platform != "linux":
        return
    niceness = os.getpriority(os.PRIO_PROCESS, 0)
    for thread in _entries(Path(f"/proc/{pid}/task")):
        with contextlib.suppress(OSError):  # others may have ended
            os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))
            os.setpriority(os.PRIO_PROCESS, int(thread.name), niceness)


def kill_children() -> None:
    """End the children of this process's threads with SIGKILL, soon."""
    for pid in _children():
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
        hasten(pid)


def _children() -> list[int]:
    """Nothing where the kernel does not tell (CONFIG_PROC_CHILDREN)."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for path in Path("/proc/self/task").glob("*/children"):
            found += map(int, path.read_text().split())
    return found


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
