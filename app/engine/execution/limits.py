"""What a worker process may use."""

from __future__ import annotations

from dataclasses import dataclass

# From this niceness on a process runs only when no other one wants to (SCHED_IDLE, on Linux).
IDLE_NICENESS = 19


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Bounds of a worker process.

    Args:
        niceness: added to the process's niceness; any keeps a service beside it responsive,
            from IDLE_NICENESS on whatever else runs.
        memory_bytes: bound of the address space (RLIMIT_AS, POSIX only); beyond it a worker gets
            a MemoryError in place of the kernel's out-of-memory kill. None: no bound.
        lean: keep pyarrow from loading pandas; False for work that converts between the two.
    """

    niceness: int = 0
    memory_bytes: int | None = None
    lean: bool = True
