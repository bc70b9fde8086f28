"""A kind of job is a plug-in: queue, API, deliveries and downloads know none by name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.kinds.registry import KINDS
from app.main import create_app
from app.service.service import Service
from app.settings import Settings
from tests.kinds.toy import Count

pytestmark = pytest.mark.anyio
WAIT = {"Prefer": "wait=60"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        data_dir=tmp_path / "data", local_sink_root=tmp_path / "out", workers=1, pages=False
    )
    service = Service(settings, kinds={**KINDS, "count": Count()})
    app = create_app(settings, service=service)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=90) as client,
    ):
        yield client


async def test_a_job_of_a_new_kind_goes_the_whole_way(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    sinks = [{"kind": "local", "folder": "letters"}]
    asked = {"kind": "count", "text": "aabaa", "sinks": sinks}
    job = (await client.post("/v1/jobs", json=asked, headers=WAIT)).json()
    assert (job["status"], job["kind"], job["name"], job["seed"]) == (
        "succeeded",
        "count",
        "letters",
        None,
    )
    assert [stage["stage"] for stage in job["timeline"]] == ["generate", "deliver"]
    assert (job["result"]["details"], job["result"]["facts"]) == ({"most": "a"}, [])
    data = await client.get(job["links"]["result"])
    assert data.text == "letter,times\na,4\nb,1\n"
    (delivered,) = (tmp_path / "out").rglob("letters.csv")
    assert delivered.read_text() == data.text


async def test_what_it_does_not_have_is_said(client: httpx.AsyncClient) -> None:
    asked = {"kind": "count", "text": "ab"}
    job = (await client.post("/v1/jobs", json=asked, headers=WAIT)).json()
    rules = await client.get(job["links"]["rules"])
    assert (rules.status_code, rules.json()["type"]) == (404, "/problems/no-rules")
    parquet = await client.get(job["links"]["result"], params={"format": "parquet"})
    assert (parquet.status_code, parquet.json()["type"]) == (422, "/problems/unfit-format")


async def test_requests_are_checked_by_their_kind(client: httpx.AsyncClient) -> None:
    wrong = await client.post("/v1/jobs", json={"kind": "count", "text": "a1"})
    assert wrong.status_code == 422
    assert [fault["path"] for fault in wrong.json()["errors"]] == ["text"]
    missing = await client.post("/v1/jobs", json={"kind": "count", "texts": "a"})
    assert sorted(fault["path"] for fault in missing.json()["errors"]) == ["text", "texts"]


async def test_lists_and_reruns_know_it(client: httpx.AsyncClient) -> None:
    asked = {"kind": "count", "text": "ab"}
    job = (await client.post("/v1/jobs", json=asked, headers=WAIT)).json()
    listed = (await client.get("/v1/jobs", params={"kind": "count"})).json()["items"]
    assert [each["id"] for each in listed] == [job["id"]]
    assert (await client.get("/v1/jobs", params={"kind": "generate"})).json()["items"] == []
    again = (await client.post(job["links"]["rerun"])).json()
    assert (again["kind"], again["name"], again["seed"]) == ("count", "letters", None)
    unknown = await client.get("/v1/jobs", params={"kind": "guess"})
    assert unknown.status_code == 422
