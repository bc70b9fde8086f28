"""Queries about ended jobs and the room that their files take, over all tenants."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.job_tables import ArtifactRow, JobRow


class RetentionRepository:
    """Jobs that have ended."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def ended(
        self, limit: int, *, before: datetime | None = None, with_files: bool = False
    ) -> list[tuple[str, int]]:
        """Ids of jobs that have ended (before a moment), the first end first, each with the bytes
        of its files; `with_files`: only those that have any."""
        size = func.coalesce(func.sum(ArtifactRow.bytes), 0)
        query = (
            select(JobRow.id, size)
            .join(ArtifactRow, ArtifactRow.job_id == JobRow.id, isouter=not with_files)
            .where(JobRow.finished_at.is_not(None))
            .group_by(JobRow.id, JobRow.finished_at)
            .order_by(JobRow.finished_at, JobRow.id)
            .limit(limit)
        )
        if before is not None:
            query = query.where(JobRow.finished_at < before)
        return [(row[0], int(row[1])) for row in await self._session.execute(query)]

    async def total_bytes(self) -> int:
        """Bytes of all files of all jobs."""
        found = await self._session.scalar(select(func.sum(ArtifactRow.bytes)))
        return int(found or 0)

    async def condemn(self, job_id: str) -> bool:
        """Have nobody deliver a job's files from now on, as they are about to go; False where it
        is under way again or gone."""
        ended = JobRow.id == job_id, JobRow.finished_at.is_not(None)
        change = update(JobRow).where(*ended, JobRow.status == "failed").values(result=null())
        await self._session.execute(change, execution_options={"synchronize_session": False})
        return await self._session.scalar(select(JobRow.id).where(*ended)) is not None

    async def delete_ended(self, job_id: str) -> None:
        """Remove a job unless it is under way again."""
        ended = delete(JobRow).where(JobRow.id == job_id, JobRow.finished_at.is_not(None))
        await self._session.execute(ended)
