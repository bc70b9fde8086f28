"""What a training tells of a source is for whoever may see the source's values."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.accounts.conftest import House
from tests.api.sources.conftest import read, upload

pytestmark = pytest.mark.anyio

TAKEN_IN: dict[str, Any] = {"tables": {"customers": {"columns": {"email": "learn"}}}}
LESS: dict[str, Any] = {"tables": {"customers": {}}, "privacy": {"k": 2}}
USUAL: dict[str, Any] = {"tables": {"customers": {"columns": {"email": "drop"}}}}


async def _ready(client: httpx.AsyncClient) -> str:
    found = await read(client, (await upload(client)).json()["id"])
    assert found["status"] == "ready", found
    return str(found["id"])


async def _train(client: httpx.AsyncClient, source: str, **rest: Any) -> httpx.Response:
    return await client.post("/v1/jobs", json={"kind": "train", "source": source, **rest})


def _refused(answer: httpx.Response, why: str) -> None:
    assert answer.status_code == 403, answer.text
    problem = answer.json()
    assert problem["type"] == "/problems/insufficient-scope"
    assert "scope source" in problem["detail"] and why in problem["detail"]
    assert 'scope="source"' in answer.headers["WWW-Authenticate"]


async def test_less_protection_than_suggested_wants_the_scope_of_the_source(house: House) -> None:
    writer, reader = await house.enter("acme", "write"), await house.enter("acme", "source")
    source = await _ready(writer)
    _refused(await _train(writer, source, definition=TAKEN_IN), "'email' is learned")
    _refused(await _train(writer, source, definition=LESS), "`k` is 2")
    assert (await writer.get("/v1/jobs")).json()["items"] == []
    for definition in (None, USUAL, {**LESS, "privacy": {"k": 5}, **USUAL}):
        assert (await _train(writer, source, definition=definition)).status_code == 202
    for definition in (TAKEN_IN, LESS):
        assert (await _train(reader, source, definition=definition)).status_code == 202


async def test_a_stored_definition_wants_it_as_well(house: House) -> None:
    writer, reader = await house.enter("acme", "write"), await house.enter("acme", "source")
    source = await _ready(writer)
    address = f"/v1/sources/{source}/definition"
    _refused(await writer.put(address, json=TAKEN_IN), "'email' is learned")
    assert (await writer.put(address, json=USUAL)).status_code == 201
    assert (await reader.put(address, json=LESS)).status_code == 200
    _refused(await _train(writer, source), "`k` is 2")
    assert (await _train(reader, source)).status_code == 202


async def test_running_such_a_training_again_wants_it_too(house: House) -> None:
    writer, reader = await house.enter("acme", "write"), await house.enter("acme", "source")
    job = (await _train(reader, await _ready(writer), definition=TAKEN_IN)).json()
    _refused(await writer.post(job["links"]["rerun"]), "'email' is learned")
    assert (await reader.post(job["links"]["rerun"])).status_code == 202


@pytest.mark.parametrize("key", ["given", "impute"])
async def test_rows_that_come_out_as_they_are_want_it(key: str, house: House) -> None:
    writer, reader = await house.enter("acme", "write"), await house.enter("acme", "source")
    source = await _ready(writer)
    body = {"kind": "synthesize", "source": source, key: source}
    refused = await writer.post("/v1/jobs", json=body)
    _refused(refused, f"rows of the source that `{key}` names")
    accepted = await reader.post("/v1/jobs", json=body)
    assert accepted.status_code == 202, accepted.text


async def test_figures_about_its_rows_want_it(house: House) -> None:
    writer, reader = await house.enter("acme", "write"), await house.enter("acme", "source")
    stranger = await house.enter("other", "source")
    source = await _ready(writer)
    body = {"kind": "evaluate", "real": source, "synthetic": source}
    _refused(await writer.post("/v1/jobs", json=body), "figures about the rows of the source")
    accepted = await reader.post("/v1/jobs", json=body)
    assert accepted.status_code == 202, accepted.text
    own = await _ready(stranger)
    foreign = await stranger.post("/v1/jobs", json={**body, "real": own})
    assert foreign.status_code == 422
    of_job = {**body, "real": own, "synthetic": accepted.json()["id"]}
    assert (await stranger.post("/v1/jobs", json=of_job)).status_code == 422


async def test_each_evaluation_is_counted_and_recorded(house: House) -> None:
    reader, admin = await house.enter("acme", "source"), await house.enter("acme")
    real, held = await _ready(reader), await _ready(reader)
    untouched = (await reader.get(f"/v1/sources/{real}")).json()
    assert (untouched["evaluations"], untouched["evaluated_at"]) == (0, None)
    body = {"kind": "evaluate", "real": real, "synthetic": real}
    job = (await _evaluated(reader, {**body, "holdout": held}, "once")).json()
    await _evaluated(reader, {**body, "holdout": held}, "once")  # the same job
    assert (await reader.post(job["links"]["rerun"])).status_code == 202
    await _evaluated(reader, body, "twice")
    assert (await reader.delete(job["links"]["self"])).status_code == 204
    found = [(await reader.get(f"/v1/sources/{each}")).json() for each in (real, held)]
    assert [each["evaluations"] for each in found] == [3, 2]
    assert found[0]["evaluated_at"] > found[1]["evaluated_at"] > untouched["created_at"]
    entries = (await admin.get("/v1/audit")).json()["items"]
    recorded = [each for each in entries if each["action"] == "evaluate_source"]
    assert [each["resource"] for each in recorded].count(f"/v1/sources/{real}") == 3
    assert [each["resource"] for each in recorded].count(f"/v1/sources/{held}") == 2
    assert all(each["key_name"] and each["status"] == 202 for each in recorded)


async def test_one_that_is_refused_is_not_counted(house: House) -> None:
    writer, reader = await house.enter("acme", "write"), await house.enter("acme", "source")
    source = await _ready(writer)
    body = {"kind": "evaluate", "real": source, "synthetic": source}
    assert (await writer.post("/v1/jobs", json=body)).status_code == 403
    assert (await reader.post("/v1/jobs", json={**body, "target": "?"})).status_code == 422
    assert (await reader.get(f"/v1/sources/{source}")).json()["evaluations"] == 0


async def _evaluated(client: httpx.AsyncClient, body: dict[str, Any], key: str) -> httpx.Response:
    answer = await client.post("/v1/jobs", json=body, headers={"Idempotency-Key": key})
    assert answer.status_code == 202, answer.text
    return answer
