from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from app.service.service import Service
from app.workers import plan_files
from app.workers.plan_files import load_plan
from tests.services import StartService, request

pytestmark = pytest.mark.anyio


class Payload:
    """What a planted pickle runs where somebody reads it."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self._marker,)


def _plan(service: Service, job_id: str) -> Path:
    return service.settings.data_dir / "jobs" / job_id / "plan.pickle"


async def _digests(service: Service, job_id: str) -> list[str]:
    job = await service.jobs.wait(job_id, 120)
    assert job.status == "succeeded", job.error
    assert job.result is not None
    return [file.sha256 for table in job.result.tables for file in table.files]


async def _expected(start_service: StartService) -> list[str]:
    service = await start_service()
    digests = await _digests(service, (await service.jobs.submit(request())).job.id)
    await service.stop()
    return digests


async def test_a_planted_pickle_is_not_run_and_the_job_makes_the_same(
    start_service: StartService, tmp_path: Path
) -> None:
    expected = await _expected(start_service)
    idle = await start_service(runner=False)
    job = (await idle.jobs.submit(request())).job
    marker = tmp_path / "ran"
    evil = pickle.dumps(Payload(marker))
    for planted in (evil, b"\0" * 32 + evil):
        _plan(idle, job.id).write_bytes(planted)
        await idle.jobs.rules(job.id)
        _plan(idle, job.id).write_bytes(planted)
    await idle.stop()
    service = await start_service()
    assert await _digests(service, job.id) == expected
    _plan(service, job.id).write_bytes(evil)
    await service.jobs.result(job.id, format="jsonl")
    assert not marker.exists()


async def test_a_plan_of_another_version_is_compiled_again(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await _expected(start_service)
    with monkeypatch.context() as another:
        another.setattr(plan_files, "program_stamp", lambda: b"of another version")
        idle = await start_service(runner=False)
        job = (await idle.jobs.submit(request())).job
        old = _plan(idle, job.id).read_bytes()
        await idle.stop()
    service = await start_service()
    assert await _digests(service, job.id) == expected
    renewed = _plan(service, job.id).read_bytes()
    assert renewed != old
    assert load_plan(_plan(service, job.id), service.context.plan_key.value) is not None


def test_a_plan_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    file = tmp_path / "plan.pickle"
    assert load_plan(file, b"key") is None
    file.write_bytes(b"not a pickle")
    assert load_plan(file, b"key") is None
