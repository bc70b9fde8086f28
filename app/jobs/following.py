"""Streams that follow jobs: one look at the database for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from app.store.database import Database
from app.store.notifications import Notifications, Watch
from app.store.repositories.jobs import JobRepository

# Streams that read events at the same time; the others wait for their turn.
AT_ONCE = 4

log = structlog.get_logger(__name__)


class Followers:
    """Notifies whoever follows a job of changes that other processes make.

    However many follow however many jobs, every `poll` seconds one query asks how far these jobs
    are, and only where one has changed its followers look for themselves.
    """

    def __init__(self, database: Database, notifications: Notifications, poll: float) -> None:
        self._database = database
        self._notifications = notifications
        self._poll = poll
        self._followed: Counter[str] = Counter()
        self._sequences: dict[str, int] = {}
        self._looking: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self.turn = asyncio.Semaphore(AT_ONCE)

    @contextmanager
    def follow(self, job_id: str) -> Iterator[Watch]:
        """A watch that is notified of every change of the job, whoever makes it."""
        with self._notifications.watch(job_id) as watch:
            self._followed[job_id] += 1
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
            try:
                yield watch
            finally:
                self._followed[job_id] -= 1
                if not self._followed[job_id]:
                    del self._followed[job_id]
                    self._sequences.pop(job_id, None)

    async def stop(self) -> None:
        """Look no more. What is asked at the moment is answered first: a query that is cut off
        would leave its connection to the garbage collector."""
        self._stopping.set()
        if self._looking is not None:
            await self._looking

    async def _look(self) -> None:
        while self._followed and not self._stopping.is_set():
            try:
                await self._compare()
            except Exception as error:
                log.warning("changes of jobs not read", error=str(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll):
                    await self._stopping.wait()

    async def _compare(self) -> None:
        """Tell the followers of every job that has got on, or is not there any more."""
        followed = set(self._followed)
        async with self._database.read() as session:
            found = await JobRepository(session).sequences(followed)
        for job_id in followed & self._followed.keys():
            sequence = found.get(job_id, -1)
            if self._sequences.get(job_id) != sequence:
                self._sequences[job_id] = sequence
                self._notifications.notify(job_id)
