"""A job in the hands of this runner: its lease, its timeline, and being interrupted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import Any, TypeVar

import structlog

from app.engine.errors import Cancelled
from app.engine.execution.results import CancelToken
from app.jobs.mappers import job_of, stage_data
from app.jobs.models import Artifact, JobError, Stage, StageName
from app.jobs.queue.progress import Attainment, StageProgress
from app.jobs.service_context import ServiceContext
from app.store.clock import now
from app.store.database import OUTAGE_SECONDS, DatabaseUnavailable
from app.store.job_status import JobStatus
from app.store.notifications import cancel_topic
from app.store.repositories.jobs import QueueRepository
from app.store.tables.job_tables import JobRow

T = TypeVar("T")
# Cancels asked for in another process are found at the next renewal.
RENEWAL_SECONDS = 1.0
# How long a write is tried while the database is away by a runner that stops.
STOPPING_SECONDS = 5.0
RETRY_SECONDS = 0.25

log = structlog.get_logger(__name__)


class Interruption(Enum):
    CANCELLED = "its owner cancelled it"
    STOPPED = "this runner stops"
    LOST = "another runner holds it"
    EXCEEDED = "it went beyond a limit"


class JobLease:
    """Writes to one claimed job; every write raises Cancelled once another runner holds it, and
    DatabaseUnavailable when the database stays away for long."""

    def __init__(self, row: JobRow, context: ServiceContext) -> None:
        self.row = row
        self.cancel_token = CancelToken()
        self.interruption: Interruption | None = None
        self.exceeded: JobError | None = None
        # As they were written last.
        self.attempts = row.attempts
        self._context = context
        self._interrupted = asyncio.Event()
        self._timeline = job_of(row).timeline
        self._attainment = Attainment(row.most_done)
        self._since = time.monotonic()

    @property
    def run_seconds(self) -> float:
        """Seconds that runners have worked on the job, up to now."""
        return self.row.run_seconds + time.monotonic() - self._since

    def interrupt(self, reason: Interruption) -> None:
        """Have the job stop soon; the first reason counts. Parts are kept for whoever resumes."""
        if self.interruption is None:
            self.interruption = reason
            self.cancel_token.cancel(keep_parts=reason is not Interruption.CANCELLED)
            self._interrupted.set()

    def exceed(self, error: JobError) -> None:
        """Have the job stop soon and fail with this error."""
        if self.interruption is None:
            self.exceeded = error
            self.interrupt(Interruption.EXCEEDED)

    async def keep_lease(self) -> None:
        """Renew the lease until interrupted; a lost lease or a cancel asked for interrupts."""
        if self.row.cancel_requested:
            self.interrupt(Interruption.CANCELLED)
        interval = min(self._context.settings.lease_seconds / 3, RENEWAL_SECONDS)
        with self._context.state_writer.notifications.watch(cancel_topic(self.row.id)) as watch:
            while self.interruption is None:
                await watch.wait(interval)
                await self._renew()

    async def unless_interrupted(self, work: Awaitable[T]) -> T:
        """The result of `work`; Cancelled, with the work left to itself, when interrupted."""
        task = asyncio.ensure_future(work)
        signal = asyncio.ensure_future(self._interrupted.wait())
        try:
            await asyncio.wait({task, signal}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Cancelled("the job was interrupted")
            return task.result()
        finally:
            signal.cancel()
            task.cancel()

    @asynccontextmanager
    async def stage(
        self,
        name: StageName,
        total: int = 0,
        done: int = 0,
        *,
        counted: bool = False,
    ) -> AsyncIterator[StageProgress]:
        """A stage of the timeline; entering it is written at once, what its progress is from time
        to time, and leaving it with what follows.

        Args:
            total: how much there is to do, in whatever the kind of job counts.
            counted: whether getting on in it gives the job all its attempts again; then `total`
                is the same however often the job is resumed.
        """
        earlier = (entry for entry in self._timeline if entry.finished_at and entry.stage != name)
        self._timeline = (*earlier, Stage(name, now()))
        gained = self._attainment.reached(0)
        await self.write({"stage": name, "done": done, "total": total, **gained})
        started = time.perf_counter()
        progress = StageProgress(name, total, self._attainment if counted else None, self.write)
        writing = asyncio.create_task(progress.keep_written())
        try:
            yield progress
            progress.finish()
        finally:
            writing.cancel()
            await asyncio.wait({writing})
            ended = replace(self._timeline[-1], finished_at=now())
            self._timeline = (*self._timeline[:-1], ended)
            self._context.metrics.took(name, time.perf_counter() - started)

    async def write(self, values: Mapping[str, Any]) -> None:
        state_writer = self._context.state_writer
        await self._persistently(
            lambda: state_writer.progress(
                self.row.id, self._written(values), fencing_token=self.row.fencing_token
            )
        )

    async def move(
        self,
        status: JobStatus,
        values: Mapping[str, Any] | None = None,
        artifacts: Collection[Artifact] = (),
    ) -> None:
        state_writer = self._context.state_writer
        await self._persistently(
            lambda: state_writer.move(
                self.row.id,
                status,
                self._written(values or {}),
                fencing_token=self.row.fencing_token,
                artifacts=artifacts,
            )
        )
        log.info("job moved", status=status.value)

    async def _persistently(self, write: Callable[[], Awaitable[bool]]) -> None:
        """Try a write until the database takes it; the token decides whether it still may."""
        began = time.monotonic()
        while True:
            try:
                held = await write()
                break
            except DatabaseUnavailable as error:
                if time.monotonic() - began > self._patience():
                    raise
                log.warning("database away", error=str(error.__cause__))
                await asyncio.sleep(RETRY_SECONDS)
        if not held:
            self.interrupt(Interruption.LOST)
            raise Cancelled("another runner holds the job")

    def _patience(self) -> float:
        stopping = self.interruption is Interruption.STOPPED
        return STOPPING_SECONDS if stopping else OUTAGE_SECONDS

    def _written(self, values: Mapping[str, Any]) -> dict[str, Any]:
        self.attempts = values.get("attempts", self.attempts)
        timeline = [stage_data(stage) for stage in self._timeline]
        return {**values, "timeline": timeline, "run_seconds": self.run_seconds}

    async def _renew(self) -> None:
        until = now() + timedelta(seconds=self._context.settings.lease_seconds)
        try:
            async with self._context.state_writer.database.write() as session:
                queue = QueueRepository(session)
                cancel = await queue.renew(
                    self.row.id, self.row.fencing_token, until, self.run_seconds
                )
        except DatabaseUnavailable as error:
            log.warning("lease not renewed", error=str(error.__cause__))
            return
        except Exception:
            log.exception("lease not renewed")
            return
        if cancel is None:
            self.interrupt(Interruption.LOST)
        elif cancel:
            self.interrupt(Interruption.CANCELLED)
