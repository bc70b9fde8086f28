"""What a job makes besides tables is shown, downloaded, delivered, counted and deleted with it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.jobs.retention import RetentionSweeper
from app.store.repositories.artifacts import ArtifactRepository
from app.store.repositories.retention import RetentionRepository
from tests.kinds.conftest import Open
from tests.kinds.ended import WAIT, ended

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
ASKED = {"kind": "count", "text": "aabaa"}


async def _done(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/v1/jobs", json={**ASKED, **changes}, headers=WAIT)
    job: dict[str, Any] = (await ended(client, answer)).json()
    return job


async def test_a_job_shows_them_with_where_they_can_be_had(client: httpx.AsyncClient) -> None:
    job = await _done(client)
    model, report = job["result"]["artifacts"]
    content = b'{"a": 4, "b": 1}'
    assert model == {
        "name": "model",
        "table": None,
        "format": "letters",
        "media_type": "application/vnd.example.letters",
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "href": f"{job['links']['self']}/artifacts/model?format=letters",
    }
    fetched = await client.get(model["href"])
    assert fetched.content == content
    assert fetched.headers["content-type"] == model["media_type"]
    assert fetched.headers["etag"] == f'"{model["sha256"]}"'
    assert "model.letters" in fetched.headers["content-disposition"]
    part = await client.get(model["href"], headers={"Range": "bytes=0-5"})
    assert (part.status_code, part.content) == (206, content[:6])
    assert (await client.get(report["href"])).json() == {"letters": 2}
    assert [table["name"] for table in job["result"]["tables"]] == ["letters"]


async def test_a_report_is_written_in_another_format_when_it_is_asked_for(
    client: httpx.AsyncClient,
) -> None:
    job = await _done(client)
    address = job["links"]["report"]
    assert (await client.get(address)).json() == {"letters": 2}
    pages = [await client.get(address, params={"format": "html"}) for _ in range(2)]
    assert pages[0].headers["content-type"].startswith("text/html")
    assert pages[0].text.endswith("<p>2 letters") and pages[0].content == pages[1].content


async def test_what_is_not_made_is_not_there(client: httpx.AsyncClient) -> None:
    job = await _done(client)
    own = f"{job['links']['self']}/artifacts"
    for address, detail in (
        (f"{own}/plot", "jobs of this kind have no plot; there is model, report"),
        (
            f"{own}/report?format=pdf",
            "jobs of this kind have no report as pdf; there is json, html",
        ),
        (f"{own}/model?table=letters", "jobs of this kind have no model of letters as letters"),
    ):
        answer = await client.get(address)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/artifact-not-found")
        assert answer.json()["detail"] == detail


async def test_jobs_that_run_have_none_yet(client: httpx.AsyncClient) -> None:
    asked = {**ASKED, "pause": 1}
    job = (await client.post("/v1/jobs", json=asked)).json()
    early = await client.get(f"{job['links']['self']}/artifacts/model")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/result-not-ready")
    await client.post(job["links"]["cancel"])


async def test_they_are_delivered_with_the_tables(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    job = await _done(client, sinks=[{"kind": "local", "folder": "all"}])
    assert [each["status"] for each in job["deliveries"]] == ["delivered"]
    (folder,) = {found.parent for found in (tmp_path / "out").rglob("letters.csv")}
    names = sorted(file.name for file in folder.iterdir())
    assert names == ["letters.csv", "model.letters", "report.json"]
    assert json.loads((folder / "model.letters").read_text()) == {"a": 4, "b": 1}


async def test_they_go_with_their_job(open_service: Open, tmp_path: Path) -> None:
    service, client = await open_service()
    job = await _done(client)
    await client.get(job["links"]["report"], params={"format": "html"})
    assert len(list((tmp_path / "data" / "jobs").rglob("report.*"))) == 2
    assert (await client.delete(job["links"]["self"])).status_code == 204
    assert list((tmp_path / "data" / "jobs").iterdir()) == []
    async with service.context.state_writer.database.read() as session:
        assert await ArtifactRepository(session).paths(job["id"]) == []


async def test_a_cancelled_job_keeps_none(open_service: Open, tmp_path: Path) -> None:
    service, client = await open_service()
    asked = {**ASKED, "text": "abcdefgh", "pause": 0.2}
    job = (await client.post("/v1/jobs", json=asked)).json()
    await client.post(job["links"]["cancel"])
    ended = await service.of("default").jobs.wait(job["id"], 20)
    assert (ended.status, ended.result) == ("cancelled", None)
    assert service.runner is not None
    await asyncio.wait_for(service.runner.idle(), 20)
    assert not any(path.is_file() for path in (tmp_path / "data" / "jobs").rglob("*"))


async def test_retention_counts_them(open_service: Open, tmp_path: Path) -> None:
    service, client = await open_service()
    jobs = [await _done(client, model_bytes=100_000) for _ in range(2)]
    async with service.context.state_writer.database.read() as session:
        assert await RetentionRepository(session).total_bytes() > 200_000
    settings = service.settings.model_copy(update={"retention_bytes": 150_000})
    assert await RetentionSweeper(replace(service.context, settings=settings)).enforce() == 1
    assert [folder.name for folder in (tmp_path / "data" / "jobs").iterdir()] == [jobs[1]["id"]]


async def test_quotas_count_them(open_service: Open) -> None:
    _, client = await open_service(quota_stored_bytes=100_000)
    large = await _done(client, model_bytes=300_000)
    assert (large["status"], large["error"]["title"]) == (
        "failed",
        "The job's files are too large",
    )
    fitting = await _done(client, model_bytes=99_960)
    assert fitting["status"] == "succeeded"
    more = await client.get(fitting["links"]["report"], params={"format": "html"})
    assert (more.status_code, more.json()["type"]) == (429, "/problems/quota-exceeded")


_SERVE = """
import asyncio, sys
from app.kinds.registry import KINDS
from app.main import create_app
from app.service.service import Service
from app.settings import Settings
from app.telemetry.logs import configure_logs
from tests.kinds.toy import Count

