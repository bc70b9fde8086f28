"""Tuning of the C library's memory allocator, where there is one that can be tuned (glibc)."""

from __future__ import annotations

import contextlib
import sys

# Parameters of mallopt(3).
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8


def mallopt(parameter: int, value: int) -> None:
    """Set a parameter of the allocator; nothing happens where it has none of the kind."""
    _call("mallopt", parameter, value)


def malloc_trim() -> None:
    """Give free memory back to the system, malloc_trim(3); other threads run meanwhile."""
    _call("malloc_trim", 0)


def _call(function: str, *arguments: int) -> None:
    """Call a function that other C libraries than glibc may not have."""
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            getattr(ctypes.CDLL(None), function)(*arguments)
