"""Every query about synthesizers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Select, Text, cast, delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.model_tables import SynthesizerRow


async def known_synthesizers(session: AsyncSession, ids: Collection[str]) -> set[str]:
    """Those of the ids that there are synthesizers of, in any tenant."""
    query = select(SynthesizerRow.id).where(SynthesizerRow.id.in_(ids))
    return set(await session.scalars(query))


class SynthesizerRepository:
    """One tenant's synthesizers by id."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def put(self, row: SynthesizerRow) -> None:
        """Store a row, in the place of one with its id."""
        await self._session.merge(row)

    async def find(self, synthesizer_id: str) -> SynthesizerRow | None:
        row = await self._session.get(SynthesizerRow, synthesizer_id)
        return None if row is None or row.tenant != self._tenant else row

    async def page(
        self, *, limit: int, before: tuple[datetime, str] | None
    ) -> Sequence[SynthesizerRow]:
        """Up to `limit` synthesizers, newest first, that are older than `before`."""
        return (await self._session.scalars(self._listed(SynthesizerRow, limit, before))).all()

    async def sizes(self, *, limit: int, before: tuple[datetime, str] | None) -> Sequence[int]:
        """The characters of the descriptions that `page` would read."""
        size = func.length(cast(SynthesizerRow.description, Text))
        return (await self._session.scalars(self._listed(size, limit, before))).all()

    def _listed(self, what: Any, limit: int, before: tuple[datetime, str] | None) -> Select[Any]:
        newest_first = SynthesizerRow.created_at.desc(), SynthesizerRow.id.desc()
        own = SynthesizerRow.tenant == self._tenant
        query = select(what).where(own).order_by(*newest_first).limit(limit)
        if before is not None:
            query = query.where(tuple_(SynthesizerRow.created_at, SynthesizerRow.id) < before)
        return query

    async def delete(self, synthesizer_id: str) -> bool:
        """Whether there was one."""
        chosen = SynthesizerRow.tenant == self._tenant, SynthesizerRow.id == synthesizer_id
        result = await self._session.execute(delete(SynthesizerRow).where(*chosen))
        assert isinstance(result, CursorResult)
        return result.rowcount > 0
