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
