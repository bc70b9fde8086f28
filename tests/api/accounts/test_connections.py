"""Credentials: stored, used for deliveries, never told, gone when they should be."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from app.sinks.base import TerminalSinkError
from tests.api.accounts.conftest import DOCUMENT, House, OpenHouse, SafeCredentials

pytestmark = pytest.mark.anyio

GIVEN = {"user": "u", "password": "hunter2-hunter2"}
LAKE = {"name": "lake", "kind": "safe", "credentials": GIVEN}
WAIT = {"Prefer": "wait=30"}


def _request(**sink: Any) -> dict[str, Any]:
    return {"schema": DOCUMENT, "sinks": [{"kind": "safe", **sink}]}


async def _rows(house: House, table: str) -> int:
    ((count,),) = await house.rows(f"SELECT count(*) FROM {table}")
    return int(count)


async def test_a_connection_is_stored_told_without_secrets_and_removed(house: House) -> None:
    async with await house.enter("acme") as client:
        made = await client.post("/v1/connections", json=LAKE)
        assert (made.status_code, made.headers["location"]) == (201, "/v1/connections/lake")
        told = (await client.get("/v1/connections/lake")).json()
        assert told == made.json()
        assert (told["kind"], told["fields"]) == ("safe", ["password", "user"])
        assert (await client.post("/v1/connections", json=LAKE)).status_code == 409
        other = {"kind": "safe", "credentials": {**GIVEN, "token": "t" * 20}}
        replaced = await client.put("/v1/connections/lake", json=other)
        assert (replaced.status_code, replaced.json()["fields"]) == (
            200,
            ["password", "token", "user"],
        )
        assert replaced.json()["created_at"] == told["created_at"]
        assert (await client.put("/v1/connections/new", json=other)).status_code == 201
        names = [item["name"] for item in (await client.get("/v1/connections")).json()["items"]]
        assert names == ["lake", "new"]
        assert (await client.delete("/v1/connections/lake")).status_code == 204
        assert (await client.delete("/v1/connections/lake")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"kind": "fax"}, "kind"),
        ({"credentials": {"user": "u"}}, "credentials.password"),
        ({"credentials": {**GIVEN, "password": 5}}, "credentials.password"),
        ({"credentials": {**GIVEN, "colour": "red"}}, "credentials.colour"),
        ({"target": {"colour": "red"}}, "target.colour"),
        ({"target": {"connection": "lake"}}, "target.connection"),
        ({"name": "a/b"}, "name"),
        ({"name": ""}, "name"),
        ({"credentials": "all"}, "credentials"),
    ],
)
async def test_faults_are_told_with_their_place(
    house: House, changes: dict[str, Any], path: str
) -> None:
    async with await house.enter("acme") as client:
        answer = await client.post("/v1/connections", json={**LAKE, **changes})
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == [path]


async def test_a_delivery_uses_the_connection_that_its_target_names(open_house: OpenHouse) -> None:
    house = await open_house()
    async with await house.enter("acme") as client:
        await client.post("/v1/connections", json={**LAKE, "target": {"host": "lake.example"}})
        job = (await client.post("/v1/jobs", json=_request(connection="lake"), headers=WAIT)).json()
        assert [entry["status"] for entry in job["deliveries"]] == ["delivered"], job
        again = (await client.post(f"/v1/jobs/{job['id']}/rerun", headers=WAIT)).json()
        assert again["status"] == "queued"
    (target, credentials), *_ = house.sink.opened
    assert target["host"] == "lake.example"
    assert credentials == SafeCredentials(user="u", password=SecretStr("hunter2-hunter2"))


async def test_a_connection_cannot_be_sent_elsewhere_than_it_says(open_house: OpenHouse) -> None:
    house = await open_house(runner=False)
    async with await house.enter("acme") as client:
        await client.post("/v1/connections", json={**LAKE, "target": {"host": "lake.example"}})
        elsewhere = _request(connection="lake", host="mine.example")
        refused = await client.post("/v1/jobs", json=elsewhere)
        assert refused.status_code == 422
        assert [fault["path"] for fault in refused.json()["errors"]] == ["sinks[0].host"]
        job = (await client.post("/v1/jobs", json=_request(connection="lake"))).json()
        moved = {"kind": "safe", "credentials": GIVEN, "target": {"host": "other.example"}}
        await client.put("/v1/connections/lake", json=moved)
        credential_store = house.service._credential_store
        target = (await house.service.of("acme").jobs.get(job["id"])).deliveries[0].target
        with pytest.raises(TerminalSinkError, match="for something else now"):
            await credential_store.credentials_of(job["id"], 0, "acme", target)
        await client.delete("/v1/connections/lake")
        with pytest.raises(TerminalSinkError, match="any more"):
            await credential_store.credentials_of(job["id"], 0, "acme", target)


async def test_credentials_of_a_request_live_until_its_job_ends(open_house: OpenHouse) -> None:
    house = await open_house()
    async with await house.enter("acme") as client:
        answer = await client.post("/v1/jobs", json=_request(credentials=GIVEN), headers=WAIT)
        job = answer.json()
        assert job["status"] == "succeeded", job
        assert house.sink.opened[0][1] == SafeCredentials(
            user="u", password=SecretStr("hunter2-hunter2")
        )
        assert await _rows(house, "job_credentials") == 0
        rerun = await client.post(f"/v1/jobs/{job['id']}/rerun")
        assert rerun.status_code == 409
        assert rerun.json()["type"] == "/problems/credentials-gone"
        assert [fault["path"] for fault in rerun.json()["errors"]] == ["sinks[0].credentials"]


@pytest.mark.parametrize("how", ["cancel", "delete", "fail"])
async def test_credentials_go_however_the_job_ends(open_house: OpenHouse, how: str) -> None:
    house = await open_house(runner=how == "fail")
    house.sink.failure = TerminalSinkError("no room in the safe")
    async with await house.enter("acme") as client:
        headers = WAIT if how == "fail" else {}
        answer = await client.post("/v1/jobs", json=_request(credentials=GIVEN), headers=headers)
        job = answer.json()
        if how == "fail":
            await client.get(job["links"]["events"])  # which end with the job
            assert (await client.get(job["links"]["self"])).json()["status"] == "failed"
            retry = await client.post(f"/v1/jobs/{job['id']}/deliveries/0/retry")
            assert retry.json()["type"] == "/problems/credentials-gone"
        else:
            assert await _rows(house, "job_credentials") == 1
            address = f"/v1/jobs/{job['id']}"
            if how == "cancel":
                assert (await client.post(f"{address}/cancel")).status_code == 202
            else:
                assert (await client.delete(address)).status_code == 204
    assert await _rows(house, "job_credentials") == 0


@pytest.mark.parametrize(
    ("sink", "path"),
    [
        ({}, "sinks[0].connection"),
        ({"connection": "nowhere"}, "sinks[0].connection"),
        ({"connection": "lake", "credentials": GIVEN}, "sinks[0].connection"),
        ({"credentials": {"user": "u"}}, "sinks[0].credentials.password"),
        ({"credentials": "all"}, "sinks[0].credentials"),
        ({"credentials": []}, "sinks[0].credentials"),
    ],
)
async def test_credentials_at_fault_are_told_before_a_job_is_made(
    house: House, sink: dict[str, Any], path: str
) -> None:
    async with await house.enter("acme") as client:
        await client.post("/v1/connections", json=LAKE)
        answer = await client.post("/v1/jobs", json=_request(**sink))
    assert answer.status_code == 422, answer.text
    assert path in [fault["path"] for fault in answer.json()["errors"]]
    assert await _rows(house, "jobs") == 0


async def test_what_was_sealed_for_one_place_opens_nowhere_else(house: House) -> None:
    credential_store = house.service._credential_store
    sealed = credential_store.seal("safe", GIVEN, "acme", "lake")
    opened = credential_store.open(sealed, "safe", "acme", "lake")
    assert opened == SafeCredentials(user="u", password=SecretStr("hunter2-hunter2"))
    for place in (("other", "lake"), ("acme", "sea"), ("acme",)):
        with pytest.raises(TerminalSinkError, match="belong to something else"):
            credential_store.open(sealed, "safe", *place)


async def test_kinds_of_sinks_tell_what_they_want(house: House) -> None:
    async with await house.enter("acme", "read") as client:
        (sink,) = (await client.get("/v1/sinks")).json()["items"]
    assert sink["kind"] == "safe"
    assert sink["credentials"]["properties"]["password"]["writeOnly"] is True
    assert "folder" in sink["target"]["properties"]
