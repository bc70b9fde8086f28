"""Jobs carried out: files, deliveries, failures, cancelling, resuming."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.api.models.response_models import job_body
from app.engine.errors import FormatError, GenerationError
from app.engine.evaluation.documents import MeasuredFact
from app.engine.execution.results import Generated
from app.jobs.errors import ResultNotReady, UnknownTable
from app.jobs.models import Job
from app.jobs.queue.execution import JobExecution
from app.jobs.queue.lease import Interruption
from app.jobs.results import RENDERS_AT_ONCE
from app.service.service import Service
from app.settings import Settings
from app.sinks.base import TerminalSinkError, TransientSinkError
from app.sinks.failing import FailingSink
from app.store.job_status import JobStatus
from app.store.repositories.jobs import JobRepository
from app.workers.worker_tasks import Measured
from tests.services import DOCUMENT, TWO_TABLES, StartService, request

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
LARGE = {**DOCUMENT, "n_samples": 20_000_000}
WITH_TARGET = {
    "name": "people",
    "n_samples": 2000,
    "features": {"age": {"type": "int", "min": 1, "max": 90, "correlation": "positive"}},
    "target": {"left": {"type": "category", "cats": {"no": {}, "yes": {}}, "positive": "yes"}},
}
FAX = ({"kind": "fax"},)
MANIFEST_FILES = ["manifest.json", "manifest.json.pub", "manifest.json.sig"]


@pytest.fixture
def database_url(each_database: str | None) -> str | None:
    """Jobs run on every kind of database."""
    return each_database


async def _done(service: Service, **changes: Any) -> Job:
    submission = await service.jobs.submit(request(**changes))
    return await service.jobs.wait(submission.job.id, 120)


async def _under_way(service: Service, job_id: str) -> None:
    async for event in service.jobs.events(job_id):
        if event.data["progress"] and event.data["progress"]["done"] > 0:
            return


async def _files(service: Service, job_id: str) -> list[str]:
    """The files of a job once its runner has tidied up."""
    if service.runner is not None:
        await asyncio.wait_for(service.runner.idle(), 20)
    folder = service.settings.data_dir / "jobs" / job_id
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_a_job_ends_with_its_files(service: Service) -> None:
    job = await _done(service, formats=("csv", "parquet"))
    assert (job.status, job.error) == (JobStatus.SUCCEEDED, None)
    assert job.result is not None
    (table,) = job.result.tables
    assert (table.name, table.rows) == ("people", 300)
    assert [file.format for file in table.files] == ["csv", "parquet"]
    assert [stage.stage for stage in job.timeline] == ["load", "prepare", "generate", "report"]
    assert all(stage.finished_at for stage in job.timeline)
    assert job.finished_at is not None
    assert job.progress is not None
    assert (job.progress.done, job.progress.total) == (300, 300)
    made = [*MANIFEST_FILES, "people.csv", "people.parquet", "plan.pickle"]
    assert await _files(service, job.id) == made


async def test_the_download_is_the_file_that_the_result_names(service: Service) -> None:
    job = await _done(service)
    assert job.result is not None
    download = await service.jobs.result(job.id)
    content = download.path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == download.sha256
    assert download.sha256 == job.result.tables[0].files[0].sha256
    assert (download.bytes, download.filename) == (len(content), "people.csv")
    assert len(list(csv.reader(content.decode().splitlines()))) == 301


async def test_a_format_not_asked_for_is_made_once_and_kept(service: Service) -> None:
    job = await _done(service)
    first = await service.jobs.result(job.id, format="jsonl")
    made = first.path.stat().st_mtime_ns
    assert await service.jobs.result(job.id, format="jsonl") == first
    assert first.path.stat().st_mtime_ns == made
    other = await _done(service, formats=("jsonl",))
    assert (await service.jobs.result(other.id)).sha256 == first.sha256


async def test_a_result_is_made_again_where_its_plan_cannot_be_read(service: Service) -> None:
    job = await _done(service)
    plan = service.settings.data_dir / "jobs" / job.id / "plan.pickle"
    plan.write_bytes(b"of another version")
    again = await service.jobs.result(job.id, format="tsv")
    reference = await _done(service, formats=("tsv",))
    assert again.sha256 == (await service.jobs.result(reference.id)).sha256


async def test_several_tables_come_as_one_zip(service: Service) -> None:
    job = await _done(service, document=TWO_TABLES)
    archive = await service.jobs.result(job.id)
    assert archive.media_type == "application/zip"
    assert hashlib.sha256(archive.path.read_bytes()).hexdigest() == archive.sha256
    with zipfile.ZipFile(archive.path) as packed:
        assert packed.namelist() == ["customers.csv", *MANIFEST_FILES, "products.csv"]
        products = await service.jobs.result(job.id, table="products")
        assert packed.read("products.csv") == products.path.read_bytes()


async def test_a_small_result_does_not_wait_for_large_ones(service: Service) -> None:
    job = await _done(service)
    done = threading.Event()
    for _ in range(RENDERS_AT_ONCE):
        service._results._large.submit(done.wait, 60)
    try:
        async with asyncio.timeout(30):
            assert (await service.jobs.result(job.id, format="jsonl")).bytes > 0
    finally:
        done.set()


async def test_what_cannot_be_downloaded(service: Service) -> None:
    job = await _done(service)
    with pytest.raises(UnknownTable, match="people"):
        await service.jobs.result(job.id, table="animals")
    with pytest.raises(FormatError, match="docx"):
        await service.jobs.result(job.id, format="docx")


async def test_a_waiting_job_has_no_result(idle: Service) -> None:
    job = (await idle.jobs.submit(request())).job
    with pytest.raises(ResultNotReady):
        await idle.jobs.result(job.id)
    assert (await idle.jobs.wait(job.id, 0.01)).status is JobStatus.QUEUED


async def test_events_are_numbered_and_can_be_taken_up(service: Service) -> None:
    job = await _done(service)
    events = [event async for event in service.jobs.events(job.id)]
    assert [event.sequence for event in events] == list(range(1, job.sequence + 1))
    told = [event.data["status"] for event in events if event.kind == "status"]
    assert told == ["queued", "running", "succeeded"]
    rest = [event async for event in service.jobs.events(job.id, after=events[-3].sequence)]
    assert rest == events[-2:]


async def test_measured_facts_are_part_of_the_result(service: Service) -> None:
    job = await _done(service)
    assert job.result is not None
    rows = next(fact for fact in job.result.facts if fact["fact"] == "rows")
    assert (rows["declared"], rows["observed"], rows["holds"]) == (300, 300, True)
    assert all(fact["holds"] for fact in job.result.facts)
    assert job.result.verification is None


@pytest.mark.slow
async def test_a_model_is_trained_on_demand(service: Service) -> None:
    job = await _done(service, document=WITH_TARGET, verify=True)
    assert job.result is not None
    assert job.result.verification is not None
    assert job.result.verification["task"] == "classification"


async def test_data_that_cannot_be_measured_comes_with_a_warning(
    start_service: StartService,
) -> None:
    service = await start_service(measure=_break)
    job = await _done(service)
    assert job.status is JobStatus.SUCCEEDED
    assert job.result is not None
    assert job.result.facts == ()
    warning = job.warnings[-1]
    assert (warning.path, warning.message) == ("facts", "could not be measured: too odd")


async def test_facts_that_are_unmet_are_counted_in_the_job_and_its_list(
    start_service: StartService,
) -> None:
    service = await start_service(measure=_one_unmet)
    job = await _done(service)
    assert (job.status, job.facts) == (JobStatus.SUCCEEDED, {"total": 2, "unmet": 1})
    (listed,) = (await service.jobs.list()).items
    assert job_body(listed).facts == {"total": 2, "unmet": 1}


async def test_nothing_is_counted_before_facts_are_measured(idle: Service) -> None:
    submission = await idle.jobs.submit(request())
    assert job_body(submission.job).facts is None


def _one_unmet(plan: Any, generated: Generated, **options: Any) -> Measured:
    held: MeasuredFact = {
        "table": "people",
        "fact": "rows",
        "declared": 300,
        "observed": 300,
        "tolerance": 0.0,
        "holds": True,
        "note": "",
    }
    return Measured((held, {**held, "fact": "mean of age", "holds": False}))


def _break(plan: Any, generated: Generated, **options: Any) -> Measured:
    raise GenerationError("too odd")


async def test_the_output_file_is_delivered(start_service: StartService, tmp_path: Path) -> None:
    service = await start_service(local_sink_root=tmp_path / "sink")
    job = await _done(service, document={**DOCUMENT, "output_file": "out/people.csv"})
    assert job.status is JobStatus.SUCCEEDED
    delivered = (tmp_path / "sink" / "default" / "out" / "people.csv").read_bytes()
    assert delivered == (await service.jobs.result(job.id)).path.read_bytes()
    assert job.deliveries[0].status == "delivered"
    assert job.timeline[-1].stage == "deliver"


async def test_several_tables_are_delivered_to_a_folder(
    start_service: StartService, tmp_path: Path
) -> None:
    service = await start_service(local_sink_root=tmp_path / "sink")
    await _done(service, document={**TWO_TABLES, "output_file": "out/shop.csv"})
    names = sorted(path.name for path in (tmp_path / "sink" / "default" / "out" / "shop").iterdir())
    assert names == ["customers.csv", *MANIFEST_FILES, "products.csv"]


async def test_a_delivery_is_tried_again_for_passing_reasons(start_service: StartService) -> None:
    fax = FailingSink([TransientSinkError("busy"), TransientSinkError("busy")])
    service = await start_service(sinks={"fax": fax})
    job = await _done(service, sinks=FAX)
    assert job.status is JobStatus.SUCCEEDED
    assert (job.deliveries[0].attempts, job.deliveries[0].error) == (3, None)
    assert sorted(fax.delivered[0]) == [*MANIFEST_FILES, "people.csv"]


async def test_a_sink_gets_no_format_that_was_added_for_another(
    start_service: StartService, tmp_path: Path
) -> None:
    """A sink of tables reads no CSV, so Parquet is made for it, and for nobody else."""

    class Tables(FailingSink):
        formats = ("parquet",)

    plain, tables = FailingSink(), Tables()
    service = await start_service(sinks={"fax": plain, "tables": tables})
    sinks = ({"kind": "fax"}, {"kind": "tables"})
    job = await _done(service, sinks=sinks)
    assert job.status is JobStatus.SUCCEEDED
    assert job.formats == ("csv", "parquet")
    assert sorted(plain.delivered[0]) == [*MANIFEST_FILES, "people.csv"]
    assert sorted(tables.delivered[0]) == [*MANIFEST_FILES, "people.parquet"]
    manifest = json.loads((await service.jobs.manifest(job.id, "manifest")).path.read_bytes())
    named = {file["path"] for table in manifest["tables"] for file in table["files"]}
    assert named == {"people.csv"}
    both = await _done(service, sinks=sinks, formats=("csv", "parquet"))
    assert both.status is JobStatus.SUCCEEDED
    assert sorted(plain.delivered[1]) == [*MANIFEST_FILES, "people.csv", "people.parquet"]


@pytest.mark.parametrize(
    ("failures", "attempts"),
    [([TerminalSinkError("no paper")], 1), ([TransientSinkError("no paper")] * 5, 5)],
)
async def test_data_that_cannot_be_delivered_can_still_be_fetched(
    start_service: StartService, failures: list[Any], attempts: int
) -> None:
    service = await start_service(sinks={"fax": FailingSink(list(failures)), "post": FailingSink()})
    job = await _done(service, sinks=(*FAX, {"kind": "post"}))
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert "no paper" in job.error.detail
    statuses = [(entry.status, entry.attempts) for entry in job.deliveries]
    assert statuses == [("failed", attempts), ("delivered", 1)]
    assert (await service.jobs.result(job.id)).bytes > 0


@pytest.mark.slow
async def test_a_running_job_is_cancelled_without_a_trace(service: Service) -> None:
    job = (await service.jobs.submit(request(document=LARGE))).job
    await _under_way(service, job.id)
    await service.jobs.cancel(job.id)
    ended = await service.jobs.wait(job.id, 2)
    assert ended.status is JobStatus.CANCELLED
    assert ended.result is None
    assert await _files(service, job.id) == ["plan.pickle"]
    assert _workers() <= service.settings.interactive_workers


def _workers() -> int:
    """Worker processes of this process: the children of its fork server."""
    own = psutil.Process().children()
    servers = [each for each in own if any("forkserver" in part for part in each.cmdline())]
    return sum(len(server.children()) for server in servers)


@pytest.mark.slow
async def test_a_running_job_is_cancelled_before_it_is_deleted(service: Service) -> None:
    job = (await service.jobs.submit(request(document=LARGE))).job
    await _under_way(service, job.id)
    await service.jobs.delete(job.id)
    assert (await service.jobs.list()).items == ()
    assert await _files(service, job.id) == []


async def test_a_cancel_from_another_process_is_heard(start_service: StartService) -> None:
    service = await start_service()
    other = await start_service(runner=False)
    job = (await service.jobs.submit(request(document=LARGE))).job
    await _under_way(other, job.id)
    await other.jobs.cancel(job.id)
    assert (await other.jobs.wait(job.id, 5)).status is JobStatus.CANCELLED


@pytest.mark.parametrize("interruption", [Interruption.CANCELLED, Interruption.EXCEEDED])
async def test_a_runner_that_lost_its_job_removes_no_file_of_it(
    service: Service, interruption: Interruption
) -> None:
    job = await _done(service)
    async with service.context.state_writer.database.read() as session:
        row = await JobRepository(session).find(job.id)
    assert row is not None
    row.status, row.fencing_token, row.result, row.finished_at = (
        "running",
        row.fencing_token - 1,
        None,
        None,
    )
    file = (await service.jobs.result(job.id)).path
    with ThreadPoolExecutor(1) as threads:
        execution = JobExecution(row, service.context, threads)
        execution.interrupt(interruption)
        await execution.run()
    assert (await service.jobs.get(job.id)).status is JobStatus.SUCCEEDED
    assert file.is_file()


@pytest.mark.slow
async def test_a_stopped_runner_hands_its_job_back_and_another_one_goes_on(
    start_service: StartService,
) -> None:
    document = {**DOCUMENT, "n_samples": 1_000_000}
    first = await start_service()
    reference = await _done(first, document=document)
    job = (await first.jobs.submit(request(document=document))).job
    await _under_way(first, job.id)
    assert first.runner is not None
    await first.runner.stop()
    assert (await first.jobs.get(job.id)).status is JobStatus.QUEUED
    assert any(name.endswith(".csv") for name in await _files(first, job.id))
    second = await start_service()
    ended = await second.jobs.wait(job.id, 120)
    assert ended.status is JobStatus.SUCCEEDED
    assert ended.result == reference.result


_DIES = """
import asyncio, sys
from app.telemetry.logs import configure_logs
from app.jobs.models import JobRequest
from app.service.service import Service
from app.workers.worker_tasks import Measured
from app.settings import Settings

