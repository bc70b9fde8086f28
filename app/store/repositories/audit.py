"""Every query about the audit log. Entries are added and, when they are old, removed; no query
changes one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.account_tables import AuditRow


class AuditRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: AuditRow) -> None:
        self._session.add(row)

    async def page(
        self, tenant: str, *, limit: int, before: tuple[datetime, str] | None
    ) -> Sequence[AuditRow]:
        """Up to `limit` entries of a tenant, newest first, that are older than `before`."""
        newest_first = AuditRow.at.desc(), AuditRow.id.desc()
        query = select(AuditRow).where(AuditRow.tenant == tenant).order_by(*newest_first)
        if before is not None:
            query = query.where(tuple_(AuditRow.at, AuditRow.id) < before)
        return (await self._session.scalars(query.limit(limit))).all()

    async def remove_before(self, moment: datetime) -> int:
        """Remove older entries of every tenant; how many there were."""
        result = await self._session.execute(delete(AuditRow).where(AuditRow.at < moment))
        assert isinstance(result, CursorResult)
        return result.rowcount
