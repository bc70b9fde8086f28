"""Sources over HTTP, on every database that the service runs on."""

from __future__ import annotations

import pytest

from tests.api.accounts.conftest import House, OpenHouse
from tests.api.sources.conftest import CUSTOMERS, files, read, upload
from tests.conftest import each_database

__all__ = ["each_database"]

pytestmark = pytest.mark.anyio


async def test_an_upload_is_read_and_its_profile_told(house: House) -> None:
    client = await house.enter("acme", "source")
    answer = await upload(client)
    made = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/sources/{made['id']}" == made["links"]["self"]
    assert (made["status"], made["bytes"], made["error"]) == ("reading", len(CUSTOMERS), None)
    found = await read(client, made["id"])
    assert found["status"] == "ready"
    assert found["keys"]["primary"][0] == {"table": "customers", "columns": ["id"]}
    sensitive = {each["column"]: each["kind"] for each in found["sensitive"]}
    assert sensitive == {"email": "email"}
    (table,) = found["profile"]["tables"]
    assert (table["name"], table["rows"]) == ("customers", 120)
    assert [each["name"] for each in table["columns"]] == ["id", "name", "email", "city", "age"]
    city = table["columns"][3]
    assert found["values"]
    assert {each["value"]: each["rows"] for each in city["top"]} == {"Rome": 80, "Bern": 40}


async def test_another_tenant_finds_nothing(house: House) -> None:
    client, other = await house.enter("acme"), await house.enter("rival")
    source = (await upload(client)).json()["id"]
    await read(client, source)
    for method, path in (
        ("GET", ""),
        ("GET", "/rows"),
        ("GET", "/definition"),
        ("PUT", "/definition"),
        ("DELETE", ""),
    ):
        body = {"json": {"tables": {"customers": {}}}} if method == "PUT" else {}
        answer = await other.request(method, f"/v1/sources/{source}{path}", **body)
        assert answer.status_code == 404, (method, path)
        assert answer.json()["type"] == "/problems/source-not-found"
    assert (await other.get("/v1/sources")).json()["items"] == []
    assert (await client.get(f"/v1/sources/{source}")).status_code == 200


async def test_deleting_removes_the_files_at_once(house: House) -> None:
    client = await house.enter("acme")
    kept, gone = [(await upload(client)).json()["id"] for _ in range(2)]
    await read(client, kept)
    answer = await client.delete(f"/v1/sources/{gone}")
    assert (answer.status_code, answer.json()["id"]) == (200, gone)
    assert {each.parent.name for each in files(house)} == {kept}
    assert (await client.get(f"/v1/sources/{gone}")).status_code == 404
    assert (await client.delete(f"/v1/sources/{gone}")).status_code == 404
    assert [row[0] for row in await house.rows("SELECT id FROM sources")] == [kept]


async def test_a_tenant_has_so_many_sources_and_bytes(open_house: OpenHouse) -> None:
    house = await open_house(runner=False, quota_sources=2, quota_source_bytes=9_000)
    acme, rival = await house.enter("acme"), await house.enter("rival")
    first = (await upload(acme)).json()["id"]
    assert (await upload(acme, CUSTOMERS + "9,x,y,z,1\n" * 600)).status_code == 429
    assert (await upload(acme, "a,b\n1,2\n")).status_code == 202
    refused = await upload(acme, "a,b\n1,2\n")
    assert refused.status_code == 429
    assert "2 of 2 sources" in refused.json()["detail"]
    assert len(files(house)) == 2
    assert (await upload(rival)).status_code == 202
    await acme.delete(f"/v1/sources/{first}")
    assert (await upload(acme)).status_code == 202


async def test_sources_are_listed_newest_first_by_pages(house: House) -> None:
    client = await house.enter("acme")
    made = [(await upload(client, "a,b\n1,2\n", f"n{at}.csv")).json()["id"] for at in range(3)]
    first = await client.get("/v1/sources?limit=2")
    page = first.json()
    assert [each["id"] for each in page["items"]] == made[:0:-1]
    assert "profile" not in page["items"][0]
    assert 'rel="next"' in first.headers["Link"]
    rest = await client.get("/v1/sources", params={"cursor": page["next_cursor"]})
    assert [each["id"] for each in rest.json()["items"]] == made[:1]
