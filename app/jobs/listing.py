"""A page of jobs, read in pieces that hold the event loop no longer than others can bear."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.jobs.mappers import job_of
from app.jobs.models import Job
from app.store.database import Database
from app.store.job_status import JobStatus
from app.store.paging import Page, moment_and_id, write_cursor
from app.store.repositories.jobs import JobRepository, ListedJob
from app.workers.turns import Bounds, Turns

# Jobs and bytes of what they tell that are read in one go: all of it is parsed on the loop.
JOBS_AT_ONCE = 20
BYTES_AT_ONCE = 256 * 1024
# Bytes above which a page ends before it has as many jobs as were asked for.
PAGE_BYTES = 4 * 2**20
# Lists that are read and written at the same time, and those of one tenant.
LISTS = 4
LISTS_OF_TENANT = 2
WAITING = 100


class ListTurns:
    """Tenants take turns at listing jobs, so that many lists take no more memory than a few."""

    def __init__(self) -> None:
        self._turns = Turns[None](Bounds(LISTS_OF_TENANT, WAITING, 10 * WAITING))
        for _ in range(LISTS):
            self._turns.add(None)

    @asynccontextmanager
    async def turn(self, tenant: str) -> AsyncIterator[None]:
        """While a list is read and written. Raises QueueFull where too many of the tenant wait."""
        await self._turns.take(tenant)
        try:
            yield
        finally:
            self._turns.release(tenant)
            self._turns.add(None)


@dataclass(frozen=True, slots=True)
class JobList:
    """The jobs of one tenant in one state, of one kind and with one origin, or of all; newest
    first. `origin` is the id of the source or synthesizer that they work from."""

    database: Database
    tenant: str
    status: JobStatus | None
    kind: str | None
    origin: str | None = None

    async def page(self, limit: int, cursor: str | None) -> Page[Job]:
        """At most `limit` jobs, without their documents; fewer where they tell very much.

        Raises InvalidCursor.
        """
        before = None if cursor is None else moment_and_id(cursor)
        async with self.database.read() as session:
            listed = await JobRepository(session, self.tenant).listed(
                status=self.status,
                kind=self.kind,
                origin=self.origin,
                limit=limit + 1,
                before=before,
            )
        shown = listed[: _fitting(listed[:limit])]
        found: list[Job] = []
        for group in _groups(shown):
            async with self.database.read() as session:
                rows = await JobRepository(session, self.tenant).newest_first(group)
            found += map(job_of, rows)
        last = shown[-1] if len(listed) > len(shown) else None
        more = None if last is None else write_cursor(last.created_at.isoformat(), last.id)
        return Page(tuple(found), more)


def _fitting(listed: Sequence[ListedJob]) -> int:
    """How many of the first jobs have room in a page; at least one."""
    size = 0
    for number, job in enumerate(listed):
        size += job.size
        if number and size > PAGE_BYTES:
            return number
    return len(listed)


def _groups(listed: Sequence[ListedJob]) -> Iterator[list[str]]:
    """Ids of jobs that are read in one go."""
    group: list[str] = []
    size = 0
    for job in listed:
        if group and (len(group) == JOBS_AT_ONCE or size + job.size > BYTES_AT_ONCE):
            yield group
            group, size = [], 0
        group.append(job.id)
        size += job.size
    if group:
        yield group
