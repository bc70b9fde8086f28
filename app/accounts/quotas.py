"""What a tenant may use, looked at in the transaction that queues a job or stores something.

A day is one of UTC. What was asked for on a day counts until its end, whether the jobs are deleted
meanwhile or not. Stored bytes are those of finished files; an unfinished job counts with the size
that is expected of it (`app.workers.estimates`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.errors import BeyondQuota, QuotaExceeded
from app.settings import Settings
from app.store.repositories.usage import Entry, Usage, UsageRepository
from app.store.tables.account_tables import ApiKeyRow, ConnectionRow
from app.store.tables.job_tables import JobRow
from app.store.tables.webhook_tables import WebhookEndpointRow

# Nobody knows when a running job ends; asking again so many seconds later hurts nobody.
ACTIVE_RETRY = 10
# A manifest, and what every file has however few its rows, are in no estimate.
UNESTIMATED_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Quotas:
    """Most that each tenant may use; None where there is no bound.

    Args:
        rows_per_day: over all tables and jobs.
        active_jobs: those that have not ended.
        definitions: stored versions, over all names.
        definition_bytes: of these, as JSON.
        entries: connections; and as many keys in use, and endpoints of webhooks.
        sources: uploaded tables, and those that are being read.
        source_bytes: of their files.
    """

    jobs_per_day: int | None = None
    rows_per_day: int | None = None
    stored_jobs: int | None = None
    stored_bytes: int | None = None
    active_jobs: int | None = None
    definitions: int | None = None
    definition_bytes: int | None = None
    entries: int | None = None
    sources: int | None = None
    source_bytes: int | None = None

    def check(self, usage: Usage, rows: int, expected_bytes: int, moment: datetime) -> None:
        """Whether one more job fits.

        Raises:
            BeyondQuota: it would not fit if the tenant had nothing else.
            QuotaExceeded: it does not fit beside what the tenant has.
        """
        _fit_alone("rows a day", rows, self.rows_per_day)
        _fit_alone("bytes", expected_bytes, self.stored_bytes)
        tomorrow = _until_tomorrow(moment)
        _fit("jobs a day", usage.jobs_today, 1, self.jobs_per_day, "", tomorrow)
        _fit("rows a day", usage.rows_today, rows, self.rows_per_day, "", tomorrow)
        _fit("jobs at the same time", usage.active_jobs, 1, self.active_jobs, "", ACTIVE_RETRY)
        delete = "; delete jobs to make room"
        _fit("stored jobs", usage.stored_jobs, 1, self.stored_jobs, delete)
        _fit("stored bytes", usage.stored_bytes, expected_bytes, self.stored_bytes, delete)

    @property
    def bounded(self) -> bool:
        bounds = (self.jobs_per_day, self.rows_per_day, self.stored_jobs, self.stored_bytes)
        return any(bound is not None for bound in (*bounds, self.active_jobs))


UNBOUNDED = Quotas()


def quotas_of(settings: Settings) -> Quotas:
    return Quotas(
        jobs_per_day=settings.quota_jobs_per_day,
        rows_per_day=settings.quota_rows_per_day,
        stored_jobs=settings.quota_stored_jobs,
        stored_bytes=settings.quota_stored_bytes,
        active_jobs=settings.quota_active_jobs,
        definitions=settings.quota_definitions,
        definition_bytes=settings.quota_definition_bytes,
        entries=settings.quota_entries,
        sources=settings.quota_sources,
        source_bytes=settings.quota_source_bytes,
    )


async def use(
    session: AsyncSession, tenant: str, quotas: Quotas, rows: int, expected_bytes: int
) -> None:
    """Take a job's part of the tenant's quotas, in the transaction that stores the job.

    Raises BeyondQuota, QuotaExceeded.
    """
    repository, moment = UsageRepository(session, tenant), datetime.now(UTC)
    await repository.lock()
    if quotas.bounded:
        quotas.check(await repository.read(moment.date()), rows, expected_bytes, moment)
    await repository.count(moment.date(), rows)


async def room_of(session: AsyncSession, job: JobRow, quotas: Quotas) -> int | None:
    """Bytes that the quota leaves to a job which has not ended, beside the tenant's others; None
    where there is no bound."""
    if quotas.stored_bytes is None:
        return None
    used = await UsageRepository(session, job.tenant).stored_bytes()
    return max(0, quotas.stored_bytes - used + job.estimated_bytes) + UNESTIMATED_BYTES


async def check_room(session: AsyncSession, tenant: str, quotas: Quotas, size: int) -> None:
    """Whether a file of an ended job fits beside what the tenant has. Raises QuotaExceeded."""
    if quotas.stored_bytes is None:
        return
    used = await UsageRepository(session, tenant).stored_bytes()
    if used + size > quotas.stored_bytes:
        raise QuotaExceeded(
            f"{used:,} of {quotas.stored_bytes:,} stored bytes are used and the file takes "
            f"{size:,} more; delete jobs to make room"
        )


async def check_definition(session: AsyncSession, tenant: str, quotas: Quotas, size: int) -> None:
    """Whether a version of a definition, of so many bytes, fits beside what the tenant has stored.

    Raises QuotaExceeded.
    """
    usage = UsageRepository(session, tenant)
    await usage.lock()
    versions, stored = await usage.definitions()
    delete = "; delete definitions to make room"
    _fit("versions of definitions", versions, 1, quotas.definitions, delete)
    _fit("bytes of definitions", stored, size, quotas.definition_bytes, delete)


@dataclass(frozen=True, slots=True)
class SourceUse:
    """Sources, and the bytes of their files."""

    number: int
    bytes: int


async def source_use(session: AsyncSession, tenant: str) -> SourceUse:
    """What a tenant has stored."""
    return SourceUse(*await UsageRepository(session, tenant).sources())


def fit_source(quotas: Quotas, use: SourceUse, size: int) -> None:
    """Whether a source of so many bytes fits beside what is in use. Raises QuotaExceeded."""
    delete = "; delete sources to make room"
    _fit("sources", use.number, 1, quotas.sources, delete)
    _fit("bytes of sources", use.bytes, size, quotas.source_bytes, delete)


async def check_source(session: AsyncSession, tenant: str, quotas: Quotas, size: int) -> None:
    """Whether a source of so many bytes fits beside those that the tenant has, in the transaction
    that stores it.

    Raises QuotaExceeded.
    """
    await UsageRepository(session, tenant).lock()
    fit_source(quotas, await source_use(session, tenant), size)


async def check_connection(session: AsyncSession, tenant: str, quotas: Quotas) -> None:
    """Whether the tenant may have one more connection. Raises QuotaExceeded."""
    await _check_entry(session, tenant, quotas, ConnectionRow, "connections")


async def check_key(session: AsyncSession, tenant: str, quotas: Quotas) -> None:
    """Whether the tenant may have one more key. Raises QuotaExceeded."""
    in_use = ApiKeyRow.revoked_at.is_(None)
    await _check_entry(session, tenant, quotas, ApiKeyRow, "keys", in_use)


async def check_endpoint(session: AsyncSession, tenant: str, quotas: Quotas) -> None:
    """Whether the tenant may have one more endpoint of webhooks. Raises QuotaExceeded."""
    await _check_entry(session, tenant, quotas, WebhookEndpointRow, "endpoints")


async def _check_entry(
    session: AsyncSession,
    tenant: str,
    quotas: Quotas,
    entry: type[Entry],
    what: str,
    *where: ColumnElement[bool],
) -> None:
    usage = UsageRepository(session, tenant)
    await usage.lock()
    had = await usage.entries(entry, *where)
    _fit(what, had, 1, quotas.entries, f"; delete {what} to make room")


def _fit_alone(what: str, wanted: int, most: int | None) -> None:
    if most is not None and wanted > most:
        raise BeyondQuota(f"the job comes to {wanted:,} {what} and there may be {most:,}")


def _fit(
    what: str, used: int, wanted: int, most: int | None, hint: str, retry_after: int | None = None
) -> None:
    if most is not None and used + wanted > most:
        message = f"{used:,} of {most:,} {what} are used and this takes {wanted:,} more{hint}"
        raise QuotaExceeded(message, retry_after)


def _until_tomorrow(moment: datetime) -> int:
    tomorrow = datetime.combine(moment.date() + timedelta(days=1), time(), UTC)
    return int((tomorrow - moment).total_seconds()) + 1
