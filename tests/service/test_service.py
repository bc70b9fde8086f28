from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from app.service.service import Service
from app.store.database import Database
from app.store.job_status import JobStatus
from app.store.tables.job_tables import JobRow
from tests.services import StartService, request, until

pytestmark = pytest.mark.anyio


async def test_a_started_service_is_ready(idle: Service) -> None:
    await until(lambda: idle.request_workers.ready)
    assert await idle.ready() == {"database": True, "pool": True, "disk": True}


async def test_a_stopped_pool_and_a_lost_disk_are_told(idle: Service, tmp_path: Path) -> None:
    await idle.request_workers.stop()
    (tmp_path / "data").rename(tmp_path / "gone")
    (tmp_path / "data").write_bytes(b"a file where the folder was")
    ready = await idle.ready()
    assert (ready["pool"], ready["disk"]) == (False, False)


async def test_metrics_count_jobs_and_rows(service: Service) -> None:
    job = (await service.jobs.submit(request())).job
    await service.jobs.wait(job.id, 120)
    lines = (await service.metrics()).decode().splitlines()
    assert 'tablesmith_jobs{status="succeeded"} 1.0' in lines
    assert 'tablesmith_jobs_ended_total{kind="generate",status="succeeded"} 1.0' in lines
    assert "tablesmith_rows_generated_total 300.0" in lines
    assert 'tablesmith_stage_seconds_count{stage="generate"} 1.0' in lines


async def test_a_job_that_never_gets_on_is_given_up(start_service: StartService) -> None:
    idle = await start_service(runner=False)
    job = (await idle.jobs.submit(request())).job
    database = Database(idle.settings.database)
    async with database.write() as session:
        await session.execute(update(JobRow).values(attempts=idle.settings.max_attempts))
    await database.close()
    service = await start_service()
    ended = await service.jobs.wait(job.id, 120)
    assert ended.status is JobStatus.FAILED
    assert ended.error is not None
    assert ended.error.title == "The job was given up"
    assert "started 3 times" in ended.error.detail


async def test_many_jobs_end_though_few_run_at_a_time(start_service: StartService) -> None:
    service = await start_service(max_concurrent_jobs=2)
    ids = [(await service.jobs.submit(request(seed=seed))).job.id for seed in range(5)]
    ended = [await service.jobs.wait(job_id, 120) for job_id in ids]
    assert {job.status for job in ended} == {JobStatus.SUCCEEDED}
