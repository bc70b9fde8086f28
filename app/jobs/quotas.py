"""What a tenant may use, looked at before a job is queued, in the transaction that queues it.

A day is one of UTC. What was asked for on a day counts until its end, whether the jobs are deleted
meanwhile or not. Stored bytes are those of finished files; an unfinished job counts with the size
that is expected of it (`app.jobs.estimates`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.errors import BeyondQuota, QuotaExceeded
from app.settings import Settings
from app.store.rows import JobRow
from app.store.usage import Usage, UsageRepository

# Nobody knows when a running job ends; asking again so many seconds later hurts nobody.
ACTIVE_RETRY = 10
# A manifest, and what every file has however few its rows, are in no estimate.
UNESTIMATED_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Quotas:
    """Most that each tenant may use; None where there is no bound.

    Args:
        rows: over all tables and jobs of a day.
        active: jobs that have not ended.
    """

    jobs_per_day: int | None = None
    rows_per_day: int | None = None
    stored_jobs: int | None = None
    stored_bytes: int | None = None
    active_jobs: int | None = None

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


def quotas_of(settings: Settings) -> Quotas:
    return Quotas(
        jobs_per_day=settings.quota_jobs_per_day,
        rows_per_day=settings.quota_rows_per_day,
        stored_jobs=settings.quota_stored_jobs,
        stored_bytes=settings.quota_stored_bytes,
        active_jobs=settings.quota_active_jobs,
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


def _fit_alone(what: str, wanted: int, most: int | None) -> None:
    if most is not None and wanted > most:
        raise BeyondQuota(f"the job comes to {wanted:,} {what} and there may be {most:,}")


def _fit(
    what: str, used: int, wanted: int, most: int | None, hint: str, retry_after: int | None = None
) -> None:
    if most is not None and used + wanted > most:
        message = f"{used:,} of {most:,} {what} are used and the job takes {wanted:,} more{hint}"
        raise QuotaExceeded(message, retry_after)


def _until_tomorrow(moment: datetime) -> int:
    tomorrow = datetime.combine(moment.date() + timedelta(days=1), time(), UTC)
    return int((tomorrow - moment).total_seconds()) + 1
