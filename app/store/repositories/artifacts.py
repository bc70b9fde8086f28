"""Every query about the finished files of jobs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.job_tables import ArtifactRow


class ArtifactRepository:
    """Finished files of jobs."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, row: ArtifactRow) -> None:
        """Store a file, in place of an earlier one of the same job, name, table and format."""
        await self._session.merge(row)

    async def find(self, job_id: str, name: str, table: str, format: str) -> ArtifactRow | None:
        return await self._session.get(ArtifactRow, (job_id, name, table, format))

    async def named(self, job_id: str, name: str) -> Sequence[ArtifactRow]:
        """Those of one name, whatever their tables and formats."""
        query = select(ArtifactRow).where(ArtifactRow.job_id == job_id, ArtifactRow.name == name)
        return (await self._session.scalars(query)).all()

    async def all(self, job_id: str) -> Sequence[ArtifactRow]:
        query = select(ArtifactRow).where(ArtifactRow.job_id == job_id)
        return (await self._session.scalars(query)).all()

    async def forget(self, job_id: str) -> None:
        """Have the job no files any more."""
        await self._session.execute(delete(ArtifactRow).where(ArtifactRow.job_id == job_id))

    async def paths(self, job_id: str) -> list[str]:
        """Where all files of a job are, relative to its folder."""
        query = select(ArtifactRow.path).where(ArtifactRow.job_id == job_id)
        return list(await self._session.scalars(query))
