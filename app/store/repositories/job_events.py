"""Every query about the events of jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.job_tables import JobEventRow


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
