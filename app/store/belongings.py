"""Every query about what belongs to a job: its events, its files, the key it was asked for with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.rows import IdempotencyRow, JobEventRow, JobFileRow


class EventRepository:
    """The history of each job, numbered without gaps."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, job_id: str, sequence: int, kind: str, data: Mapping[str, Any]) -> None:
        self._session.add(JobEventRow(job_id=job_id, sequence=sequence, kind=kind, data=dict(data)))

    async def after(self, job_id: str, sequence: int, limit: int) -> Sequence[JobEventRow]:
        query = (
            select(JobEventRow)
            .where(JobEventRow.job_id == job_id, JobEventRow.sequence > sequence)
            .order_by(JobEventRow.sequence)
            .limit(limit)
        )
        return (await self._session.scalars(query)).all()


class FileRepository:
    """Finished files of jobs; an empty table name stands for an archive of all tables."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, row: JobFileRow) -> None:
        """Store a file, in place of an earlier one of the same job, format and table."""
        await self._session.merge(row)

    async def find(self, job_id: str, format: str, table: str) -> JobFileRow | None:
        return await self._session.get(JobFileRow, (job_id, format, table))

    async def of_format(self, job_id: str, format: str) -> Sequence[JobFileRow]:
        """The files of every table in one format, without the archive."""
        query = select(JobFileRow).where(
            JobFileRow.job_id == job_id,
            JobFileRow.format == format,
            JobFileRow.table_name != "",
        )
        return (await self._session.scalars(query)).all()

    async def forget(self, job_id: str) -> None:
        """Have the job no files any more."""
        await self._session.execute(delete(JobFileRow).where(JobFileRow.job_id == job_id))

    async def paths(self, job_id: str) -> list[str]:
        """Where all files of a job are, relative to its folder."""
        query = select(JobFileRow.path).where(JobFileRow.job_id == job_id)
        return list(await self._session.scalars(query))


class IdempotencyRepository:
    """Which job a tenant used a key for, and for which request."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def find(self, key: str) -> IdempotencyRow | None:
        return await self._session.get(IdempotencyRow, (self._tenant, key))

    async def add(self, row: IdempotencyRow) -> None:
        """Raises sqlalchemy.exc.IntegrityError when another request has just used the key."""
        self._session.add(row)
        await self._session.flush()
