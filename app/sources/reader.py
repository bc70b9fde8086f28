"""Reads uploaded sources, each in a process of its own under limits of time and memory.

A source is claimed by a lease in the database: one whose reader was killed is read again by
whoever comes next, and given up after a few times.
"""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import structlog

from app.accounts.quotas import Quotas, source_use
from app.engine.errors import TablesmithError
from app.engine.execution.limits import WorkerLimits
from app.engine.execution.pool import start_pool
from app.privacy.errors import AccountDamaged
from app.sinks.postgresql_reading import FetchLimits
from app.sources.files import SourceFiles, SourceFolder
from app.sources.origins import Origin, Origins
from app.store.clock import now
from app.store.database import Database, DatabaseUnavailable
from app.store.notifications import Notifications
from app.store.repositories.sources import ReadingRepository
from app.store.source_status import SourceStatus
from app.store.tables.source_tables import SourceRow
from app.store.written_json import WrittenJson
from app.workers.source_tasks import ReadSource, SourceFile, fetch_source, read_source

# Sources that one process reads at the same time.
READERS = 2
MAX_ATTEMPTS = 3
TOPIC = "sources"

Recognise = Callable[[SourceRow, str], Awaitable[None]]
"""Has a source's account be that of all data that holds the same."""
T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What reading a source may take.

    Args:
        memory: bytes of address space of its process.
        lease_seconds: after which a source whose reader says nothing is read again.
        most_bytes: that a connection may send, and its files may come to.
        niceness: of its process, behind whatever answers requests.
    """

    seconds: float
    memory: int
    lease_seconds: float
    most_bytes: int
    niceness: int


class SourceReader:
    """Reads what was uploaded until it is stopped."""

    def __init__(
        self,
        database: Database,
        files: SourceFiles,
        origins: Origins,
        quotas: Quotas,
        limits: ReadingLimits,
        recognise: Recognise,
    ) -> None:
        self._recognise = recognise
        self._database = database
        self._files = files
        self._origins = origins
        self._quotas = quotas
        self._limits = limits
        self._notifications = Notifications()
        self._tasks: list[asyncio.Task[None]] = []
        self._reading: dict[str, asyncio.Task[dict[str, Any]]] = {}
        self._stopped = False

    def start(self) -> None:
        self._stopped = False
        self._tasks = [asyncio.create_task(self._work()) for _ in range(READERS)]

    async def stop(self) -> None:
        """Leave what is being read to whoever starts next."""
        self._stopped = True
        self.notify()
        for reading in [*self._reading.values()]:
            reading.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def notify(self) -> None:
        """There is something new to be read."""
        self._notifications.notify(TOPIC)

    async def give_up(self, source_id: str) -> None:
        """End the reading of a source that is being deleted."""
        if (reading := self._reading.get(source_id)) is not None:
            reading.cancel()
            await asyncio.wait([reading])

    async def _work(self) -> None:
        with self._notifications.watch(TOPIC) as watch:
            while not self._stopped:
                claimed = await self._claim()
                if claimed is None:
                    await watch.wait(self._limits.lease_seconds)
                else:
                    await self._hold(*claimed)

    async def _claim(self) -> tuple[SourceRow, str] | None:
        """The next source, and the token of this claim: who lost its lease writes nothing.

        What is being read here is not claimed again, also where this process was too busy to renew
        the lease in time: both would work in one folder, and each claim counts as an attempt.
        """
        owner, moment = uuid.uuid4().hex, now()
        try:
            async with self._database.write() as session:
                sources = ReadingRepository(session)
                row = await sources.claim(owner, moment, self._until(), self._reading.keys())
        except DatabaseUnavailable:
            return None
        return None if row is None else (row, owner)

    async def _hold(self, row: SourceRow, owner: str) -> None:
        """Read a source while its lease is renewed; a lease that is lost ends the reading."""
        reading = asyncio.create_task(self._outcome(row))
        self._reading[row.id] = reading
        if self._stopped:
            reading.cancel()
        while not reading.done():
            await asyncio.wait([reading], timeout=self._limits.lease_seconds / 3)
            if not reading.done() and not await self._renew(row.id, owner):
                reading.cancel()
        del self._reading[row.id]
        try:
            await self._settle(row.id, owner, reading)
        except DatabaseUnavailable:
            log.warning("source is read again: the database is away", source=row.id)

    async def _settle(
        self, source_id: str, owner: str, reading: asyncio.Task[dict[str, Any]]
    ) -> None:
        """Store what came of reading, or leave the source to the next reader."""
        cancelled = reading.cancelled()
        error = None if cancelled else reading.exception()
        if error is not None:
            log.error("reading of a source was broken off", source=source_id, exc_info=error)
        async with self._database.write() as session:
            sources = ReadingRepository(session)
            if cancelled or error is not None:
                await sources.release(source_id, owner, counted=not cancelled)
            else:
                values = {**reading.result(), "updated_at": now()}
                await sources.finish(source_id, owner, values)

    async def _outcome(self, row: SourceRow) -> dict[str, Any]:
        """What is to be stored of a source: its profile, or why there is none. Raises
        BrokenProcessPool where its process dies. It may be cancelled."""
        if row.attempts > MAX_ATTEMPTS:
            return _failed(f"its reading was broken off {MAX_ATTEMPTS} times; upload it again")
        try:
            async with asyncio.timeout(self._limits.seconds):
                found, size = await self._read(row)
        except TimeoutError:
            seconds = f"{self._limits.seconds:g} seconds"
            return _failed(f"reading it took longer than {seconds}; upload fewer rows or columns")
        except TablesmithError as error:
            notes = getattr(error, "__notes__", [])
            log.warning("source not read", source=row.id, error=str(error), frames=notes)
            return _failed(str(error))
        try:
            if found.content is not None:
                await self._recognise(row, found.content)
        except AccountDamaged as error:
            return _failed(str(error))
        profile, suggestion = WrittenJson(found.profile), WrittenJson(found.suggestion)
        values = {"profile": profile, "suggestion": suggestion}
        await asyncio.to_thread(self._files.folder(row.tenant, row.id).keep, row.file)
        return {**values, "bytes": size, "status": SourceStatus.READY.value, "error": None}

    async def _read(self, row: SourceRow) -> tuple[ReadSource, int]:
        """What was found, and the bytes that the source takes. Raises TablesmithError,
        BrokenProcessPool."""
        folder = self._files.folder(row.tenant, row.id)
        place = folder.file(row.file)
        if row.origin is None:
            file = SourceFile(place, row.options or {})
            return await self._in_process(folder, read_source, file, folder.work, row.id), row.bytes
        # A call of the database is not broken off when this is cancelled.
        source = await asyncio.shield(self._origins.open(row.tenant, Origin.of(row.origin)))
        limits = await asyncio.shield(self._fetch_limits(row))
        arguments = (source, limits, place, folder.work, row.id)
        fetched = await self._in_process(folder, fetch_source, *arguments)
        return fetched.read, fetched.bytes

    async def _fetch_limits(self, row: SourceRow) -> FetchLimits:
        """What reading from a connection may take beside the tenant's other sources."""
        stored = most = self._limits.most_bytes
        if self._quotas.source_bytes is not None:
            async with self._database.read() as session:
                use = await source_use(session, row.tenant)
            stored = max(0, min(most, self._quotas.source_bytes - use.bytes + row.bytes))
        return FetchLimits(most, stored, self._limits.seconds)

    async def _in_process(self, folder: SourceFolder, call: Callable[..., T], *arguments: Any) -> T:
        """What a call returns in a process of its own, which ends with it."""
        limits = WorkerLimits(niceness=self._limits.niceness, memory_bytes=self._limits.memory)
        pool = start_pool(1, limits)
        try:
            # A pool's first task starts its process, which may start the fork server.
            future = await asyncio.to_thread(pool.submit, call, *arguments)
            return await asyncio.wrap_future(future)
        finally:
            await asyncio.to_thread(pool.kill)
            await asyncio.to_thread(shutil.rmtree, folder.work, ignore_errors=True)

    async def _renew(self, source_id: str, owner: str) -> bool:
        """Whether the source is still this reader's; taken for granted while nobody can say."""
        try:
            async with self._database.write() as session:
                return await ReadingRepository(session).renew(source_id, owner, self._until())
        except DatabaseUnavailable:
            return True

    def _until(self) -> Any:
        return now() + timedelta(seconds=self._limits.lease_seconds)


def _failed(error: str) -> dict[str, Any]:
    return {"status": SourceStatus.FAILED.value, "error": error}
