"""Gives memory that the service no longer needs back to the system."""

from __future__ import annotations

import asyncio
import contextlib
import gc

from app.engine.execution.c_library import malloc_trim

UPKEEP_SECONDS = 5.0
# Collections of the middle generation after which a full one is due.
MIDDLE_COLLECTIONS = 4


class MemoryUpkeep:
    """Collects garbage before there is much of it, and returns free memory again and again: the C
    library keeps what large requests have taken."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(_keep_up())

    async def stop(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None


def collect_if_due() -> bool:
    """Have a full collection where there was something to do for smaller ones; whether there was
    one. Everything waits for a collection, the longer the more garbage there is, and the
    interpreter has none by itself before a quarter of all objects are new."""
    if gc.get_count()[2] < MIDDLE_COLLECTIONS:
        return False
    gc.collect()
    return True


async def _keep_up() -> None:
    while True:
        await asyncio.sleep(UPKEEP_SECONDS)
        collect_if_due()
        await asyncio.to_thread(malloc_trim)
