"""Every query about jobs. Repositories never commit: the block that opened the session does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    and_,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.store.rows import JobRequestRow, JobRow


class JobRepository:
    """Jobs with their requests: those of one tenant, or of all of them for the runner (None)."""

    def __init__(self, session: AsyncSession, tenant: str | None = None) -> None:
        self._session = session
        self._tenant = tenant

    async def add(self, row: JobRow, request: Mapping[str, Any]) -> None:
        self._session.add(row)
        await self._session.flush()
        self._session.add(JobRequestRow(job_id=row.id, body=dict(request)))

    async def get(self, job_id: str) -> tuple[JobRow, dict[str, Any]] | None:
        """The job and its request."""
        query = (
            select(JobRow, JobRequestRow.body)
            .join(JobRequestRow, JobRequestRow.job_id == JobRow.id)
            .where(JobRow.id == job_id, *self._own())
        )
        found = (await self._session.execute(query)).one_or_none()
        return None if found is None else (found[0], found[1])

    async def find(self, job_id: str) -> JobRow | None:
        """The job without its request."""
        query = select(JobRow).where(JobRow.id == job_id, *self._own())
        return (await self._session.scalars(query)).one_or_none()

    async def page(
        self,
        *,
        status: str | None,
        kind: str | None,
        limit: int,
        before: tuple[datetime, str] | None,
    ) -> Sequence[JobRow]:
        """Up to `limit` jobs, newest first, that are older than `before`."""
        newest_first = JobRow.created_at.desc(), JobRow.id.desc()
        query = select(JobRow).where(*self._own()).order_by(*newest_first).limit(limit)
        if status is not None:
            query = query.where(JobRow.status == status)
        if kind is not None:
            query = query.where(JobRow.kind == kind)
        if before is not None:
            query = query.where(tuple_(JobRow.created_at, JobRow.id) < before)
        return (await self._session.scalars(query)).all()

    async def counts(self) -> dict[str, int]:
        """Number of jobs by status."""
        query = select(JobRow.status, func.count()).where(*self._own()).group_by(JobRow.status)
        return {row[0]: row[1] for row in await self._session.execute(query)}

    async def rename(self, job_id: str, name: str) -> bool:
        change = update(JobRow).where(JobRow.id == job_id, *self._own()).values(name=name)
        return await self._touched(change)

    async def delete(self, job_id: str) -> bool:
        """Remove the job; its request, events, files and keys go with it."""
        return await self._touched(delete(JobRow).where(JobRow.id == job_id, *self._own()))

    def _own(self) -> tuple[ColumnElement[bool], ...]:
        return () if self._tenant is None else (JobRow.tenant == self._tenant,)

    async def _touched(self, statement: Any) -> bool:
        result = await self._session.execute(
            statement, execution_options={"synchronize_session": False}
        )
        assert isinstance(result, CursorResult)
        return result.rowcount > 0


def _unattended(now: datetime, job: type[JobRow] = JobRow) -> ColumnElement[bool]:
    """Jobs that have not ended and that no runner holds: never taken up, or the lease ran out."""
    free = or_(job.lease_until.is_(None), job.lease_until < now)
    return and_(job.finished_at.is_(None), free)


def _next_in_turn(now: datetime, most_rows: int | None) -> Select[str]:
    """The id of the job to take up next, locked."""
    waiting, held = aliased(JobRow), aliased(JobRow)
    in_hand = (
        select(held.tenant, func.count().label("jobs"))
        .where(held.finished_at.is_(None), held.lease_until >= now)
        .group_by(held.tenant)
        .subquery()
    )
    candidate = (
        select(waiting.id)
        .outerjoin(in_hand, in_hand.c.tenant == waiting.tenant)
        .where(_unattended(now, waiting))
        .order_by(func.coalesce(in_hand.c.jobs, 0), waiting.created_at, waiting.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=waiting)
    )
    return candidate if most_rows is None else candidate.where(waiting.rows <= most_rows)


class QueueRepository(JobRepository):
    """What a runner does with jobs: claim, renew, write under its token, end."""

    async def claim(
        self, *, owner: str, now: datetime, lease_until: datetime, most_rows: int | None = None
    ) -> JobRow | None:
        """Take a job that nobody holds and that has at most `most_rows` rows, in one statement.

        The tenant with the fewest jobs in hand comes first, then the oldest job.

        No two runners get the same job: SQLite lets one writer in at a time, other databases
        skip rows that another claim has locked.
        """
        # The scalar comparison has the candidate chosen, and locked, exactly once.
        chosen = JobRow.id == _next_in_turn(now, most_rows).scalar_subquery()
        claim = (
            update(JobRow)
            .where(chosen)
            .values(
                lease_owner=owner,
                lease_until=lease_until,
                token=JobRow.token + 1,
                attempts=JobRow.attempts + 1,
            )
            .returning(JobRow)
            .execution_options(synchronize_session=False)
        )
        return (await self._session.scalars(claim)).one_or_none()

    async def renew(
        self, job_id: str, token: int, lease_until: datetime, spent: float
    ) -> bool | None:
        """Prolong the lease and write the seconds worked; tells whether a cancel was asked for,
        None when the lease is lost."""
        renewal = (
            update(JobRow)
            .where(JobRow.id == job_id, JobRow.token == token)
            .values(lease_until=lease_until, spent=spent)
            .returning(JobRow.cancel_requested)
            .execution_options(synchronize_session=False)
        )
        return (await self._session.execute(renewal)).scalar_one_or_none()

    async def change(
        self,
        job_id: str,
        values: Mapping[str, Any],
        *,
        now: datetime,
        token: int | None = None,
        sources: Collection[str] | None = None,
    ) -> JobRow | None:
        """Write `values` and count the change; None (and nothing written) when another runner
        holds the job (`token`) or its status is none of `sources`."""
        conditions = [JobRow.id == job_id]
        if token is not None:
            conditions.append(JobRow.token == token)
        if sources is not None:
            conditions.append(JobRow.status.in_(sources))
        change = (
            update(JobRow)
            .where(*conditions)
            .values(**values, sequence=JobRow.sequence + 1, updated_at=now)
            .returning(JobRow)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        return (await self._session.scalars(change)).one_or_none()

    async def end_unattended(
        self, job_id: str, values: Mapping[str, Any], *, now: datetime
    ) -> JobRow | None:
        """End a job that no runner holds; one that still believes it does is fenced off."""
        change = (
            update(JobRow)
            .where(JobRow.id == job_id, _unattended(now))
            .values(**values, token=JobRow.token + 1, sequence=JobRow.sequence + 1, updated_at=now)
            .returning(JobRow)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        return (await self._session.scalars(change)).one_or_none()

    async def request_cancel(self, job_id: str) -> bool:
        change = update(JobRow).where(JobRow.id == job_id).values(cancel_requested=True)
        return await self._touched(change)
