"""Every query about the keys that requests were sent with."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.job_tables import IdempotencyRow


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
