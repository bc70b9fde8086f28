"""Carries out one claimed job from start to end."""

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

from app.accounts.quotas import quotas_of, room_of
from app.engine.errors import Cancelled
from app.jobs.artifacts.outcomes import complete_result, delivered, sink_file
from app.jobs.deliveries.delivering import Bounds
from app.jobs.deliveries.delivery import DeliveryRunner, DeliverySource
from app.jobs.failures import error_of, given_up, undelivered
from app.jobs.kinds import JobOutcome
from app.jobs.mappers import (
    artifact_of,
    delivery_data,
    error_data,
    job_of,
    request_of,
    result_data,
)
from app.jobs.models import Artifact, Delivery, JobError, JobRequest, JobResult
from app.jobs.queue.lease import Interruption, JobLease
from app.jobs.queue.limits import beyond_quota, keep_within_limits
from app.jobs.queue.slots import DeliverySlots
from app.jobs.service_context import ServiceContext
from app.jobs.validation import formats_for_sinks
from app.sinks.base import SinkFile
from app.store.blobs.local import JobFolder
from app.store.blobs.objects import ObjectsUnavailable
from app.store.database import OUTAGE_SECONDS, DatabaseUnavailable, patiently
from app.store.job_status import JobStatus
from app.store.repositories.artifacts import ArtifactRepository
from app.store.repositories.jobs import JobRepository
from app.store.tables.job_tables import JobRow

T = TypeVar("T")

log = structlog.get_logger(__name__)


