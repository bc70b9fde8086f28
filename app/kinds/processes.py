"""Work of a held job in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any, TypeVar

from app.engine.errors import Cancelled, GenerationError
from app.engine.execution.limits import WorkerLimits
from app.engine.execution.pool import start_pool
from app.engine.execution.results import CancelToken
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


def in_process_of_thread(
    token: CancelToken, limits: WorkerLimits, call: Callable[..., T], *arguments: Any
) -> T:
    """As `in_process`, for a thread that renders a download.

    Raises what the call raises, Cancelled, and GenerationError where the process was killed.
    """
    pool = start_pool(1, limits)
    try:
        future = pool.submit(call, *arguments)
        ends: list[Future[Any]] = [future, token.signal]
        done, _ = wait(ends, return_when=FIRST_COMPLETED)
        if future not in done:
            raise Cancelled
        return future.result()
    except BrokenExecutor:
        raise GenerationError(
            "the process that wrote it was killed; less memory may help"
        ) from None
    finally:
        pool.kill()
