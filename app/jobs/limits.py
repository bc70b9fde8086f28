"""What a running job may use: time and disk."""

from __future__ import annotations

import asyncio

import structlog

from app.jobs.holding import Holding
from app.jobs.models import JobError
from app.settings import Settings
from app.store.files import JobFolder

LOOK_SECONDS = 0.5

log = structlog.get_logger(__name__)


async def keep_within_limits(holding: Holding, folder: JobFolder, settings: Settings) -> None:
    """Look at a held job from time to time, and end it once it is beyond one of its limits."""
    seconds = _least(holding.row.time_limit, settings.max_job_seconds)
    while holding.interruption is None and (seconds or settings.max_job_bytes):
        await asyncio.sleep(LOOK_SECONDS)
        if seconds is not None and holding.spent > seconds:
            holding.exceed(_too_long(seconds))
        if settings.max_job_bytes is None:
            continue
        size = await asyncio.to_thread(folder.size)
        if size > settings.max_job_bytes:
            holding.exceed(_too_large(size, settings.max_job_bytes))


def _least(*limits: float | None) -> float | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _too_long(seconds: float) -> JobError:
    detail = f"it may be worked on for {seconds:g} seconds; fewer rows or formats take less"
    return JobError("The job took too long", detail)


def _too_large(size: int, most: int) -> JobError:
    detail = (
        f"its files came to {size} bytes while it ran, and at most {most} are allowed, parts of "
        "unfinished files included; ask for fewer rows or formats"
    )
    return JobError("The job's files are too large", detail)
