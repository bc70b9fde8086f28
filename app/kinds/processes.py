"""Work of a held job in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from app.engine.execution.limits import WorkerLimits
from app.engine.execution.pool import start_pool
from app.jobs.queue.lease import JobLease

T = TypeVar("T")


async def in_process(
    lease: JobLease, limits: WorkerLimits, call: Callable[..., T], *arguments: Any
) -> T:
    """The result of a call in a process of its own, which ends with it.

    Raises what the call raises, Cancelled when the job is interrupted, and BrokenExecutor where
    the process was killed.
    """
    pool = start_pool(1, limits)
    try:
        future = await asyncio.to_thread(pool.submit, call, *arguments)
        return await lease.unless_interrupted(asyncio.wrap_future(future))
    finally:
        await asyncio.to_thread(pool.kill)
