"""Carrying out one claimed job from start to end."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.engine.errors import Cancelled
from app.jobs.accounts.quotas import quotas_of, room_of
from app.jobs.deliveries.delivering import Bounds
from app.jobs.deliveries.delivery import Courier, Sender
from app.jobs.failures import error_of, given_up, undelivered
from app.jobs.kinds import JobOutcome
from app.jobs.models import Delivery, JobError, JobRequest, JobResult, JobStatus
from app.jobs.queue.holding import Holding, Interruption
from app.jobs.queue.limits import beyond_quota, keep_within_limits
from app.jobs.queue.slots import DeliverySlots
from app.jobs.records import delivery_data, error_data, job_of, request_of, result_data
from app.jobs.tools import Tools
from app.sinks.base import MANIFEST, SinkFile
from app.store.belongings import FileRepository
from app.store.database import OUTAGE_SECONDS, DatabaseUnavailable, patiently
from app.store.files import JobFolder
from app.store.jobs import JobRepository
from app.store.objects import ObjectsUnavailable
from app.store.rows import JobFileRow, JobRow

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Carrying:
    """One job in the hands of this runner.

    Args:
        row: as it was claimed.
        threads: where the run of the plan blocks.
        slots: for attempts at deliveries.
        may_deliver: whether the runner has room for another delivery of this job's tenant.
    """

    def __init__(
        self,
        row: JobRow,
        tools: Tools,
        threads: Executor,
        slots: DeliverySlots | None = None,
        may_deliver: Callable[[str], bool] = lambda _tenant: True,
    ) -> None:
        self._row = row
        self._slots = slots or DeliverySlots(1)
        self._may_deliver = may_deliver
        self.delivering = row.result is not None
        self._tools = tools
        self._holding = Holding(row, tools)
        self._threads = threads
        self._folder: JobFolder = tools.files.folder(row.id)
        self._result = job_of(row).result

    @property
    def cost(self) -> int:
        """The work that the job is expected to be."""
        return self._row.cost

    @property
    def tenant(self) -> str:
        return self._row.tenant

    def interrupt(self, reason: Interruption) -> None:
        self._holding.interrupt(reason)

    async def run(self) -> None:
        """Carry the job out; returns when it has ended here, however that was."""
        with structlog.contextvars.bound_contextvars(job_id=self._row.id):
            watching = [
                asyncio.create_task(self._holding.keep_lease()),
                asyncio.create_task(self._keep_within_limits()),
            ]
            try:
                await self._attempt()
            except (DatabaseUnavailable, ObjectsUnavailable) as error:
                # The lease runs out and the job is taken up again, here or elsewhere.
                log.warning("job abandoned", error=str(error.__cause__))
            except Exception:
                log.exception("job abandoned")
            finally:
                for task in watching:
                    task.cancel()

    async def _keep_within_limits(self) -> None:
        room = await self._room()
        await keep_within_limits(self._holding, self._folder, self._tools.settings, room)

    async def _room(self) -> int | None:
        quotas = quotas_of(self._tools.settings)
        return await self._read(lambda session: room_of(session, self._row, quotas))

    async def _attempt(self) -> None:
        try:
            await self._carry_out()
        except Cancelled:
            await self._leave()
        except (DatabaseUnavailable, ObjectsUnavailable):
            raise
        except Exception as error:
            log.warning("job failed", error=str(error), exc_info=not _known(error))
            await self._end_unless_lost(JobStatus.FAILED, error_of(error), self._result)

    async def _carry_out(self) -> None:
        if self._row.status == JobStatus.QUEUED:
            await self._holding.move(JobStatus.RUNNING)
        if self._row.attempts > self._tools.settings.max_attempts:
            hopeless = given_up(self._row.attempts - 1)
            await self._end(JobStatus.FAILED, hopeless, self._result)
            return
        made = None if self._result else await self._make()
        if made is not None and (error := await self._beyond_quota(made)):
            await self._end(JobStatus.FAILED, error, None)
            return
        deliveries = job_of(self._row).deliveries
        if made is not None and not deliveries:
            await self._end(JobStatus.SUCCEEDED, None, made.result, made.files)
            return
        await self._begin_delivering(made)
        if not self.delivering:
            return
        error = undelivered(await self._deliver(deliveries))
        status = JobStatus.FAILED if error else JobStatus.SUCCEEDED
        await self._end(status, error, self._result)

    async def _make(self) -> JobOutcome:
        kind = self._tools.kinds[self._row.kind]
        return await kind.run(await self._request(), self._holding, self._tools, self._threads)

    async def _beyond_quota(self, made: JobOutcome) -> JobError | None:
        size, room = sum(file.bytes for file in made.files), await self._room()
        return None if room is None or size <= room else beyond_quota(size, room)

    async def _begin_delivering(self, made: JobOutcome | None) -> None:
        """Store what was made; nothing was where an earlier runner had come this far. A job whose
        data is made has got on, and has all its attempts again to deliver it.

        Where there is no room to deliver it here now, it is left to whoever has."""
        if made is None:
            if self._row.status != JobStatus.DELIVERING:
                await self._holding.move(JobStatus.DELIVERING)
            return
        here = self._may_deliver(self.tenant)
        values = {"result": result_data(made.result), "attempts": 0}
        left = {} if here else {"lease_owner": None, "lease_until": None}
        await self._holding.move(JobStatus.DELIVERING, {**values, **left}, made.files)
        self._result = made.result
        self.delivering = here
        self._tools.board.tell_queue()

    async def _request(self) -> JobRequest:
        found = await self._read(lambda session: JobRepository(session).get(self._row.id))
        if found is None:
            self._holding.interrupt(Interruption.LOST)
            raise Cancelled("the job was deleted")
        return request_of(found[1])

    async def _deliver(self, deliveries: tuple[Delivery, ...]) -> tuple[Delivery, ...]:
        """Deliver to every sink that does not have the files yet; a failure stops no other."""
        settings = self._tools.settings
        courier = Courier(
            self._tools.sinks,
            settings.delivery_attempts,
            settings.delivery_backoff,
            self._tools.vault.credentials_of,
            Bounds(settings.delivery_memory, settings.delivery_seconds),
            self._slots.of,
        )
        files = await self._sink_files()
        async with self._holding.stage("deliver", len(deliveries)):
            for place, delivery in enumerate(deliveries):
                if delivery.status in ("pending", "delivering"):
                    begun = replace(delivery, status="delivering")
                    await self._tell(deliveries := _changed(deliveries, place, begun), place)
                    sender = Sender(self._row.id, self._row.tenant, place)
                    ended = await self._to_its_end(courier.deliver(begun, files, sender))
                    deliveries = _changed(deliveries, place, ended)
                    if ended.status == "delivered":
                        await self._tell(deliveries, place + 1, attempts=0)
                        continue
                await self._tell(deliveries, place + 1)
        return deliveries

    async def _to_its_end(self, work: Coroutine[Any, Any, Delivery]) -> Delivery:
        """How a delivery ended. One that is interrupted is waited for: its process has gone when
        this raises Cancelled."""
        task = asyncio.create_task(work)
        try:
            return await self._holding.unless_interrupted(task)
        finally:
            await asyncio.wait({task})

    async def _tell(self, deliveries: tuple[Delivery, ...], done: int, **values: int) -> None:
        told = {"deliveries": delivery_data(deliveries), "done": done}
        await self._holding.write({**told, **values})

    async def _sink_files(self) -> Sequence[SinkFile]:
        """What was asked for at submission, and the manifest of it where there is one; copies of
        what is kept elsewhere lie in the folder of this taking up, which is nobody else's."""
        rows = await self._read(self._file_rows)
        own = self._folder.data(self._row.token)
        return [
            SinkFile(
                path,
                path.name,
                "" if row.format == MANIFEST else row.table_name,
                row.format,
                row.bytes,
                row.sha256,
            )
            for row in rows
            for path in [await self._tools.shelf.at_hand(self._row.id, row.path, own)]
        ]

    async def _file_rows(self, session: AsyncSession) -> list[JobFileRow]:
        stored = FileRepository(session)
        return [
            row
            for form in (*self._row.formats, MANIFEST)
            for row in await stored.of_format(self._row.id, form)
        ]

    async def _read(self, query: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """What a query finds, asked again while the database is away."""

        async def once() -> T:
            async with self._tools.board.database.read() as session:
                return await query(session)

        return await self._holding.unless_interrupted(patiently(once, OUTAGE_SECONDS))

    async def _leave(self) -> None:
        """Let go of the job in the way that the interruption asks for."""
        reason = self._holding.interruption
        log.info("job interrupted", reason=reason.value if reason else None)
        if reason is Interruption.CANCELLED:
            await self._end_unless_lost(JobStatus.CANCELLED, None, None)
        elif reason is Interruption.EXCEEDED:
            await self._end_unless_lost(JobStatus.FAILED, self._holding.exceeded, self._result)
        elif reason is Interruption.STOPPED:
            await self._hand_back()
        else:
            await self._clear_away()

    async def _hand_back(self) -> None:
        values = {
            "lease_owner": None,
            "lease_until": None,
            "attempts": max(0, self._holding.attempts - 1),
        }
        with contextlib.suppress(Cancelled):
            await self._holding.move(JobStatus.QUEUED, values)

    async def _clear_away(self) -> None:
        """Remove what is left here of a job that has ended, was deleted or is another runner's."""
        async with self._tools.board.database.read() as session:
            row = await JobRepository(session).find(self._row.id)
            paths = await FileRepository(session).paths(self._row.id)
        token = self._row.token
        if row is None:
            await self._tools.shelf.remove(self._row.id)
        elif row.finished_at is not None:
            await self._tools.shelf.clear(self._row.id, paths, token)
        own = self._folder.data(token)
        name = self._folder.relative(own)
        if not any(path.startswith(f"{name}/") for path in paths):
            await asyncio.to_thread(shutil.rmtree, own, ignore_errors=True)

    async def _end_unless_lost(
        self, status: JobStatus, error: JobError | None, result: JobResult | None
    ) -> None:
        try:
            await self._end(status, error, result)
        except Cancelled:
            await self._clear_away()

    async def _end(
        self,
        status: JobStatus,
        error: JobError | None,
        result: JobResult | None,
        files: Sequence[JobFileRow] = (),
    ) -> None:
        """Write the end state; then go the files that belong to no result. Not before: the job,
        and with it the files, may be another runner's by now."""
        values = {
            "error": None if error is None else error_data(error),
            "result": None if result is None else result_data(result),
        }
        await self._holding.move(status, values, files)
        self._tools.metrics.ended(self._row.kind, status)
        if result is None:
            await self._tools.shelf.discard(self._row.id, self._row.token)
        else:
            await self._clear_away()


def _changed(
    deliveries: tuple[Delivery, ...], place: int, delivery: Delivery
) -> tuple[Delivery, ...]:
    return (*deliveries[:place], delivery, *deliveries[place + 1 :])


def _known(error: Exception) -> bool:
    return error_of(error).title != "Internal error"
