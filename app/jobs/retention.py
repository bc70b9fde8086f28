"""What goes by itself: jobs that are old or take too much room, and files that belong to none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from app.jobs.service_context import ServiceContext
from app.store.blobs.objects import ObjectsUnavailable
from app.store.clock import now
from app.store.database import DatabaseUnavailable
from app.store.repositories.artifacts import ArtifactRepository
from app.store.repositories.jobs import JobRepository
from app.store.repositories.retention import RetentionRepository
from app.store.repositories.synthesizers import known_synthesizers

LOOK_SECONDS = 60.0
JOBS_AT_ONCE = 100
FILES_AT_ONCE = 500
# A folder is made before its job is stored, and a result is read for a while after its deletion.
ORPHAN_SECONDS = 3600.0

log = structlog.get_logger(__name__)


class RetentionSweeper:
    """Deletes ended jobs by their age and by the bytes of all files, oldest end first, and what
    was left behind on disk by processes that died. Several may work at the same time."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._database = context.state_writer.database
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        swept = -ORPHAN_SECONDS
        while True:
            try:
                await self.enforce()
                if time.monotonic() - swept >= ORPHAN_SECONDS:
                    await self.sweep(ORPHAN_SECONDS)
                    await self.sweep_models(ORPHAN_SECONDS)
                    swept = time.monotonic()
            except (DatabaseUnavailable, ObjectsUnavailable) as error:
                log.warning("retention put off", error=str(error.__cause__))
            except Exception:
                log.exception("retention failed")
            await asyncio.sleep(LOOK_SECONDS)

    async def enforce(self) -> int:
        """Delete what the settings do not keep; how many jobs went."""
        settings = self._context.settings
        gone = 0
        if settings.retention_seconds is not None:
            before = now() - timedelta(seconds=settings.retention_seconds)
            gone += await self._delete_all(lambda: self._ended_before(before))
        most = settings.retention_bytes
        if most is not None:
            gone += await self._delete_all(lambda: self._beyond(most))
        return gone

    async def _delete_all(self, chosen: Callable[[], Awaitable[list[str]]]) -> int:
        """Delete what is chosen again and again, until that is nothing or nothing can go."""
        gone = 0
        while deleted := await self._delete(await chosen()):
            gone += deleted
        return gone

    async def sweep(self, age: float) -> None:
        """Remove folders of no job that have lain still for `age` seconds, and what runners that
        died have left of jobs that have ended since, here or elsewhere."""
        lease = timedelta(seconds=self._context.settings.lease_seconds)
        for job_id in await asyncio.to_thread(self._context.files.stored):
            folder = self._context.files.folder(job_id)
            async with self._database.read() as session:
                row = await JobRepository(session).find(job_id)
                paths = await ArtifactRepository(session).paths(job_id)
            if row is None:
                if await asyncio.to_thread(folder.age) > age:
                    await self._context.artifacts.remove(job_id)
            elif row.finished_at is not None and now() - row.finished_at > lease:
                await self._context.artifacts.clear(job_id, paths, row.fencing_token)

    async def sweep_models(self, age: float) -> None:
        """Remove model files of no synthesizer that have lain still for `age` seconds: the
        process that stored them died before the database had them."""
        files = self._context.model_files
        stored = await asyncio.to_thread(files.stored, age)
        for first in range(0, len(stored), FILES_AT_ONCE):
            some = stored[first : first + FILES_AT_ONCE]
            async with self._database.read() as session:
                known = await known_synthesizers(session, some)
            for synthesizer_id in sorted(set(some) - known):
                await files.delete(synthesizer_id)
                log.info("model file without a synthesizer removed", synthesizer=synthesizer_id)

    async def _ended_before(self, moment: datetime) -> list[str]:
        async with self._database.read() as session:
            found = await RetentionRepository(session).ended(JOBS_AT_ONCE, before=moment)
        return [job_id for job_id, _ in found]

    async def _beyond(self, most: int) -> list[str]:
        """The jobs that ended first, as many as have to go for the rest to fit."""
        async with self._database.read() as session:
            retention = RetentionRepository(session)
            excess = await retention.total_bytes() - most
            oldest = await retention.ended(JOBS_AT_ONCE, with_files=True) if excess > 0 else []
        chosen = []
        for job_id, size in oldest:
            if excess <= 0:
                break
            chosen.append(job_id)
            excess -= size
        return chosen

    async def _delete(self, job_ids: list[str]) -> int:
        """Delete jobs that have ended with their files; how many."""
        gone = 0
        for job_id in job_ids:
            async with self._database.write() as session:
                if not await RetentionRepository(session).condemn(job_id):
                    continue
            await self._context.artifacts.delete(job_id)
            async with self._database.write() as session:
                await RetentionRepository(session).delete_ended(job_id)
            await self._context.artifacts.remove(job_id)
            self._context.state_writer.notifications.notify(job_id)
            log.info("job deleted by retention", job_id=job_id)
            gone += 1
        return gone
