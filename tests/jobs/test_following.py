"""Many streams that follow jobs cost one query from time to time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from unittest.mock import patch

import pytest

from app.service.service import Service
from app.settings import Settings
from app.store.job_status import JobStatus
from app.store.notifications import Notifications
from tests.services import StartService, request

pytestmark = pytest.mark.anyio

Make = Callable[..., Settings]


class _Follower:
    """What a stream of a job's events has told."""

    def __init__(self, service: Service, job_id: str) -> None:
        self.seen: list[str] = []
        self.began = asyncio.Event()
        self.task = asyncio.create_task(self._follow(service, job_id))

    async def _follow(self, service: Service, job_id: str) -> None:
        async for told in service.jobs.events(job_id):
            self.seen.append(told.data["status"])
            self.began.set()


async def test_streams_that_nothing_is_told_to_share_a_query(start_service: StartService) -> None:
    service = await start_service(runner=False, poll_seconds=0.05)
    job = (await service.jobs.submit(request())).job
    streams = [_Follower(service, job.id) for _ in range(200)]
    async with asyncio.timeout(120):
        for stream in streams:
            await stream.began.wait()
    await service._followers._compare()
    with patch.object(Notifications, "notify") as tell:
        for _ in range(20):
            await service._followers._compare()
    assert tell.call_count == 0
    await service.jobs.cancel(job.id)
    async with asyncio.timeout(120):
        await asyncio.gather(*(stream.task for stream in streams))
    assert {tuple(stream.seen) for stream in streams} == {("queued", "cancelled")}


async def test_a_change_of_another_process_is_told(start_service: StartService) -> None:
    """Nothing in this process says that the job has moved."""
    service = await start_service(runner=False, poll_seconds=0.05)
    other = await start_service(runner=False, data_dir=service.settings.data_dir)
    job = (await service.jobs.submit(request())).job
    stream = _Follower(service, job.id)
    async with asyncio.timeout(60):
        await stream.began.wait()
        await other.jobs.cancel(job.id)
        await stream.task
    assert stream.seen == ["queued", "cancelled"]
    assert (await service.jobs.get(job.id)).status is JobStatus.CANCELLED
