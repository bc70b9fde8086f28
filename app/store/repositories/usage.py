"""Every query about how much of the service a tenant uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, CursorResult, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.account_tables import ApiKeyRow, ConnectionRow, UsageRow
from app.store.tables.job_tables import ArtifactRow, DefinitionRow, JobRow
from app.store.tables.model_tables import SynthesizerRow
from app.store.tables.source_tables import SourceRow, SynthesisRow
from app.store.tables.webhook_tables import WebhookEndpointRow

Entry = ApiKeyRow | ConnectionRow | WebhookEndpointRow

# On PostgreSQL submissions of a tenant wait for each other here; SQLite has one writer anyway.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext(:tenant))")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a tenant has stored, running and asked for today.

    Args:
        stored_bytes: of finished files and models, and what unfinished jobs are expected to make.
    """

    jobs_today: int
    rows_today: int
    stored_jobs: int
    active_jobs: int
    stored_bytes: int


class UsageRepository:
    """Counts what one tenant uses."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def lock(self) -> None:
        """Keep others who count for the tenant waiting until the transaction ends."""
        if self._session.get_bind().dialect.name == "postgresql":
            await self._session.execute(_LOCK, {"tenant": f"usage of {self._tenant}"})

    async def read(self, day: date) -> Usage:
        asked = await self._session.get(UsageRow, (self._tenant, day))
        stored, active, expected = await self._jobs()
        return Usage(
            jobs_today=asked.jobs if asked else 0,
            rows_today=asked.rows if asked else 0,
            stored_jobs=stored,
            active_jobs=active,
            stored_bytes=expected + await self._file_bytes(),
        )

    async def stored_bytes(self) -> int:
        """As `Usage.stored_bytes`."""
        _, _, expected = await self._jobs()
        return expected + await self._file_bytes()

    async def definitions(self) -> tuple[int, int]:
        """Stored versions of definitions, also of sources, and their bytes."""
        query = select(func.count(), func.coalesce(func.sum(DefinitionRow.bytes), 0))
        found = await self._session.execute(query.where(DefinitionRow.tenant == self._tenant))
        versions, size = found.one()
        query = select(func.count(), func.coalesce(func.sum(SynthesisRow.bytes), 0))
        query = query.join(SourceRow, SourceRow.id == SynthesisRow.source_id)
        found = await self._session.execute(query.where(SourceRow.tenant == self._tenant))
        more, further = found.one()
        return versions + more, int(size) + int(further)

    async def sources(self) -> tuple[int, int]:
        """Sources, and the bytes of their files."""
        query = select(func.count(), func.coalesce(func.sum(SourceRow.bytes), 0))
        found = await self._session.execute(query.where(SourceRow.tenant == self._tenant))
        number, size = found.one()
        return number, int(size)

    async def entries(self, entry: type[Entry], *where: ColumnElement[bool]) -> int:
        """How many rows of a table are the tenant's."""
        query = select(func.count()).select_from(entry).where(entry.tenant == self._tenant, *where)
        return (await self._session.execute(query)).scalar_one()

    async def count(self, day: date, rows: int) -> None:
        """Add one job of so many rows to the day."""
        change = (
            update(UsageRow)
            .where(UsageRow.tenant == self._tenant, UsageRow.day == day)
            .values(jobs=UsageRow.jobs + 1, rows=UsageRow.rows + rows)
            .execution_options(synchronize_session=False)
        )
        result = await self._session.execute(change)
        assert isinstance(result, CursorResult)
        if result.rowcount == 0:
            self._session.add(UsageRow(tenant=self._tenant, day=day, jobs=1, rows=rows))

    async def _jobs(self) -> tuple[int, int, int]:
        """Stored jobs, those that have not ended, and the bytes that these may come to."""
        active = JobRow.finished_at.is_(None)
        query = select(
            func.count(),
            func.count().filter(active),
            func.coalesce(func.sum(JobRow.estimated_bytes).filter(active), 0),
        ).where(JobRow.tenant == self._tenant)
        stored, running, expected = (await self._session.execute(query)).one()
        return stored, running, int(expected)

    async def _file_bytes(self) -> int:
        query = (
            select(func.coalesce(func.sum(ArtifactRow.bytes), 0))
            .join(JobRow, JobRow.id == ArtifactRow.job_id)
            .where(JobRow.tenant == self._tenant, JobRow.finished_at.is_not(None))
        )
        models = select(func.coalesce(func.sum(SynthesizerRow.bytes), 0))
        models = models.where(SynthesizerRow.tenant == self._tenant)
        found = [await self._session.execute(each) for each in (query, models)]
        return sum(int(each.scalar_one()) for each in found)
