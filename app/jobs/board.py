"""Where jobs change: the row, its event and the waking of watchers always go together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.changes import QUEUE, Changes, cancel_topic
from app.jobs.models import TRANSITIONS, JobStatus
from app.jobs.outbox.messages import OUTBOX, write_messages
from app.jobs.records import event_data
from app.store.belongings import EventRepository, FileRepository
from app.store.connections import JobCredentialsRepository
from app.store.database import Database
from app.store.jobs import JobRepository, QueueRepository
from app.store.rows import JobFileRow, JobRow

EventKind = Literal["status", "progress"]


def now() -> datetime:
    return datetime.now(UTC)


def sources_of(status: JobStatus) -> frozenset[str]:
    """The states that may become `status`."""
    return frozenset(source.value for source, goals in TRANSITIONS.items() if status in goals)


@dataclass(frozen=True, slots=True)
class Board:
    """Changes jobs; `token` is that of the runner that holds the job."""

    database: Database
    changes: Changes = field(default_factory=Changes)

    async def move(
        self,
        job_id: str,
        status: JobStatus,
        values: Mapping[str, Any] | None = None,
        *,
        token: int,
        files: Collection[JobFileRow] = (),
    ) -> bool:
        """Take a job to a state that it may go to, with its files, in one transaction.

        False, and nothing written, when the runner no longer holds the job.
        """
        written = {**(values or {}), "status": status.value}
        if status.ended:
            written |= {"finished_at": now(), "lease_owner": None, "lease_until": None}
        async with self.database.write() as session:
            queue = QueueRepository(session)
            row = await queue.change(
                job_id, written, now=now(), token=token, sources=sources_of(status)
            )
            if row is None:
                return False
            for file in files:
                await FileRepository(session).put(file)
            if status.ended:
                await _let_go(session, row)
            self._record(session, row, "status")
            told = await write_messages(session, row)
        self._tell(job_id, outbox=told)
        return True

    async def progress(self, job_id: str, values: Mapping[str, Any], *, token: int) -> bool:
        """Write what the runner has got to; False when it no longer holds the job."""
        async with self.database.write() as session:
            row = await QueueRepository(session).change(job_id, values, now=now(), token=token)
            if row is None:
                return False
            self._record(session, row, "progress")
            told = "deliveries" in values and await write_messages(session, row)
        self._tell(job_id, outbox=told)
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
            told = row is not None and await write_messages(session, row)
            if row is None:
                await queue.request_cancel(job_id)
            else:
                await _let_go(session, row)
                self._record(session, row, "status")
        self._tell(job_id, outbox=told)
        self.changes.tell(cancel_topic(job_id))

    async def redeliver(
        self, job_id: str, deliveries: Callable[[JobRow], list[dict[str, Any]]]
    ) -> bool:
        """Have a job that failed take up delivering again; `deliveries` says what is to be done.

        False, and nothing written, when the job is not one that failed with its data made.
        """
        values: dict[str, Any] = {
            "status": JobStatus.DELIVERING.value,
            "finished_at": None,
            "error": None,
            "cancel_requested": False,
            "attempts": 0,
            "spent": 0.0,
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
            told = await write_messages(session, row)
        self._tell(job_id, outbox=told)
        self.tell_queue()
        return True

    def announce(self, session: AsyncSession, row: JobRow) -> None:
        """Write the first event of a job that is about to be stored."""
        self._record(session, row, "status")

    def _record(self, session: AsyncSession, row: JobRow, kind: EventKind) -> None:
        EventRepository(session).add(row.id, row.sequence, kind, event_data(row))

    def _tell(self, job_id: str, *, outbox: bool = False) -> None:
        self.changes.tell(job_id)
        if outbox:
            self.changes.tell(OUTBOX)

    def tell_queue(self) -> None:
        self.changes.tell(QUEUE)


async def _let_go(session: AsyncSession, row: JobRow) -> None:
    """Forget what a job that has ended does not need: credentials, and files of no result."""
    await JobCredentialsRepository(session).forget(row.id)
    if row.result is None:
        await FileRepository(session).forget(row.id)
