"""Every query about API keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import CursorResult, bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.account_tables import ApiKeyRow

# Made once: a statement takes longer to make than to carry out.
_BY_ID = select(ApiKeyRow).where(ApiKeyRow.id.in_(bindparam("key_ids", expanding=True)))


class ApiKeyRepository:
    """Keys of one tenant, or of all of them (None) for whoever finds out whose a key is."""

    def __init__(self, session: AsyncSession, tenant: str | None) -> None:
        self._session = session
        self._own = () if tenant is None else (ApiKeyRow.tenant == tenant,)

    def add(self, row: ApiKeyRow) -> None:
        self._session.add(row)

    async def find_all(self, key_ids: Collection[str]) -> dict[str, ApiKeyRow]:
        """Those of the keys that there are, by their ids."""
        query = _BY_ID.where(*self._own)
        rows = await self._session.scalars(query, {"key_ids": list(key_ids)})
        return {row.id: row for row in rows}

    async def find(self, key_id: str) -> ApiKeyRow | None:
        return (await self.find_all([key_id])).get(key_id)

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
