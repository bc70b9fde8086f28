"""Results kept in an object store, jobs of several hosts, blocks of another cluster."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.jobs.models import Job, ResultDownload
from app.service.service import Service
from app.sinks.base import TerminalSinkError
from app.sinks.failing import FailingSink
from app.store.job_status import JobStatus
from tests.components.dask import start_dask
from tests.components.s3 import S3Server
from tests.services import DOCUMENT, TWO_TABLES, StartService, request

pytestmark = pytest.mark.anyio

SEVERAL_BLOCKS = {**DOCUMENT, "n_samples": 200_000}


async def _done(server: Service, **changes: Any) -> Job:
    submission = await server.jobs.submit(request(**changes))
    return await server.jobs.wait(submission.job.id, 120)


async def _content(file: ResultDownload, first: int = 0, length: int | None = None) -> bytes:
    assert file.read is not None
    pieces = file.read(first, file.bytes - first if length is None else length)
    return b"".join([piece async for piece in pieces])


@pytest.fixture
def results(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket; its credentials stand in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret_key)
    monkeypatch.setenv("AWS_REGION", s3.region)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.endpoint)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    return f"s3://{s3.new_bucket()}/results"


@pytest.fixture
async def hosts(
    start_service: StartService, results: str, postgres_url: str, tmp_path: Path
) -> tuple[Service, Service]:
    """A server and a worker that share a database and a store, but no folder."""
    shared = {"results": results, "database_url": postgres_url}
    server = await start_service(**shared, runner=False, data_dir=tmp_path / "server")
    worker = await start_service(
        **shared,
        data_dir=tmp_path / "worker",
        sinks={"fax": FailingSink([TerminalSinkError("no paper")])},
    )
    return server, worker


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> str:
    name: str = request.getfixturevalue("postgres_database")
    return str(request.getfixturevalue("postgres").url(name))


def _files(service: Service) -> list[str]:
    folder = service.settings.data_dir / "jobs"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_what_one_host_makes_another_one_answers(
    hosts: tuple[Service, Service], service: Service
) -> None:
    server, worker = hosts
    reference = await _done(service, formats=("csv", "parquet"))
    job = await _done(server, formats=("csv", "parquet"))
    assert job.result == reference.result
    file = await server.jobs.result(job.id, format="csv")
    expected = (await service.jobs.result(reference.id, format="csv")).path.read_bytes()
    assert await _content(file) == expected
    assert await _content(file, 100, 50) == expected[100:150]
    manifest = await server.jobs.manifest(job.id)
    assert b'"people.csv"' in await _content(manifest)
    assert worker.runner is not None
    await worker.runner.idle()
    assert _files(server) == ["plan.pickle"]
    assert _files(worker) == ["plan.pickle"]


async def test_formats_and_archives_made_later_are_kept_there_too(
    hosts: tuple[Service, Service], tmp_path: Path
) -> None:
    server, worker = hosts
    job = await _done(server, document=TWO_TABLES)
    later = await server.jobs.result(job.id, format="jsonl")
    archive = tmp_path / "later.zip"
    archive.write_bytes(await _content(later))
    with zipfile.ZipFile(archive) as packed:
        assert {"customers.jsonl", "products.jsonl"} <= set(packed.namelist())
    again = await worker.jobs.result(job.id, format="jsonl")
    assert await _content(again) == archive.read_bytes()


async def test_files_are_fetched_for_a_delivery_and_go_with_the_job(
    hosts: tuple[Service, Service],
) -> None:
    server, worker = hosts
    failed = await _done(worker, sinks=({"kind": "fax"},))
    assert failed.status is JobStatus.FAILED
    assert worker.runner is not None
    await worker.runner.idle()
    await server.jobs.redeliver(failed.id, 0)
    assert (await server.jobs.wait(failed.id, 120)).status is JobStatus.SUCCEEDED
    fax = worker.context.sinks["fax"]
    assert isinstance(fax, FailingSink)
    assert fax.delivered[0][0] == "people.csv"
    file = await server.jobs.result(failed.id)
    await server.jobs.delete(failed.id)
    with pytest.raises(FileNotFoundError):
        await _content(file)


@pytest.mark.slow
async def test_blocks_of_a_job_may_be_made_by_a_dask_cluster(start_service: StartService) -> None:
    here = await _done(await start_service(), document=SEVERAL_BLOCKS)
    with start_dask(2) as cluster:
        service = await start_service(executor=cluster.executor)
        there = await _done(service, document=SEVERAL_BLOCKS)
        assert service.runner is not None
        await service.runner.stop()
    assert there.status is JobStatus.SUCCEEDED
    assert there.result == here.result