async def main():
    configure_logs("error", "text")
    settings = Settings(
        data_dir=sys.argv[1], database_url=sys.argv[2] or None,
        workers=1, lease_seconds=1, _env_file=None,
    )
    service = Service(settings)
    await service.start()
    document = {
        "name": "people", "n_samples": 1000000,
        "features": {
            "id": {"type": "id", "format": "sequence"},
            "age": {"type": "int", "min": 1, "max": 90},
        },
    }
    job = (await service.jobs.submit(JobRequest(document=document, seed=7))).job
    async for event in service.jobs.events(job.id):
        if event.data["progress"] and event.data["progress"]["done"] > 0:
            print(job.id, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def _start_job_and_die(settings: Settings) -> str:
    """Start a service in another process and kill it in the middle of a job; the job's id."""
    with subprocess.Popen(
        [sys.executable, "-c", _DIES, str(settings.data_dir), settings.database_url or ""],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        job_id = process.stdout.readline().strip()
        process.kill()
    return job_id


@pytest.mark.slow
async def test_a_job_whose_process_was_killed_is_taken_up_again(
    start_service: StartService, make_settings: Callable[..., Settings]
) -> None:
    job_id = await asyncio.to_thread(_start_job_and_die, make_settings())
    service = await start_service(lease_seconds=1)
    ended = await service.jobs.wait(job_id, 120)
    assert ended.status is JobStatus.SUCCEEDED
    reference = await _done(service, document={**DOCUMENT, "n_samples": 1_000_000})
    assert ended.result == reference.result
    assert await _files(service, job_id) == [*MANIFEST_FILES, "people.csv", "plan.pickle"]
