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
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):  # other C libraries know no mallopt
            ctypes.CDLL(None).mallopt(parameter, value)
