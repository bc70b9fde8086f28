"""Jobs by their ids, those of several requests read by one query."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.store.batch_loader import BatchLoader
from app.store.repositories.jobs import JobRepository
from app.store.tables.job_tables import JobRow


class JobLoader(BatchLoader[tuple[JobRow, dict[str, Any]]]):
    """Jobs of all tenants with their requests."""

    async def _find(
        self, session: AsyncSession, ids: Collection[str]
    ) -> Mapping[str, tuple[JobRow, dict[str, Any]]]:
        return await JobRepository(session).get_all(ids)
