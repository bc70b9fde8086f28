"""Every query about sources, and about what is to be learned from them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Text, and_, cast, delete, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.store.source_status import SourceStatus
from app.store.tables.source_tables import SourceRow, SynthesisRow

_LARGE = defer(SourceRow.profile, raiseload=True), defer(SourceRow.suggestion, raiseload=True)


class SourceRepository:
    """One tenant's sources."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    def add(self, row: SourceRow) -> None:
        self._session.add(row)

    async def find(self, source_id: str) -> SourceRow | None:
        """A source without what was found in it."""
        own = SourceRow.id == source_id, SourceRow.tenant == self._tenant
        query = select(SourceRow).where(*own).options(*_LARGE)
        return (await self._session.scalars(query)).one_or_none()

    async def with_profile(self, source_id: str) -> tuple[SourceRow, str | None] | None:
        """A source, and what was found in it as JSON text, which may be long to parse."""
        own = SourceRow.id == source_id, SourceRow.tenant == self._tenant
        query = select(SourceRow, cast(SourceRow.profile, Text)).where(*own).options(*_LARGE)
        found = (await self._session.execute(query)).one_or_none()
        return None if found is None else (found[0], found[1])

    async def suggesting(self, source_id: str) -> SourceRow | None:
        """A source with what it suggests alone: a profile is long to parse."""
        own = SourceRow.id == source_id, SourceRow.tenant == self._tenant
        query = select(SourceRow).where(*own).options(_LARGE[0])
        return (await self._session.scalars(query)).one_or_none()

    async def page(self, *, limit: int, before: tuple[datetime, str] | None) -> Sequence[SourceRow]:
        """Up to `limit` sources, newest first, without what was found in them."""
        query = select(SourceRow).where(SourceRow.tenant == self._tenant).options(*_LARGE)
        if before is not None:
            query = query.where(tuple_(SourceRow.created_at, SourceRow.id) < before)
        newest = SourceRow.created_at.desc(), SourceRow.id.desc()
        return (await self._session.scalars(query.order_by(*newest).limit(limit))).all()

    async def read_again(self, source_id: str, version: int, values: dict[str, Any]) -> bool:
        """Have a source read again that nobody reads, and that is of this version yet; False where
        there is none such."""
        own = SourceRow.id == source_id, SourceRow.tenant == self._tenant
        settled = SourceRow.status != SourceStatus.READING.value, SourceRow.version == version
        unread = {"status": SourceStatus.READING.value, "error": None, "attempts": 0}
        change = update(SourceRow).where(*own, *settled).values({**values, **unread})
        result = await self._session.execute(change.execution_options(synchronize_session=False))
        assert isinstance(result, CursorResult)
        return result.rowcount > 0

    async def count_evaluation(self, ids: Collection[str], moment: datetime) -> None:
        """Note that sources are evaluated once more."""
        own = SourceRow.id.in_(ids), SourceRow.tenant == self._tenant
        counted = {"evaluations": SourceRow.evaluations + 1, "evaluated_at": moment}
        change = update(SourceRow).where(*own).values(counted)
        await self._session.execute(change.execution_options(synchronize_session=False))

    async def delete(self, source_id: str) -> bool:
        own = SourceRow.id == source_id, SourceRow.tenant == self._tenant
        result = await self._session.execute(delete(SourceRow).where(*own))
        assert isinstance(result, CursorResult)
        return result.rowcount > 0


class ReadingRepository:
    """Sources of all tenants that wait to be read, or are being read."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(
        self, owner: str, moment: datetime, until: datetime, without: Collection[str] = ()
    ) -> SourceRow | None:
        """Take a lease of the oldest source that nobody reads; None where there is none.

        Args:
            without: ids of sources that are left to others.
        """
        free = and_(
            SourceRow.status == SourceStatus.READING.value,
            SourceRow.id.not_in(without),
            or_(SourceRow.lease_until.is_(None), SourceRow.lease_until < moment),
        )
        oldest = select(SourceRow.id).where(free).order_by(SourceRow.created_at).limit(1)
        if self._session.get_bind().dialect.name == "postgresql":
            oldest = oldest.with_for_update(skip_locked=True)
        found = (await self._session.scalars(oldest)).one_or_none()
        if found is None:
            return None
        lease = {"lease_owner": owner, "lease_until": until, "attempts": SourceRow.attempts + 1}
        await self._change(SourceRow.id == found, lease)
        query = select(SourceRow).where(SourceRow.id == found).options(*_LARGE)
        return (await self._session.scalars(query)).one()

    async def renew(self, source_id: str, owner: str, until: datetime) -> bool:
        """Whether the lease is still this owner's; it is then longer."""
        return await self._change(self._held(source_id, owner), {"lease_until": until})

    async def release(self, source_id: str, owner: str, *, counted: bool) -> None:
        """Leave the source to the next reader; whether this one counts as an attempt."""
        values: dict[str, Any] = {"lease_until": None, "lease_owner": None}
        if not counted:
            values["attempts"] = SourceRow.attempts - 1
        await self._change(self._held(source_id, owner), values)

    async def finish(self, source_id: str, owner: str, values: dict[str, Any]) -> bool:
        """Write what came of reading; False where the lease is another's, or the source gone."""
        ended = {**values, "lease_owner": None, "lease_until": None}
        return await self._change(self._held(source_id, owner), ended)

    async def known(self, ids: Collection[str]) -> set[str]:
        """Those of the ids that there are sources of."""
        return set(await self._session.scalars(select(SourceRow.id).where(SourceRow.id.in_(ids))))

    def _held(self, source_id: str, owner: str) -> Any:
        return and_(SourceRow.id == source_id, SourceRow.lease_owner == owner)

    async def _change(self, which: Any, values: dict[str, Any]) -> bool:
        change = update(SourceRow).where(which).values(values)
        result = await self._session.execute(change.execution_options(synchronize_session=False))
        assert isinstance(result, CursorResult)
        return result.rowcount > 0


class SynthesisRepository:
    """What is to be learned from sources; whose they are is known by then."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, source_id: str, version: int | None = None) -> SynthesisRow | None:
        """One version, the latest when None."""
        query = select(SynthesisRow).where(SynthesisRow.source_id == source_id)
        if version is not None:
            query = query.where(SynthesisRow.version == version)
        query = query.order_by(SynthesisRow.version.desc()).limit(1)
        return (await self._session.scalars(query)).one_or_none()

    async def add(self, row: SynthesisRow) -> None:
        """Raises sqlalchemy.exc.IntegrityError where another request has just made the version."""
        self._session.add(row)
        await self._session.flush()
