"""What is to be learned from a source: suggested, stored in versions, refused with every fault."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.accounts.conftest import House
from tests.api.sources.conftest import read, upload
from tests.conftest import each_database

__all__ = ["each_database"]

pytestmark = pytest.mark.anyio


async def _ready(client: httpx.AsyncClient) -> str:
    found: dict[str, Any] = await read(client, (await upload(client)).json()["id"])
    assert found["status"] == "ready"
    return str(found["id"])


async def test_what_is_learned_is_suggested_until_it_is_stored(house: House) -> None:
    client = await house.enter("acme")
    address = f"/v1/sources/{await _ready(client)}/definition"
    suggested = await client.get(address)
    assert suggested.status_code == 200
    document = suggested.json()
    columns = document["tables"]["customers"]["columns"]
    assert columns["id"] == {"treatment": "new"}
    assert columns["email"]["treatment"] == "fake"
    as_yaml = await client.get(address, headers={"Accept": "application/yaml"})
    assert as_yaml.headers["Content-Type"] == "application/yaml"
    assert as_yaml.text.startswith("source: src_")

    put = await client.put(
        address,
        content=as_yaml.text.replace("k: 5", "k: 7"),
        headers={"Content-Type": "application/yaml", "If-Match": suggested.headers["ETag"]},
    )
    assert put.status_code == 201
    assert (put.json()["version"], put.json()["warnings"]) == (1, [])
    latest = await client.get(address)
    assert latest.json()["privacy"]["k"] == 7
    assert latest.headers["ETag"] == put.headers["ETag"]
    unchanged = await client.get(address, headers={"If-None-Match": put.headers["ETag"]})
    assert unchanged.status_code == 304
    assert (await client.get(f"{address}?version=0")).json() == document
    assert (await client.get(f"{address}?version=9")).status_code == 404


async def test_a_change_names_the_version_that_it_is_of(house: House) -> None:
    client = await house.enter("acme")
    address = f"/v1/sources/{await _ready(client)}/definition"

    def document(k: int) -> dict[str, Any]:
        return {"tables": {"customers": {}}, "privacy": {"k": k}}

    first = await client.put(address, json=document(3), headers={"If-None-Match": "*"})
    assert first.status_code == 201
    again = await client.put(address, json=document(3))
    assert (again.status_code, again.json()["version"]) == (200, 1)
    late = await client.put(address, json=document(4), headers={"If-None-Match": "*"})
    assert late.status_code == 412
    second = await client.put(address, json=document(4), headers={"If-Match": '"1-0"'})
    assert second.status_code == 412
    assert second.headers["ETag"] == first.headers["ETag"]
    third = await client.put(address, json=document(4), headers={"If-Match": first.headers["ETag"]})
    assert (third.status_code, third.json()["version"]) == (200, 2)


async def test_every_fault_of_a_definition_is_told_at_once(house: House) -> None:
    client = await house.enter("acme")
    address = f"/v1/sources/{await _ready(client)}/definition"
    text = (
        "source: src_other\ntables:\n  customers:\n    columns:\n      nme: learn\n"
        "      age: {treatment: learnt}\n  people: {}\nsynthesizer: {name: magic}\n"
    )
    answer = await client.put(address, content=text, headers={"Content-Type": "application/yaml"})
    problem = answer.json()
    assert answer.status_code == 422
    assert problem["type"] == "/problems/invalid-definition"
    assert [(each["path"], each["line"]) for each in problem["errors"]] == [
        ("tables.customers.columns.nme", 5),
        ("tables.customers.columns.age.treatment", 6),
        ("tables.people", 7),
        ("synthesizer.name", 8),
    ]
    other = await client.put(address, json={"source": "src_other", "tables": {"customers": {}}})
    assert [each["path"] for each in other.json()["errors"]] == ["source"]


async def test_sensitive_columns_that_are_taken_in_are_recorded(house: House) -> None:
    client = await house.enter("acme")
    address = f"/v1/sources/{await _ready(client)}/definition"
    document = {"tables": {"customers": {"columns": {"email": "learn"}}}}
    answer = await client.put(address, json=document)
    assert answer.status_code == 201
    assert answer.json()["choices"] == [
        {"table": "customers", "column": "email", "kind": "email", "treatment": "learn"}
    ]
