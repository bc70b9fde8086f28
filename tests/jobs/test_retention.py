"""Jobs go by age and by size, and files that belong to no job go, too."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.jobs.artifacts.artifact_store import ArtifactStore
from app.jobs.models import Job
from app.jobs.retention import RetentionSweeper
from app.service.service import Service
from app.store.clock import now
from app.store.database import Database
from app.store.errors import JobNotFound
from app.store.repositories.jobs import QueueRepository
from tests.services import request

pytestmark = pytest.mark.anyio


async def _made(service: Service, count: int) -> list[Job]:
    jobs = []
    for _ in range(count):
        job = (await service.jobs.submit(request())).job
        jobs.append(await service.jobs.wait(job.id, 120))
    if service.runner is not None:  # nothing is tidied up while a test looks at files
        await asyncio.wait_for(service.runner.idle(), 20)
    return jobs


def _sweeper(service: Service, **limits: float) -> RetentionSweeper:
    """A janitor with other limits than those of the service's own."""
    settings = service.settings.model_copy(update=limits)
    return RetentionSweeper(replace(service.context, settings=settings))


def _folder(service: Service, job: Job) -> Path:
    return service.settings.data_dir / "jobs" / job.id


async def _age(service: Service, job: Job, seconds: float) -> None:
    """Have the job's end lie so many seconds back."""
    database = Database(service.settings.database)
    async with database.write() as session:
        ended = {"finished_at": now() - timedelta(seconds=seconds)}
        await QueueRepository(session).change(job.id, ended, now=now())
    await database.close()


async def test_old_jobs_go_with_their_files(service: Service) -> None:
    old, new = await _made(service, 2)
    await _age(service, old, 3700)
    assert await _sweeper(service, retention_seconds=3600).enforce() == 1
    with pytest.raises(JobNotFound):
        await service.jobs.get(old.id)
    assert not _folder(service, old).exists()
    assert (await service.jobs.result(new.id)).path.is_file()


async def test_the_first_to_end_go_until_the_rest_fits(service: Service) -> None:
    jobs = await _made(service, 3)
    size = sum(path.stat().st_size for path in _folder(service, jobs[0]).rglob("data/**/*.*"))
    assert await _sweeper(service, retention_bytes=size * 5 // 2).enforce() == 1
    left = [job.id for job in (await service.jobs.list()).items]
    assert left == [jobs[2].id, jobs[1].id]
    assert await _sweeper(service, retention_bytes=size * 5 // 2).enforce() == 0


async def test_without_limits_everything_stays(service: Service) -> None:
    (job,) = await _made(service, 1)
    await _age(service, job, 10**8)
    assert await RetentionSweeper(service.context).enforce() == 0
    assert (await service.jobs.get(job.id)).id == job.id


async def test_a_job_under_way_is_not_touched(idle: Service) -> None:
    job = (await idle.jobs.submit(request())).job
    assert await _sweeper(idle, retention_seconds=1, retention_bytes=1).enforce() == 0
    assert (await idle.jobs.get(job.id)).id == job.id


async def test_what_dead_processes_left_is_swept(service: Service) -> None:
    (job,) = await _made(service, 1)
    await _age(service, job, 7200)
    folder = _folder(service, job)
    (folder / "parts" / "x").mkdir(parents=True)
    (folder / "data" / "0").mkdir()
    stray, fresh = folder.with_name("stray"), folder.with_name("fresh")
    for each in (stray, fresh):
        each.mkdir()
    os.utime(stray, (0, 0))
    await RetentionSweeper(service.context).sweep(3600)
    assert not stray.exists()
    assert fresh.exists()
    assert sorted(path.name for path in folder.iterdir()) == ["data", "plan.pickle"]
    assert [path.name for path in (folder / "data").iterdir()] == ["1"]
    assert (await service.jobs.result(job.id)).path.is_file()


async def test_copies_of_what_is_kept_elsewhere_are_swept(service: Service) -> None:
    (job,) = await _made(service, 1)
    await _age(service, job, 7200)
    (_folder(service, job) / "data" / "2").mkdir()  # of whoever has just taken it up again
    elsewhere: Any = object()
    artifacts = ArtifactStore(service.context.files, elsewhere)
    await RetentionSweeper(replace(service.context, artifacts=artifacts)).sweep(3600)
    assert [path.name for path in (_folder(service, job) / "data").iterdir()] == ["2"]
