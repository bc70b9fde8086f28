"""Every finished job has a report, the same bytes whenever it is asked for."""

from __future__ import annotations

import json
import sys
from typing import Any

import httpx
import pytest

from app.api.models.report_models import MadeReportBody, ModelReportBody
from app.engine.reports.writing import DESCRIPTIONS, MEDIA_TYPES, WRITERS
from app.jobs.kinds import JobKind
from app.jobs.models import REPORT
from app.kinds.registry import KINDS
from tests.kinds.conftest import Open
from tests.kinds.described import as_described
from tests.kinds.learning import ROWS, shops
from tests.kinds.real_sources import add_source

pytestmark = pytest.mark.anyio
FORMS = ("json", "html", "pdf", "card", "croissant")
DECLARED: dict[str, Any] = {
    "name": "visits",
    "n_samples": 400,
    "seed": 7,
    "features": {
        "minutes": {"type": "int", "min": 0, "max": 60},
        "plan": {"type": "category", "cats": {"free": 0.75, "paid": 0.25}},
    },
    "target": {"stays": {"type": "bool", "proportion": 0.3}},
}


async def made(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    """A job that has ended: its events end with it, however long it takes."""
    links = (await client.post("/v1/jobs", json=asked)).json()["links"]
    await client.get(links["events"])
    job: dict[str, Any] = (await client.get(links["self"])).json()
    assert job["status"] == "succeeded", job
    return job


async def test_declared_tables_are_reported_on(client: httpx.AsyncClient) -> None:
    job = await made(client, kind="generate", schema=DECLARED)
    address = job["links"]["report"]
    report = (await client.get(address)).json()
    assert as_described(MadeReportBody, report)
    assert [each["question"] for each in report["questions"]] == ["held", "use", "privacy"]
    assert [each["verdict"] for each in report["questions"]] == [
        "every fact holds", "nothing was asked for", "no row of a table was read",
    ]  # fmt: skip
    assert report["facts"] == sorted(job["result"]["facts"], key=lambda fact: fact["holds"])
    (file,) = job["result"]["tables"][0]["files"]
    (reported,) = report["tables"][0]["files"]
    assert all(reported[name] == file[name] for name in ("format", "bytes", "sha256"))
    assert reported["path"] == "visits.csv"
    assert [each["stage"] for each in report["timeline"]] == [
        "load",
        "prepare",
        "generate",
        "report",
    ]
    settings = dict(report["provenance"]["settings"])
    assert settings["Job"] == job["id"] and "numpy" in settings["Versions"]


async def test_a_report_has_the_format_that_is_asked_for(client: httpx.AsyncClient) -> None:
    job = await made(client, kind="generate", schema=DECLARED)
    address = job["links"]["report"]
    by_name = await client.get(address, params={"format": "html"})
    by_header = await client.get(address, headers={"Accept": "text/html, application/json;q=0.1"})
    assert by_name.headers["content-type"].startswith("text/html")
    assert by_name.text.startswith("<!doctype html>") and "<script" not in by_name.text
    assert by_header.content == by_name.content
    card = await client.get(address, params={"format": "card"})
    assert 'filename="data-card.md"' in card.headers["content-disposition"]
    whatever = await client.get(address, headers={"Accept": "*/*"})
    assert whatever.headers["content-type"] == "application/json"
    unknown = await client.get(address, params={"format": "docx"})
    assert unknown.status_code == 422
    refused = await client.get(address, headers={"Accept": "image/png"})
    assert (refused.status_code, refused.json()["type"]) == (406, "/problems/not-acceptable")


async def test_a_report_that_is_made_again_has_the_same_bytes(open_service: Open) -> None:
    service, client = await open_service()
    job = await made(client, kind="generate", schema=DECLARED)
    address = job["links"]["report"]
    first = [(await client.get(address, params={"format": form})).content for form in FORMS]
    folder = service.context.files.folder(job["id"]).path
    named = ("report.*", "data-card.md", "croissant.json")
    kept = [path for pattern in named for path in folder.rglob(pattern)]
    assert len(kept) == len(FORMS)
    for path in kept:
        path.unlink()
    again = [(await client.get(address, params={"format": form})).content for form in FORMS]
    assert first == again
    assert first[2].startswith(b"%PDF") and first[3].startswith(b"---\npretty_name")
    described = json.loads(first[4])
    made_files = job["result"]["tables"][0]["files"]
    assert described["distribution"][0]["sha256"] == made_files[0]["sha256"]
    assert described["distribution"][0]["contentUrl"] == "visits.csv"
    assert described["datePublished"] == job["timeline"][-1]["finished_at"][:10]


async def test_a_service_without_the_extra_says_what_a_pdf_takes(
    open_service: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    _, client = await open_service()
    job = await made(client, kind="generate", schema=DECLARED)
    refused = await client.get(job["links"]["report"], params={"format": "pdf"})
    assert refused.status_code == 404
    assert "pip install 'tablesmith[pdf]'" in refused.json()["detail"]


async def test_a_job_that_has_not_finished_has_no_report_yet(open_service: Open) -> None:
    _, client = await open_service(runner=False)
    job = (await client.post("/v1/jobs", json={"kind": "generate", "schema": DECLARED})).json()
    early = await client.get(f"{job['links']['self']}/report")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/result-not-ready")
    nowhere = await client.get("/v1/jobs/none/report")
    assert nowhere.status_code == 404


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_kind_has_a_report_in_every_format(kind: JobKind) -> None:
    (reports,) = (each for each in kind.artifacts if each.name == REPORT)
    described = set(DESCRIPTIONS) if kind.name in ("generate", "synthesize") else set()
    assert set(reports.formats) == set(WRITERS) | described
    assert all(MEDIA_TYPES[name] == media for name, media in reports.formats.items())


async def test_a_training_and_what_it_draws_are_reported_on(open_service: Open) -> None:
    service, client = await open_service()
    source = await add_source(service, shops())
    training = await made(client, kind="train", source=source, seed=3)
    said = (await client.get(training["links"]["report"])).json()
    assert as_described(ModelReportBody, said)
    evaluation = training["result"]["details"]["description"]["evaluation"]
    values = {each["name"]: each["value"] for each in evaluation["figures"]}
    assert {each["name"]: each["value"] for each in said["figures"]} == values
    assert [each["question"] for each in said["questions"]] == ["likeness", "use", "privacy"]
    page = await client.get(training["links"]["report"], params={"format": "html"})
    either = {"Accept": "text/markdown, text/html;q=0.5"}
    assert (await client.get(training["links"]["report"], headers=either)).content == page.content
    assert "What was learned" in page.text and "<script" not in page.text
    learned = training["result"]["details"]["synthesizer"]
    drawn = await made(client, kind="synthesize", synthesizer=learned, n_samples=ROWS, seed=7)
    report = (await client.get(drawn["links"]["report"])).json()
    assert as_described(MadeReportBody, report)
    assert [each["question"] for each in report["questions"]] == [
        "held", "likeness", "use", "privacy",
    ]  # fmt: skip
    assert {each["name"]: each["value"] for each in report["figures"]} == values
    settings = dict(report["provenance"]["settings"])
    assert settings["Seed of the training"] == "3" and settings["Job"] == drawn["id"]
