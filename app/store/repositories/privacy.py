"""Every query about privacy accounts. Entries are added; nothing here changes or deletes one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.job_status import ENDED
from app.store.tables.job_tables import JobRow
from app.store.tables.privacy_tables import (
    NoiseKeyRow,
    PrivacyAccountRow,
    PrivacyEntryRow,
    PrivacyKeyRow,
)
from app.store.tables.source_tables import SourceRow

_ENDED = [status.value for status in ENDED]


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account as it is stored: its sealed head, and the text and digest of each entry."""

    head: str
    bodies: Sequence[str]
    tips: Sequence[str]


class PrivacyRepository:
    """One tenant's accounts."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def exists(self, account: str) -> bool:
        own = PrivacyAccountRow.id == account, PrivacyAccountRow.tenant == self._tenant
        found = await self._session.scalars(select(PrivacyAccountRow.id).where(*own))
        return found.one_or_none() is not None

    async def lock(self, account: str) -> None:
        """Have no other transaction add an entry before this one has ended."""
        query = select(PrivacyAccountRow.id).where(PrivacyAccountRow.id == account)
        await self._session.execute(query.with_for_update())

    async def read(self, account: str) -> StoredAccount | None:
        """An account with all its entries, as they were at one moment."""
        entry = PrivacyEntryRow
        own = PrivacyAccountRow.id == account, PrivacyAccountRow.tenant == self._tenant
        query = (
            select(PrivacyAccountRow.head, entry.body, entry.tip)
            .outerjoin(entry, entry.account == PrivacyAccountRow.id)
            .where(*own)
            .order_by(entry.number)
        )
        rows = (await self._session.execute(query)).all()
        if not rows:
            return None
        entries = [row for row in rows if row.body is not None]
        bodies, tips = [row.body for row in entries], [row.tip for row in entries]
        return StoredAccount(rows[0].head, bodies, tips)

    async def open(self, row: PrivacyAccountRow) -> None:
        """Add an account. Raises IntegrityError where it was added just now."""
        self._session.add(row)
        await self._session.flush()

    async def append(self, rows: Collection[PrivacyEntryRow], account: str, head: str) -> None:
        """Add entries, and the head that they lead to."""
        self._session.add_all(rows)
        change = update(PrivacyAccountRow).where(PrivacyAccountRow.id == account)
        await self._session.execute(change.values(head=head))

    async def secret(self) -> str | None:
        """The tenant's sealed secret by which data is recognised."""
        row = await self._session.get(PrivacyKeyRow, self._tenant)
        return None if row is None else row.sealed

    async def keep_secret(self, sealed: str) -> None:
        """Raises IntegrityError where there is one."""
        self._session.add(PrivacyKeyRow(tenant=self._tenant, sealed=sealed))
        await self._session.flush()

    async def give(self, source_id: str, account: str) -> None:
        """Have a source that has no account have this one."""
        own = SourceRow.id == source_id, SourceRow.tenant == self._tenant
        change = update(SourceRow).where(*own, SourceRow.account.is_(None)).values(account=account)
        await self._session.execute(change.execution_options(synchronize_session=False))

    async def live(self, jobs: Collection[str]) -> set[str]:
        """Those of the jobs that have not ended."""
        query = select(JobRow.id).where(JobRow.id.in_(jobs), JobRow.status.not_in(_ENDED))
        return set(await self._session.scalars(query))

    async def noise_key(self, job: str) -> NoiseKeyRow | None:
        return await self._session.get(NoiseKeyRow, job)

    def keep_noise_key(self, row: NoiseKeyRow) -> None:
        self._session.add(row)

    async def erase_noise_key(self, job: str) -> None:
        await self._session.execute(delete(NoiseKeyRow).where(NoiseKeyRow.job_id == job))

    async def erase_idle_keys(self) -> None:
        """Those of jobs that have ended."""
        ended = select(JobRow.id).where(JobRow.status.in_(_ENDED))
        await self._session.execute(delete(NoiseKeyRow).where(NoiseKeyRow.job_id.in_(ended)))
