"""API keys by their ids, those of several requests read by one query."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from app.store.batch_loader import BatchLoader
from app.store.repositories.keys import ApiKeyRepository
from app.store.tables.account_tables import ApiKeyRow


class KeyLoader(BatchLoader[ApiKeyRow]):
    """API keys of all tenants."""

    async def _find(self, session: AsyncSession, ids: Collection[str]) -> Mapping[str, ApiKeyRow]:
        return await ApiKeyRepository(session, None).find_all(ids)
