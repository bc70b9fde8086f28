"""Every query about API keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.door_rows import ApiKeyRow


class ApiKeyRepository:
    """Keys of one tenant, or of all of them (None) for whoever finds out whose a key is."""

    def __init__(self, session: AsyncSession, tenant: str | None) -> None:
        self._session = session
        self._own = () if tenant is None else (ApiKeyRow.tenant == tenant,)

    def add(self, row: ApiKeyRow) -> None:
        self._session.add(row)

    async def find(self, key_id: str) -> ApiKeyRow | None:
        query = select(ApiKeyRow).where(ApiKeyRow.id == key_id, *self._own)
        return (await self._session.scalars(query)).one_or_none()

    async def page(self, *, limit: int, before: tuple[datetime, str] | None) -> Sequence[ApiKeyRow]:
        """Up to `limit` keys, newest first, that are older than `before`."""
        newest_first = ApiKeyRow.created_at.desc(), ApiKeyRow.id.desc()
        query = select(ApiKeyRow).where(*self._own).order_by(*newest_first).limit(limit)
        if before is not None:
            query = query.where(tuple_(ApiKeyRow.created_at, ApiKeyRow.id) < before)
        return (await self._session.scalars(query)).all()

    async def revoke(self, key_id: str, moment: datetime) -> bool:
        """End a key; False where there is no such key in use."""
        change = (
            update(ApiKeyRow)
            .where(ApiKeyRow.id == key_id, ApiKeyRow.revoked_at.is_(None), *self._own)
            .values(revoked_at=moment)
            .execution_options(synchronize_session=False)
        )
        result = await self._session.execute(change)
        assert isinstance(result, CursorResult)
        return result.rowcount > 0
