"""Definitions over HTTP that name a synthesizer: checked, tried out, stored, made, made again."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from tests.kinds.conftest import Open
from tests.kinds.ended import WAIT, ended
from tests.kinds.learning import shop_model

pytestmark = pytest.mark.anyio
YAML = {"Content-Type": "application/yaml"}


async def take_in(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post(
        "/v1/synthesizers",
        params={"name": "shops"},
        content=shop_model(),
        headers={"Content-Type": "application/vnd.tablesmith.model"},
    )
    assert answer.status_code == 201, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


def definition(synthesizer: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "visits",
        "from": synthesizer,
        "n_samples": 400,
        "seed": 7,
        "features": {"fee": {"type": "float", "min": 0, "max": 5, "decimals": 2}},
        "constraints": ["fee <= size"],
        "target": {"open": {"cats": {"yes": 0.3}, "positive": "yes", "auc": 0.8}},
        **more,
    }


async def made(client: httpx.AsyncClient, body: Any, **headers: str) -> dict[str, Any]:
    answer = await client.post("/v1/jobs", json=body, headers={**WAIT, **headers})
    job: dict[str, Any] = (await ended(client, answer)).json()
    assert job.get("status") == "succeeded", job
    return job


async def test_a_definition_is_made_of_what_a_synthesizer_draws(open_service: Open) -> None:
    service, client = await open_service()
    taken = await take_in(client)
    job = await made(client, definition(taken["id"]))
    assert all(fact["holds"] for fact in job["result"]["facts"])
    rows = list(csv.DictReader(io.StringIO((await client.get(job["links"]["result"])).text)))
    assert list(rows[0]) == ["shop", "size", "day", "fee", "open"]
    assert sum(row["open"] == "yes" for row in rows) == 120
    assert {row["shop"] for row in rows} == {f"{shop:03d}" for shop in range(5)}
    assert all(float(row["fee"]) <= float(row["size"]) for row in rows)
    manifest = (await client.get(job["links"]["manifest"])).json()
    assert manifest["definition"]["from"] == {"model": taken["id"], "sha256": taken["sha256"]}
    again = (await client.post(job["links"]["rerun"], json={"seed": 7})).json()
    done = await service.of("default").jobs.wait(again["id"], 60)
    assert done.status == "succeeded", done
    again = (await client.get(again["links"]["self"])).json()
    contents = [(await client.get(each["links"]["result"])).content for each in (job, again)]
    assert contents[0] == contents[1]


async def test_every_way_to_look_at_a_definition_knows_the_model(
    client: httpx.AsyncClient,
) -> None:
    taken = await take_in(client)
    document = definition(taken["id"])
    text = f"from: {taken['id']}\nfeatures:\n  size: {{max: 10}}\n"
    checked = await client.post("/v1/schemas/validate", json=document)
    assert {"table": "visits", "name": "shop", "type": "category"} in checked.json()["columns"]
    explained = (await client.post("/v1/schemas/compile", json=document)).json()
    assert explained["expected"]["auc"] == pytest.approx(0.8, abs=0.005)
    shown = await client.post(
        "/v1/schemas/preview", content=text, headers=YAML, params={"summary": True, "plots": True}
    )
    assert max(row["size"] for row in next(iter(shown.json()["tables"].values()))) <= 10
    stored = await client.post("/v1/schemas", json=document)
    assert stored.status_code == 201, stored.text
    job = await made(client, {"kind": "generate", "schema_name": "visits", "n_samples": 50})
    assert job["result"]["tables"][0]["rows"] == 50
    by_text = await client.post("/v1/jobs", content=text, headers={**YAML, **WAIT})
    assert by_text.json()["status"] == "succeeded", by_text.text


async def test_models_of_nobody_of_others_and_of_the_disk_are_not_there(open_service: Open) -> None:
    service, client = await open_service()
    taken = await take_in(client)
    other = service.of("other")
    for reference in ("syn_none", "/etc/passwd", "../shops.tsm"):
        answer = await client.post("/v1/jobs", json=definition(reference))
        assert answer.status_code == 422, answer.text
        (fault,) = answer.json()["errors"]
        assert fault["path"] == "from" and "there is no synthesizer" in fault["message"]
    with pytest.raises(Exception, match="there is no synthesizer"):
        await other.request_workers.validate(definition(taken["id"]))
    pinned = definition(taken["id"]) | {"from": {"model": taken["id"], "sha256": "0" * 64}}
    refused = await client.post("/v1/jobs", json=pinned)
    assert refused.json()["errors"][0]["path"] == "from.sha256"


async def test_a_queued_job_has_a_copy_of_its_model(open_service: Open) -> None:
    """The synthesizer may be deleted; what was admitted is carried out."""
    _, client = await open_service(runner=False)
    taken = await take_in(client)
    job = (await client.post("/v1/jobs", json=definition(taken["id"]))).json()
    assert (await client.delete(taken["links"]["self"])).status_code == 204
    service, _ = await open_service()
    done = await service.of("default").jobs.wait(job["id"], 60)
    assert done.status == "succeeded", done
    again = await client.post(job["links"]["rerun"])
    assert again.status_code == 422, again.text


async def test_the_same_seed_makes_the_same_bytes_with_any_workers(open_service: Open) -> None:
    seen = set()
    for workers in (1, 2):
        _, client = await open_service(workers=workers)
        taken = await take_in(client)
        job = await made(client, definition(taken["id"], n_samples=70_000))
        assert all(fact["holds"] for fact in job["result"]["facts"])
        seen.add(job["result"]["tables"][0]["files"][0]["sha256"])
    assert len(seen) == 1
