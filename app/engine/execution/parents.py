"""How a process ends with the one that started it; light, so that a process can begin with it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Variable of the environment that carries the process id of the fork server's parent.
FORK_SERVER_PARENT = "TABLESMITH_FORK_SERVER_PARENT"


def end_with_parent(on: bool = True) -> None:
    """Ask Linux for a SIGKILL when the thread that started this process ends, or take it back."""
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL) if on else 0)


def name_parent() -> None:
    """Say in the environment, which a fork server inherits, whom it belongs to."""
    os.environ[FORK_SERVER_PARENT] = str(os.getpid())


def has_parent() -> bool:
    """Whether this fork server still belongs to the process that started it."""
    parent = str(os.getppid())
    return os.environ.get(FORK_SERVER_PARENT, parent) == parent
