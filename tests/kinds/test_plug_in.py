"""A kind of job is a plug-in: queue, API, deliveries and downloads know none by name."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.kinds.toy import KIND, LETTERS, MODEL

pytestmark = pytest.mark.anyio
WAIT = {"Prefer": "wait=60"}


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
    assert [stage["stage"] for stage in job["timeline"]] == [
        "train",
        "generate",
        "report",
        "deliver",
    ]
    assert (job["result"]["details"], job["result"]["facts"]) == ({"most": "a", "resumed": 0}, [])
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


async def test_only_kinds_that_have_reports_lead_to_one(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"kind": "count", "text": "ab"}
    job = (await client.post("/v1/jobs", json=asked, headers=WAIT)).json()
    monkeypatch.setattr(KIND.__class__, "artifacts", (LETTERS, MODEL))
    again = (await client.get(job["links"]["self"])).json()
    assert set(job["links"]) - set(again["links"]) == {"report"}


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