class JobExecution:
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
        context: ServiceContext,
        threads: Executor,
        slots: DeliverySlots | None = None,
        may_deliver: Callable[[str], bool] = lambda _tenant: True,
    ) -> None:
        self._row = row
        self._slots = slots or DeliverySlots(1)
        self._may_deliver = may_deliver
        self.delivering = row.result is not None
        self._context = context
        self._lease = JobLease(row, context)
        self._threads = threads
        self._folder: JobFolder = context.files.folder(row.id)
        self._result = job_of(row).result

    @property
    def cost(self) -> int:
        """The work that the job is expected to be."""
        return self._row.cost

    @property
    def tenant(self) -> str:
        return self._row.tenant

    def interrupt(self, reason: Interruption) -> None:
        self._lease.interrupt(reason)

    async def run(self) -> None:
        """Carry the job out; returns when it has ended here, however that was."""
        with structlog.contextvars.bound_contextvars(job_id=self._row.id):
            watching = [
                asyncio.create_task(self._lease.keep_lease()),
                asyncio.create_task(self._keep_within_limits()),
            ]
            try:
                await self._attempt()
            except (DatabaseUnavailable, ObjectsUnavailable) as error:
                # The lease runs out and the job is resumed, here or elsewhere.
                log.warning("job abandoned", error=str(error.__cause__))
            except Exception:
                log.exception("job abandoned")
            finally:
                for task in watching:
                    task.cancel()

    async def _keep_within_limits(self) -> None:
        room = await self._room()
        await keep_within_limits(self._lease, self._folder, self._context.settings, room)

    async def _room(self) -> int | None:
        quotas = quotas_of(self._context.settings)
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
            await self._lease.move(JobStatus.RUNNING)
        if self._row.attempts > self._context.settings.max_attempts:
            hopeless = given_up(self._row.attempts - 1)
            await self._end(JobStatus.FAILED, hopeless, self._result)
            return
        made = None if self._result else await self._make()
        if made is not None and (error := await self._beyond_quota(made)):
            await self._end(JobStatus.FAILED, error, None)
            return
        deliveries = job_of(self._row).deliveries
        if made is not None and not deliveries:
            await self._end(JobStatus.SUCCEEDED, None, made.result, made.artifacts)
            return
        await self._begin_delivering(made)
        if not self.delivering:
            return
        error = undelivered(await self._deliver(deliveries))
        status = JobStatus.FAILED if error else JobStatus.SUCCEEDED
        await self._end(status, error, self._result)

    async def _make(self) -> JobOutcome:
        kind = self._context.kinds[self._row.kind]
        made = await kind.run(await self._request(), self._lease, self._context, self._threads)
        return replace(made, result=complete_result(made))

    async def _beyond_quota(self, made: JobOutcome) -> JobError | None:
        size, room = sum(artifact.bytes for artifact in made.artifacts), await self._room()
        return None if room is None or size <= room else beyond_quota(size, room)

    async def _begin_delivering(self, made: JobOutcome | None) -> None:
        """Store what was made; nothing was where an earlier runner had come this far. A job whose
        data is made has got on, and has all its attempts again to deliver it.

        Where there is no room to deliver it here now, it is left to whoever has."""
        if made is None:
            if self._row.status != JobStatus.DELIVERING:
                await self._lease.move(JobStatus.DELIVERING)
            return
        # Its place is taken before anything is waited for: two that end at once are two.
        self.delivering = here = self._may_deliver(self.tenant)
        values = {"result": result_data(made.result), "attempts": 0}
        left = {} if here else {"lease_owner": None, "lease_until": None}
        await self._lease.move(JobStatus.DELIVERING, {**values, **left}, made.artifacts)
        self._result = made.result
        self._context.state_writer.notify_queue()

    async def _request(self) -> JobRequest:
        found = await self._read(lambda session: JobRepository(session).get(self._row.id))
        if found is None:
            self._lease.interrupt(Interruption.LOST)
            raise Cancelled("the job was deleted")
        return request_of(found[1])

    async def _deliver(self, deliveries: tuple[Delivery, ...]) -> tuple[Delivery, ...]:
        """Deliver to every sink that does not have the files yet; a failure stops no other."""
        settings = self._context.settings
        runner = DeliveryRunner(
            self._context.sinks,
            settings.delivery_attempts,
            settings.delivery_backoff,
            self._context.credential_store.credentials_of,
            Bounds(settings.delivery_memory, settings.delivery_seconds),
            self._slots.of,
        )
        files = await self._sink_files()
        added = formats_for_sinks(await self._request(), self._row.formats)
        async with self._lease.stage("deliver", len(deliveries)):
            for place, delivery in enumerate(deliveries):
                if delivery.status in ("pending", "delivering"):
                    begun = replace(delivery, status="delivering")
                    await self._tell(deliveries := _changed(deliveries, place, begun), place)
                    source = DeliverySource(self._row.id, self._row.tenant, place)
                    ended = await self._to_its_end(
                        runner.deliver(begun, self._meant_for(delivery, files, added), source)
                    )
                    deliveries = _changed(deliveries, place, ended)
                    if ended.status == "delivered":
                        await self._tell(deliveries, place + 1, attempts=0)
                        continue
                await self._tell(deliveries, place + 1)
        return deliveries

    def _meant_for(
        self, delivery: Delivery, files: Sequence[SinkFile], added: frozenset[str]
    ) -> list[SinkFile]:
        """The files of a sink: those in formats that were added for others are none of its."""
        sink = self._context.sinks.get(delivery.kind)
        reads_added = sink is not None and sink.formats is not None
        return [file for file in files if reads_added or file.format not in added]

    async def _to_its_end(self, work: Coroutine[Any, Any, Delivery]) -> Delivery:
        """How a delivery ended. One that is interrupted is waited for: its process has gone when
        this raises Cancelled."""
        task = asyncio.create_task(work)
        try:
            return await self._lease.unless_interrupted(task)
        finally:
            await asyncio.wait({task})

    async def _tell(self, deliveries: tuple[Delivery, ...], done: int, **values: int) -> None:
        written = {"deliveries": delivery_data(deliveries), "done": done}
        await self._lease.write({**written, **values})

    async def _sink_files(self) -> Sequence[SinkFile]:
        """What was asked for at submission, and the manifest of it where there is one; copies of
        what is kept elsewhere lie in the folder of this claim, which is nobody else's."""
        stored = await self._read(self._artifacts)
        own = self._folder.data(self._row.fencing_token)
        return [
            sink_file(artifact, path)
            for artifact in delivered(stored, self._row.formats, self._result)
            for path in [await self._context.artifacts.fetch(self._row.id, artifact.path, own)]
        ]

    async def _artifacts(self, session: AsyncSession) -> list[Artifact]:
        rows = await ArtifactRepository(session).all(self._row.id)
        return [artifact_of(row) for row in rows]

    async def _read(self, query: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """What a query finds, asked again while the database is away."""

        async def once() -> T:
            async with self._context.state_writer.database.read() as session:
                return await query(session)

        return await self._lease.unless_interrupted(patiently(once, OUTAGE_SECONDS))

    async def _leave(self) -> None:
        """Let go of the job in the way that the interruption asks for."""
        reason = self._lease.interruption
        log.info("job interrupted", reason=reason.value if reason else None)
        if reason is Interruption.CANCELLED:
            await self._end_unless_lost(JobStatus.CANCELLED, None, None)
        elif reason is Interruption.EXCEEDED:
            await self._end_unless_lost(JobStatus.FAILED, self._lease.exceeded, self._result)
        elif reason is Interruption.STOPPED:
            await self._hand_back()
        else:
            await self._clear_away()

    async def _hand_back(self) -> None:
        values = {
            "lease_owner": None,
            "lease_until": None,
            "attempts": max(0, self._lease.attempts - 1),
        }
        with contextlib.suppress(Cancelled):
            await self._lease.move(JobStatus.QUEUED, values)

    async def _clear_away(self) -> None:
        """Remove what is left here of a job that has ended, was deleted or is another runner's."""
        async with self._context.state_writer.database.read() as session:
            row = await JobRepository(session).find(self._row.id)
            paths = await ArtifactRepository(session).paths(self._row.id)
        fencing_token = self._row.fencing_token
        if row is None:
            await self._context.artifacts.remove(self._row.id)
        elif row.finished_at is not None:
            await self._context.artifacts.clear(self._row.id, paths, fencing_token)
        own = self._folder.data(fencing_token)
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
        artifacts: Sequence[Artifact] = (),
    ) -> None:
        """Write the end state; then go the files that belong to no result. Not before: the job,
        and with it the files, may be another runner's by now."""
        values = {
            "error": None if error is None else error_data(error),
            "result": None if result is None else result_data(result),
        }
        await self._lease.move(status, values, artifacts)
        self._context.metrics.ended(self._row.kind, status)
        if result is None:
            await self._context.artifacts.discard(self._row.id, self._row.fencing_token)
        else:
            await self._clear_away()


def _changed(
    deliveries: tuple[Delivery, ...], place: int, delivery: Delivery
) -> tuple[Delivery, ...]:
    return (*deliveries[:place], delivery, *deliveries[place + 1 :])


def _known(error: Exception) -> bool:
    return error_of(error).title != "Internal error"
