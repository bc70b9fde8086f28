"""Jobs of kind `synthesize`: a model file in, rows in every format out."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from tests.kinds.conftest import Open
from tests.kinds.ended import WAIT, ended
from tests.kinds.learning import ROWS, shop_model

pytestmark = pytest.mark.anyio
BYTES = {"Content-Type": "application/vnd.tablesmith.model"}


async def take_in(client: httpx.AsyncClient, name: str = "shops") -> dict[str, Any]:
    answer = await client.post(
        "/v1/synthesizers", params={"name": name}, content=shop_model(), headers=BYTES
    )
    assert answer.status_code == 201, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


async def synthesize(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    body = {"kind": "synthesize", **asked}
    answer = await client.post("/v1/jobs", json=body, headers=WAIT)
    job: dict[str, Any] = (await ended(client, answer)).json()
    assert job.get("status") == "succeeded", job
    return job


async def test_a_model_file_becomes_rows(client: httpx.AsyncClient) -> None:
    taken = await take_in(client)
    job = await synthesize(client, synthesizer=taken["id"], n_samples=1000, seed=7)
    assert (job["kind"], job["name"], job["seed"]) == ("synthesize", "shops", 7)
    assert [stage["stage"] for stage in job["timeline"]] == [
        "load",
        "prepare",
        "generate",
        "report",
    ]
    data = await client.get(job["links"]["result"])
    assert "shops.csv" in data.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(data.text)))
    assert len(rows) == 1000 and list(rows[0]) == ["shop", "open", "size", "day"]
    assert {row["shop"] for row in rows} == {f"{shop:03d}" for shop in range(5)}
    assert all((row["open"] == "yes") == (row["shop"] > "002") for row in rows)
    manifest = (await client.get(job["links"]["manifest"])).json()
    assert manifest["tables"][0]["rows"] == 1000


async def test_other_formats_have_types(client: httpx.AsyncClient) -> None:
    taken = await take_in(client)
    job = await synthesize(client, synthesizer=taken["id"], seed=7)
    assert job["result"]["tables"][0]["rows"] == ROWS
    later = await client.get(job["links"]["result"], params={"format": "parquet"})
    first = await synthesize(client, synthesizer=taken["id"], seed=7, formats=["parquet"])
    asked = await client.get(first["links"]["result"])
    for content in (later.content, asked.content):
        schema = pq.read_schema(io.BytesIO(content))
        assert str(schema.field("day").type) == "date32[day]"
    assert later.content == asked.content


async def test_the_same_seed_makes_the_same_bytes_with_any_workers(open_service: Open) -> None:
    seen = set()
    for workers in (1, 2):
        _, client = await open_service(workers=workers)
        taken = await take_in(client)
        job = await synthesize(client, synthesizer=taken["id"], n_samples=70_000, seed=7)
        seen.add(job["result"]["tables"][0]["files"][0]["sha256"])
    assert len(seen) == 1


async def test_rows_go_to_sinks_and_jobs_are_run_again(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    taken = await take_in(client)
    sinks = [{"kind": "local", "folder": "new"}]
    job = await synthesize(client, synthesizer=taken["id"], n_samples=20, sinks=sinks, name="new")
    (delivered,) = (tmp_path / "out").rglob("new.csv")
    assert delivered.read_bytes() == (await client.get(job["links"]["result"])).content
    again = (await client.post(job["links"]["rerun"], json={"seed": job["seed"]})).json()
    assert (again["kind"], again["seed"]) == ("synthesize", job["seed"])


async def test_what_cannot_be_drawn_is_refused(open_service: Open) -> None:
    _, client = await open_service(max_rows=5000)
    taken = await take_in(client)
    for asked, path in (
        ({"synthesizer": "syn_none"}, "synthesizer"),
        ({"synthesizer": taken["id"], "n_samples": 5001}, "n_samples"),
        ({"synthesizer": taken["id"], "formats": ["pdf"]}, "formats[0]"),
        ({"synthesizer": taken["id"], "wishes": []}, "wishes"),
        ({}, "synthesizer"),
    ):
        answer = await client.post("/v1/jobs", json={"kind": "synthesize", **asked})
        assert answer.status_code == 422, answer.text
        assert [fault["path"] for fault in answer.json()["errors"]] == [path]


async def test_a_queued_job_has_a_copy_of_its_model(open_service: Open) -> None:
    """The synthesizer may be deleted; what was admitted is carried out."""
    _, client = await open_service(runner=False)
    taken = await take_in(client)
    asked = {"kind": "synthesize", "synthesizer": taken["id"], "n_samples": 10}
    job = (await client.post("/v1/jobs", json=asked)).json()
    assert (await client.delete(taken["links"]["self"])).status_code == 204
    service, _ = await open_service()
    done = await service.of("default").jobs.wait(job["id"], 60)
    assert done.status == "succeeded", done
    again = await client.post(job["links"]["rerun"])
    assert (again.status_code, again.json()["type"]) == (404, "/problems/synthesizer-not-found")
