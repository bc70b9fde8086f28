"""What a running job may use: time and disk."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import structlog

from app.jobs.models import JobError
from app.jobs.queue.lease import JobLease
from app.settings import Settings
from app.store.blobs.local import JobFolder

T = TypeVar("T", int, float)
LOOK_SECONDS = 0.5

log = structlog.get_logger(__name__)


async def keep_within_limits(
    lease: JobLease, folder: JobFolder, settings: Settings, room: int | None = None
) -> None:
    """Look at a held job from time to time, and end it once it is beyond one of its limits.

    Args:
        room: bytes that the tenant's quota leaves to the finished files.
    """
    seconds = _least(lease.row.time_limit, settings.max_job_seconds)
    # While files are made, their parts lie beside them.
    most = _least(settings.max_job_bytes, None if room is None else 2 * room)
    while lease.interruption is None and (seconds is not None or most is not None):
        await asyncio.sleep(LOOK_SECONDS)
        if seconds is not None and lease.run_seconds > seconds:
            lease.exceed(_too_long(seconds))
        if most is None:
            continue
        size = await asyncio.to_thread(folder.size)
        if size > most:
            lease.exceed(_too_large(size, most))


def beyond_quota(size: int, room: int) -> JobError:
    """The error of a job whose finished files do not fit into the tenant's quota."""
    detail = (
        f"its files have {size} bytes, and the tenant's quota of stored bytes leaves {room}; "
        "delete jobs to make room, or ask for fewer rows or formats"
    )
    return JobError("The job's files are too large", detail)


def _least(*limits: T | None) -> T | None:
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
