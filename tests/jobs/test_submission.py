"""Requests that become jobs, and requests that do not."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.engine.errors import DefinitionError
from app.engine.execution.failures import engine_error
from app.jobs.errors import StorageFull
from app.service.service import Service
from app.store.errors import (
    IdempotencyConflict,
    InvalidCursor,
    InvalidTransition,
    JobNotFound,
)
from app.store.job_status import JobStatus
from tests.services import DOCUMENT, StartService, request

pytestmark = pytest.mark.anyio


async def test_a_submitted_job_waits_and_can_be_read(idle: Service) -> None:
    submission = await idle.jobs.submit(request(formats=("csv", "parquet", "csv")))
    assert submission.created
    job = await idle.jobs.get(submission.job.id)
    assert job == submission.job
    assert (job.status, job.name, job.seed) == (JobStatus.QUEUED, "people", 7)
    assert job.formats == ("csv", "parquet")
    assert job.document == DOCUMENT


async def test_a_seed_is_drawn_and_told_where_none_is_given(idle: Service) -> None:
    seeds = {(await idle.jobs.submit(request(seed=None))).job.seed for _ in range(2)}
    assert len(seeds) == 2


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"formats": ("csv", "docx")}, "formats[1]"),
        ({"sinks": ({"kind": "fax"},)}, "sinks[0]"),
        ({"sinks": ({},)}, "sinks[0]"),
        ({"n_samples": -1}, "n_samples"),
        ({"n_samples": 10**15}, "n_samples"),
        ({"seed": 2**63}, "seed"),
        ({"options": {"colour": 1}}, "options.colour"),
        ({"options": {"escape_formulas": 1}}, "options.escape_formulas"),
    ],
)
async def test_faults_of_the_request_are_told_with_their_place(
    idle: Service, changes: dict[str, Any], path: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        await idle.jobs.submit(request(**changes))
    assert [fault.path for fault in caught.value.faults] == [path]


async def test_faults_of_request_and_document_come_together(idle: Service) -> None:
    document = {**DOCUMENT, "features": {"x": {"type": "int", "min": 5, "max": 1}}}
    with pytest.raises(DefinitionError) as caught:
        await idle.jobs.submit(request(formats=("docx",), document=document))
    paths = [fault.path for fault in caught.value.faults]
    assert paths[0] == "formats[0]"
    assert any("x" in path for path in paths[1:])


async def test_a_refused_request_leaves_nothing_behind(idle: Service) -> None:
    with pytest.raises(DefinitionError):
        await idle.jobs.submit(request(formats=("docx",)))
    assert (await idle.jobs.list()).items == ()
    folder = idle.settings.data_dir / "jobs"
    assert not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.parametrize("told", [lambda error: error, engine_error])
async def test_a_full_disk_is_told_and_leaves_nothing_behind(
    idle: Service, monkeypatch: pytest.MonkeyPatch, told: Callable[[OSError], Exception]
) -> None:
    async def full(document: Any, file: Path, **options: Any) -> None:
        file.parent.mkdir(parents=True)
        raise told(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    monkeypatch.setattr(idle.context.request_workers, "compile_to_file", full)
    with pytest.raises(StorageFull):
        await idle.jobs.submit(request())
    assert (await idle.jobs.list()).items == ()
    assert list((idle.settings.data_dir / "jobs").iterdir()) == []


async def test_rows_are_bounded_by_the_setting(start_service: StartService) -> None:
    service = await start_service(runner=False, max_rows=299)
    with pytest.raises(DefinitionError, match="at most 299"):
        await service.jobs.submit(request())


async def test_the_same_key_gives_the_same_job(idle: Service) -> None:
    first = await idle.jobs.submit(request(), idempotency_key="k")
    again = await idle.jobs.submit(request(), idempotency_key="k")
    assert (first.created, again.created) == (True, False)
    assert again.job == first.job


async def test_the_same_key_with_another_request_is_refused(idle: Service) -> None:
    await idle.jobs.submit(request(), idempotency_key="k")
    with pytest.raises(IdempotencyConflict):
        await idle.jobs.submit(request(seed=8), idempotency_key="k")


async def test_one_key_used_at_the_same_time_makes_one_job(idle: Service) -> None:
    calls = [idle.jobs.submit(request(), idempotency_key="k") for _ in range(5)]
    submissions = await asyncio.gather(*calls)
    assert [submission.created for submission in submissions].count(True) == 1
    assert len({submission.job.id for submission in submissions}) == 1
    assert len(list((idle.settings.data_dir / "jobs").iterdir())) == 1


async def test_lists_are_newest_first_in_pages(idle: Service) -> None:
    ids = [(await idle.jobs.submit(request())).job.id for _ in range(5)]
    first = await idle.jobs.list(limit=2)
    second = await idle.jobs.list(limit=2, cursor=first.next_cursor)
    third = await idle.jobs.list(limit=2, cursor=second.next_cursor)
    pages = [[job.id for job in page.items] for page in (first, second, third)]
    assert pages == [ids[:2:-1], ids[2:0:-1], ids[:1]]
    assert third.next_cursor is None
    assert all(job.document is None for job in first.items)


async def test_lists_by_status(idle: Service) -> None:
    gone, kept = [(await idle.jobs.submit(request())).job.id for _ in range(2)]
    await idle.jobs.cancel(gone)
    queued = await idle.jobs.list(status=JobStatus.QUEUED)
    cancelled = await idle.jobs.list(status=JobStatus.CANCELLED)
    assert [job.id for job in queued.items] == [kept]
    assert [job.id for job in cancelled.items] == [gone]


@pytest.mark.parametrize("cursor", ["", "x", "WzFd", "WyJhIiwgImIiXQ==", "é"])
async def test_cursors_that_no_list_gave_are_refused(idle: Service, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        await idle.jobs.list(cursor=cursor)


async def test_a_queued_job_is_cancelled_at_once_and_only_once(idle: Service) -> None:
    job = (await idle.jobs.submit(request())).job
    assert (await idle.jobs.cancel(job.id)).status is JobStatus.CANCELLED
    with pytest.raises(InvalidTransition):
        await idle.jobs.cancel(job.id)


async def test_a_rerun_has_another_seed_unless_told(idle: Service) -> None:
    job = (await idle.jobs.submit(request(formats=("tsv",)))).job
    again = (await idle.jobs.rerun(job.id)).job
    assert again.id != job.id
    assert again.seed != job.seed
    assert (again.formats, again.document) == (("tsv",), DOCUMENT)
    assert (await idle.jobs.rerun(job.id, seed=7)).job.seed == 7


async def test_the_day_of_submission_is_kept_where_a_provider_reads_the_clock(
    idle: Service,
) -> None:
    clocked = {"features": {"seen": {"type": "date_this_year"}}}
    job = (await idle.jobs.submit(request(document=clocked))).job
    day = dt.date.fromisoformat(job.document["today"])
    assert abs((dt.datetime.now(dt.UTC).date() - day).days) <= 1
    assert (await idle.jobs.rerun(job.id)).job.document == job.document
    told = {**clocked, "today": "2024-02-29"}
    assert (await idle.jobs.submit(request(document=told))).job.document == told


async def test_renaming_and_deleting(idle: Service) -> None:
    job = (await idle.jobs.submit(request())).job
    assert (await idle.jobs.rename(job.id, "other")).name == "other"
    await idle.jobs.delete(job.id)
    with pytest.raises(JobNotFound):
        await idle.jobs.get(job.id)
    assert list((idle.settings.data_dir / "jobs").iterdir()) == []


async def test_calls_about_no_job(idle: Service) -> None:
    jobs = idle.jobs
    for call in (
        jobs.get("x"),
        jobs.cancel("x"),
        jobs.rerun("x"),
        jobs.rename("x", "y"),
        jobs.delete("x"),
        jobs.wait("x", 0.1),
        jobs.result("x"),
        anext(aiter(jobs.events("x"))),
    ):
        with pytest.raises(JobNotFound):
            await call


async def test_the_output_file_sets_the_format_and_is_delivered_where_allowed(
    start_service: StartService, tmp_path: Path
) -> None:
    document = {**DOCUMENT, "output_file": "out/people.tsv"}
    service = await start_service(runner=False, local_sink_root=tmp_path / "sink")
    job = (await service.jobs.submit(request(document=document))).job
    assert job.formats == ("tsv",)
    assert [dict(entry.target) for entry in job.deliveries] == [
        {"kind": "local", "file": "out/people.tsv", "if_exists": "rename"}
    ]
    assert job.warnings == ()


async def test_an_output_file_that_is_not_written_is_warned_of(idle: Service) -> None:
    document = {**DOCUMENT, "output_file": "out/people.parquet"}
    job = (await idle.jobs.submit(request(document=document))).job
    assert job.formats == ("parquet",)
    assert job.deliveries == ()
    assert [warning.path for warning in job.warnings] == ["output_file"]
