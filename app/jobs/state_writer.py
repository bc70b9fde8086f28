"""Where jobs change: the row, its event and the waking of watchers always go together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.mappers import artifact_row, event_data
from app.jobs.models import TRANSITIONS, Artifact
from app.store.clock import now
from app.store.database import Database
from app.store.job_status import JobStatus
from app.store.notifications import QUEUE, Notifications, cancel_topic
from app.store.repositories.artifacts import ArtifactRepository
from app.store.repositories.connections import JobCredentialsRepository
from app.store.repositories.job_events import EventRepository
from app.store.repositories.jobs import JobRepository, QueueRepository
from app.store.tables.job_tables import JobRow
from app.webhooks.outbox import OUTBOX, write_messages

EventKind = Literal["status", "progress"]


def sources_of(status: JobStatus) -> frozenset[str]:
    """The states that may become `status`."""
    return frozenset(source.value for source, goals in TRANSITIONS.items() if status in goals)


@dataclass(frozen=True, slots=True)
class JobStateWriter:
    """Changes jobs; `fencing_token` is that of the runner that holds the job."""

    database: Database
    notifications: Notifications = field(default_factory=Notifications)

    async def move(
        self,
        job_id: str,
        status: JobStatus,
        values: Mapping[str, Any] | None = None,
        *,
        fencing_token: int,
        artifacts: Collection[Artifact] = (),
    ) -> bool:
        """Take a job to a state that it may go to, with its artifacts, in one transaction.

        False, and nothing written, when the runner no longer holds the job.
        """
        written = {**(values or {}), "status": status.value}
        if status.ended:
            written |= {"finished_at": now(), "lease_owner": None, "lease_until": None}
        async with self.database.write() as session:
            queue = QueueRepository(session)
            row = await queue.change(
                job_id, written, now=now(), fencing_token=fencing_token, sources=sources_of(status)
            )
            if row is None:
                return False
            for made in artifacts:
                await ArtifactRepository(session).put(artifact_row(job_id, made))
            if status.ended:
                await _let_go(session, row)
            self._record(session, row, "status")
            has_messages = await write_messages(session, row)
        self._notify(job_id, outbox=has_messages)
        return True

    async def progress(self, job_id: str, values: Mapping[str, Any], *, fencing_token: int) -> bool:
        """Write what the runner has got to; False when it no longer holds the job."""
        async with self.database.write() as session:
            row = await QueueRepository(session).change(
                job_id, values, now=now(), fencing_token=fencing_token
            )
            if row is None:
                return False
            self._record(session, row, "progress")
            has_messages = "deliveries" in values and await write_messages(session, row)
        self._notify(job_id, outbox=has_messages)
        return True

    async def cancel(self, job_id: str) -> None:
        """End the job at once where no runner holds it, else ask its runner to end it."""
        moment = now()
        values = {
            "status": JobStatus.CANCELLED.value,
            "cancel_requested": True,
            "finished_at": moment,
            "lease_owner": None,
            "lease_until": None,
            "result": None,
        }
        async with self.database.write() as session:
            queue = QueueRepository(session)
            row = await queue.end_unattended(job_id, values, now=moment)
            has_messages = row is not None and await write_messages(session, row)
            if row is None:
                await queue.request_cancel(job_id)
            else:
                await _let_go(session, row)
                self._record(session, row, "status")
        self._notify(job_id, outbox=has_messages)
        self.notifications.notify(cancel_topic(job_id))

    async def redeliver(
        self, job_id: str, deliveries: Callable[[JobRow], list[dict[str, Any]]]
    ) -> bool:
        """Have a job that failed retry its deliveries; `deliveries` says what is to be done.

        False, and nothing written, when the job is not one that failed with its data made.
        """
        values: dict[str, Any] = {
            "status": JobStatus.DELIVERING.value,
            "finished_at": None,
            "error": None,
            "cancel_requested": False,
            "attempts": 0,
            "run_seconds": 0.0,
        }
        async with self.database.write() as session:
            row = await JobRepository(session).find(job_id)
            if row is None:
                return False
            values["deliveries"] = deliveries(row)
            row = await QueueRepository(session).change(
                job_id, values, now=now(), sources={JobStatus.FAILED.value}, with_result=True
            )
            if row is None:
                return False
            self._record(session, row, "status")
            has_messages = await write_messages(session, row)
        self._notify(job_id, outbox=has_messages)
        self.notify_queue()
        return True

    def announce(self, session: AsyncSession, row: JobRow) -> None:
        """Write the first event of a job that is about to be stored."""
        self._record(session, row, "status")

    def _record(self, session: AsyncSession, row: JobRow, kind: EventKind) -> None:
        EventRepository(session).add(row.id, row.sequence, kind, event_data(row))

    def _notify(self, job_id: str, *, outbox: bool = False) -> None:
        self.notifications.notify(job_id)
        if outbox:
            self.notifications.notify(OUTBOX)

    def notify_queue(self) -> None:
        self.notifications.notify(QUEUE)


async def _let_go(session: AsyncSession, row: JobRow) -> None:
    """Forget what a job that has ended does not need: credentials, and files of no result."""
    await JobCredentialsRepository(session).forget(row.id)
    if row.result is None:
        await ArtifactRepository(session).forget(row.id)
