"""Uploads that are sent again, that come at the same time, and what is left of a source."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.api.accounts.conftest import House, OpenHouse
from tests.api.sources.conftest import CUSTOMERS, files, read, upload
from tests.conftest import each_database
from tests.kinds.learning import shop_model

__all__ = ["each_database"]

pytestmark = pytest.mark.anyio


async def _keyed(
    client: httpx.AsyncClient, key: str, content: str, name: str = "t.csv"
) -> httpx.Response:
    headers = {"Content-Type": "text/csv", "Idempotency-Key": key}
    return await client.post("/v1/sources", params={"name": name}, content=content, headers=headers)


async def test_the_same_key_and_upload_make_one_source(house: House) -> None:
    acme, rival = await house.enter("acme"), await house.enter("rival")
    first = await _keyed(acme, "k1", CUSTOMERS)
    again = await _keyed(acme, "k1", CUSTOMERS)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert first.headers["Location"] == again.headers["Location"]
    for content, name in ((CUSTOMERS + "9,a,b,c,1\n", "t.csv"), (CUSTOMERS, "other.csv")):
        other = await _keyed(acme, "k1", content, name)
        assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")
    assert (await _keyed(acme, "k2", CUSTOMERS)).json()["id"] != first.json()["id"]
    assert (await _keyed(rival, "k1", CUSTOMERS + "7,a,b,c,1\n")).status_code == 202
    assert len(files(house)) == 3
    await acme.delete(f"/v1/sources/{first.json()['id']}")
    anew = await _keyed(acme, "k1", CUSTOMERS)
    assert anew.status_code == 202 and anew.json()["id"] != first.json()["id"]


async def test_uploads_of_one_key_at_the_same_time_make_one_source(house: House) -> None:
    acme = await house.enter("acme")
    answers = await asyncio.gather(*(_keyed(acme, "k", CUSTOMERS) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(files(house)) == 1


async def test_the_same_key_and_model_make_one_synthesizer(house: House) -> None:
    acme = await house.enter("acme")

    async def post(name: str) -> httpx.Response:
        headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": "k"}
        return await acme.post(
            "/v1/synthesizers", params={"name": name}, content=shop_model(), headers=headers
        )

    answers = [*(await asyncio.gather(post("a"), post("a"))), await post("a")]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await post("b")).status_code == 409
    folder = house.settings.data_dir / "synthesizers"
    assert len(list(folder.iterdir())) == 1


async def test_uploads_under_way_count_for_the_quota(open_house: OpenHouse) -> None:
    house = await open_house(runner=False, quota_source_bytes=10_000, quota_sources=3)
    acme, rival = await house.enter("acme"), await house.enter("rival")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"a,b\n" + b"1,2\n" * 1_500
        begun.set()
        await go_on.wait()
        yield b"3,4\n"

    first = asyncio.create_task(upload(acme, slow()))  # type: ignore[arg-type]
    await asyncio.wait_for(begun.wait(), 20)
    refused = await upload(acme, "a,b\n" + "1,2\n" * 1_500)
    assert refused.status_code == 429
    assert "bytes of sources" in refused.json()["detail"]
    assert (await upload(rival, "a,b\n" + "1,2\n" * 1_500)).status_code == 202
    assert (await upload(acme, "a,b\n" + "1,2\n" * 100)).status_code == 202
    go_on.set()
    assert (await first).status_code == 202
    assert (await upload(acme, "a,b\n" + "1,2\n" * 1_500)).status_code == 429
    assert (await upload(acme, "a,b\n1,2\n")).status_code == 202
    assert len(files(house)) == 4


async def test_deleting_says_what_was_derived(house: House) -> None:
    client = await house.enter("acme", "source")
    source = (await read(client, (await upload(client)).json()["id"]))["id"]
    nothing = (await client.delete(f"/v1/sources/{(await upload(client)).json()['id']}")).json()
    assert nothing["derived"] == {"synthesizers": [], "jobs": [], "more": 0}
    job = (await client.post("/v1/jobs", json={"kind": "train", "source": source})).json()
    gone = await client.delete(f"/v1/sources/{source}")
    assert gone.status_code == 200
    assert gone.json() == {
        "id": source,
        "derived": {
            "synthesizers": [],
            "jobs": [
                {"id": job["id"], "name": "customers.csv", "kind": "train", "status": "queued",
                 "href": f"/v1/jobs/{job['id']}"},
            ],
            "more": 0,
        },
    }  # fmt: skip
    assert (await client.get(f"/v1/jobs/{job['id']}")).status_code == 200


async def test_a_large_profile_is_parsed_in_no_event_loop(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await house.enter("acme", "source")
    names = [f"column_{place}" for place in range(400)]
    lines = [",".join(str((row * place) % 97) for place in range(400)) for row in range(60)]
    handled: list[int] = []
    loads, dumps = json.loads, json.dumps

    def counted(text: Any, **rest: Any) -> Any:
        handled.append(len(text))
        return loads(text, **rest)

    def written(value: Any, **rest: Any) -> str:
        text = dumps(value, **rest)
        handled.append(len(text))
        return text

    monkeypatch.setattr(json, "loads", counted)
    monkeypatch.setattr(json, "dumps", written)
    sent = await upload(client, "\n".join([",".join(names), *lines]) + "\n", "wide.csv")
    address = f"/v1/sources/{json.JSONDecoder().decode(sent.text)['id']}"
    async with asyncio.timeout(60):
        # Nobody tells when a source is read.
        while len((await client.get(address)).content) < 1_000:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    found = await client.get(address)
    assert found.status_code == 200 and len(found.content) > 100_000
    definition = {"tables": {"wide": {"columns": {"column_3": "drop"}}}}
    assert (await client.put(f"{address}/definition", json=definition)).status_code == 201
    assert (await client.get(f"{address}/rows", params={"limit": 1})).status_code == 200
    asked = {"kind": "train", "source": address.rpartition("/")[2]}
    assert (await client.post("/v1/jobs", json=asked)).status_code == 202
    assert max(handled) < 100_000