configure_logs("error", "text")
settings = Settings(
    data_dir=sys.argv[1], workers=1, pages=False, lease_seconds=1, max_attempts=2, _env_file=None
)
service = Service(settings, kinds={**KINDS, "count": Count()})

async def main():
    await service.start()
    request = Count.request(kind="count", text="abcdefgh", pause=0.4)
    tenant = service.of("default")
    jobs = (await tenant.jobs.list()).items
    job = jobs[0] if jobs else (await tenant.jobs.submit((await tenant.jobs.read(request))[0])).job
    async for event in tenant.jobs.events(job.id, after=job.sequence):
        if progress := event.data["progress"]:
            print(progress["stage"], progress["done"], flush=True)

asyncio.run(main())
"""


def _run_and_kill(folder: Path) -> tuple[str, int]:
    """Work on the job until it has got on, then kill the process; what was told last."""
    command = [sys.executable, "-c", _SERVE, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = 0
        for line in process.stdout:
            stage, done = line.split()
            if stage == "train" and int(done) > 0:
                seen += 1
            if seen == 2:
                break
        process.send_signal(signal.SIGKILL)
    return stage, int(done)


@pytest.mark.slow
async def test_a_killed_job_goes_on_and_has_each_artifact_once(
    open_service: Open, tmp_path: Path
) -> None:
    """More kills than attempts: a job that gets on in a stage has all of them again."""
    told = [await asyncio.to_thread(_run_and_kill, tmp_path / "data") for _ in range(3)]
    assert [stage for stage, _ in told] == ["train"] * 3
    assert told[0][1] < told[1][1] < told[2][1]
    service, client = await open_service(lease_seconds=1, max_attempts=2)
    (listed,) = (await client.get("/v1/jobs")).json()["items"]
    ended = await service.of("default").jobs.wait(listed["id"], 60)
    assert ended.result is not None and ended.status == "succeeded"
    assert dict(ended.result.details or {})["resumed"] >= told[2][1]
    assert [stage.stage for stage in ended.timeline] == ["train", "generate", "report"]
    assert service.runner is not None
    await asyncio.wait_for(service.runner.idle(), 20)
    files = sorted(path.name for path in (tmp_path / "data" / "jobs").rglob("*") if path.is_file())
    assert files == ["letters.csv", "model.letters", "report.json"]
