"""Limits of running jobs: time, bytes, a full disk, attempts without progress; slots."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from app.engine.execution.results import Generated
from app.jobs.models import Job
from app.kinds.generate import making
from app.service.service import Service
from app.sinks.failing import FailingSink
from app.store.clock import now
from app.store.database import Database
from app.store.job_status import JobStatus
from app.store.repositories.jobs import JobRepository, QueueRepository
from app.store.tables.job_tables import JobRow
from app.workers.worker_tasks import Measured
from tests.services import DOCUMENT, StartService, request

pytestmark = pytest.mark.anyio

LARGE = {**DOCUMENT, "n_samples": 20_000_000}


async def _done(service: Service, **changes: Any) -> Job:
    submission = await service.jobs.submit(request(**changes))
    return await service.jobs.wait(submission.job.id, 120)


async def _under_way(service: Service, job_id: str) -> None:
    async for event in service.jobs.events(job_id):
        if event.data["progress"] and event.data["progress"]["done"] > 0:
            return


async def _data(service: Service, job: Job) -> list[str]:
    """The files of a job once its runner has tidied up."""
    assert service.runner is not None
    await asyncio.wait_for(service.runner.idle(), 20)
    folder = service.settings.data_dir / "jobs" / job.id
    return [path.name for path in folder.rglob("*") if path.is_file()]


@pytest.mark.slow
async def test_a_job_that_takes_too_long_fails_without_a_trace(service: Service) -> None:
    job = await _done(service, document=LARGE, time_limit=0.5)
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert job.error.title == "The job took too long"
    assert "0.5 seconds" in job.error.detail
    assert await _data(service, job) == ["plan.pickle"]


@pytest.mark.slow
async def test_time_counts_over_all_attempts(start_service: StartService) -> None:
    service = await start_service(max_job_seconds=1000)
    job = (await service.jobs.submit(request(document=LARGE, time_limit=600))).job
    await _under_way(service, job.id)
    assert service.runner is not None
    await service.runner.stop()
    database = Database(service.settings.database)
    async with database.write() as session:
        row = await JobRepository(session).find(job.id)
        assert row is not None
        worked = row.run_seconds
        await QueueRepository(session).change(job.id, {"run_seconds": 599.9}, now=now())
    await database.close()
    assert 0 < worked < 600
    second = await start_service()
    ended = await second.jobs.wait(job.id, 30)
    assert ended.error is not None
    assert ended.error.title == "The job took too long"


@pytest.mark.slow
async def test_a_job_whose_files_grow_too_large_fails_without_a_trace(
    start_service: StartService,
) -> None:
    service = await start_service(max_job_bytes=1_000_000)
    job = await _done(service, document=LARGE)
    assert job.error is not None
    assert job.error.title == "The job's files are too large"
    assert await _data(service, job) == ["plan.pickle"]
    assert (await _done(service)).status is JobStatus.SUCCEEDED


async def test_a_full_disk_fails_the_job_and_the_service_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "manifest.json")

    with monkeypatch.context() as patched:
        patched.setattr(making, "sign_result", full)
        job = await _done(service)
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert "the disk is full (No space left on device)" in job.error.detail
    assert await _data(service, job) == ["plan.pickle"]
    assert (await _done(service)).status is JobStatus.SUCCEEDED


def _kill_own_process(plan: Any, generated: Generated, **options: Any) -> Measured:
    os.kill(os.getpid(), 9)
    raise AssertionError


async def test_a_measuring_process_that_is_killed_is_started_again(
    start_service: StartService, logged: list[Any]
) -> None:
    service = await start_service(measure=_kill_own_process)
    job = await _done(service)
    assert job.status is JobStatus.SUCCEEDED
    assert sum(line["event"] == "result not measured" for line in logged) == 3
    assert job.warnings[-1].path == "facts"


async def test_attempts_without_progress_end_a_job(
    idle: Service, start_service: StartService
) -> None:
    """Runners that die before they get further than an earlier one are no progress."""
    job = (await idle.jobs.submit(request(document=LARGE))).job
    database = Database(idle.settings.database)
    for done in (5, 3, 5):
        async with database.write() as session:
            queue = QueueRepository(session)
            row = await queue.claim(owner="dies", now=now(), lease_until=now())
            assert row is not None
            await queue.change(job.id, {"done": done, "most_done": 5}, now=now())
    await database.close()
    service = await start_service()
    ended = await service.jobs.wait(job.id, 30)
    assert ended.status is JobStatus.FAILED
    assert ended.error is not None
    assert ended.error.title == "The job was given up"
    assert "3 times" in ended.error.detail


async def _change(service: Service, job_id: str, **values: Any) -> JobRow:
    """Write into a job from aside; the job as it was before."""
    database = Database(service.settings.database)
    async with database.write() as session:
        before = await JobRepository(session).find(job_id)
        assert before is not None
        session.expunge(before)
        await session.execute(update(JobRow).where(JobRow.id == job_id).values(**values))
    await database.close()
    return before


class Looks(FailingSink):
    """Takes everything, and looks at something meanwhile."""

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self._look = look

    def deliver(self, *arguments: Any) -> Any:
        self._look()
        return super().deliver(*arguments)


async def test_a_job_that_gets_on_has_all_its_attempts_again(start_service: StartService) -> None:
    """Data that is made and files that have arrived are progress as rows are."""
    seen: list[int] = []
    loop = asyncio.get_running_loop()

    async def attempts_before() -> int:
        return (await _change(idle, job.id, attempts=2)).attempts

    def look() -> None:
        seen.append(asyncio.run_coroutine_threadsafe(attempts_before(), loop).result(30))

    sinks = {"fax": Looks(look), "post": Looks(look)}
    idle = await start_service(runner=False, sinks=sinks)
    job = (await idle.jobs.submit(request(sinks=({"kind": "fax"}, {"kind": "post"})))).job
    await _change(idle, job.id, attempts=2, most_done=300)
    service = await start_service(sinks=sinks)
    assert (await service.jobs.wait(job.id, 120)).status is JobStatus.SUCCEEDED
    assert seen == [0, 0]


@pytest.mark.slow
async def test_a_job_that_is_handed_back_keeps_the_attempts_it_was_given_again(
    start_service: StartService,
) -> None:
    idle = await start_service(runner=False)
    job = (await idle.jobs.submit(request(document=LARGE))).job
    await _change(idle, job.id, attempts=2)
    service = await start_service()
    await _under_way(service, job.id)
    await service.stop()
    assert (await idle.jobs.get(job.id)).status is JobStatus.QUEUED
    assert (await _change(idle, job.id, name="handed back")).attempts == 0


@pytest.mark.slow
async def test_a_small_job_does_not_wait_for_large_ones(start_service: StartService) -> None:
    service = await start_service(max_concurrent_jobs=1, small_job_rows=1000)
    large = [(await service.jobs.submit(request(document=LARGE))).job for _ in range(2)]
    await _under_way(service, large[0].id)
    small = await _done(service)
    assert small.status is JobStatus.SUCCEEDED
    states = [(await service.jobs.get(job.id)).status for job in large]
    assert states == [JobStatus.RUNNING, JobStatus.QUEUED]
    await asyncio.gather(*(service.jobs.cancel(job.id) for job in large))
