"""What learning a source would take: told for any definition, to whoever may read."""

from __future__ import annotations

import pytest

from tests.api.accounts.conftest import House
from tests.api.sources.conftest import SECRET, read, upload

pytestmark = pytest.mark.anyio


async def test_learning_is_estimated_before_it_is_asked_for(house: House) -> None:
    client = await house.enter("acme")
    source = (await read(client, (await upload(client)).json()["id"]))["id"]
    address = f"/v1/sources/{source}/estimate"
    suggested = (await client.post(address)).json()
    treated = (await client.get(f"/v1/sources/{source}/definition")).json()["tables"]["customers"]
    made = [each for each in treated["columns"].values() if each["treatment"] in {"new", "fake"}]
    assert suggested["rows"] == 120 and suggested["columns"] == 5 - len(made)
    assert suggested["seconds"] > 0 and suggested["memory"] > 0
    asked = {"definition": {"tables": {"customers": {"columns": {"age": "drop"}}}}}
    found = await client.post(address, json=asked)
    assert found.status_code == 200
    assert found.json()["columns"] == 4
    assert [each for each in found.json()["weak"] if "`name`" in each]
    assert {each["path"] for each in found.json()["warnings"]} >= {
        "definition.tables.customers.columns"
    }
    assert SECRET not in found.text
    asked["definition"]["privacy"] = {"value_protection": False}  # type: ignore[assignment]
    found = await client.post(address, json=asked)
    assert any("not protected" in each for each in found.json()["reveals"])


async def test_every_fault_of_a_definition_is_told_at_once(house: House) -> None:
    client = await house.enter("acme")
    source = (await read(client, (await upload(client)).json()["id"]))["id"]
    table = {"columns": {"agee": "drop", "city": {"kind": "integer"}}, "primary_key": "city"}
    asked = {"definition": {"tables": {"customers": table}, "target": "nothing"}}
    refused = await client.post(f"/v1/sources/{source}/estimate", json=asked)
    assert refused.status_code == 422
    assert {each["path"] for each in refused.json()["errors"]} == {
        "definition.tables.customers.columns.agee",
        "definition.tables.customers.columns.city.kind",
        "definition.tables.customers.primary_key",
        "definition.target",
    }
    wrong = await client.post(f"/v1/sources/{source}/estimate", json={"settings": {"name": "gan"}})
    assert [each["path"] for each in wrong.json()["errors"]] == ["settings.name"]


async def test_who_only_reads_may_ask_and_nothing_is_changed(house: House) -> None:
    client, reader = await house.enter("acme"), await house.enter("acme", "read")
    other = await house.enter("other")
    source = (await read(client, (await upload(client)).json()["id"]))["id"]
    address = f"/v1/sources/{source}/estimate"
    assert (await reader.post(address)).status_code == 200
    assert (await other.post(address)).status_code == 404
    actions = {each["action"] for each in (await client.get("/v1/audit")).json()["items"]}
    assert "estimate_source" not in actions
