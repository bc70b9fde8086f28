"""No tenant can see, guess or affect what another one has: asked on every route there is."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.api.accounts.conftest import DOCUMENT, House, OpenHouse
from tests.api.accounts.test_keys import calls
from tests.api.sources.conftest import read
from tests.kinds.learning import shop_model

pytestmark = pytest.mark.anyio

CONNECTION = {"kind": "safe", "credentials": {"user": "u", "password": "acme's own"}}
# Bodies that each call takes, so that nothing but the owner stands in the way.
BODIES: dict[str, dict[str, Any]] = {
    "PATCH /v1/jobs/{id}": {"name": "stolen"},
    "POST /v1/jobs/{id}/rerun": {},
    "PATCH /v1/webhooks/{id}": {"enabled": False},
    "POST /v1/webhooks/{id}/rotate": {},
    "PUT /v1/schemas/{name}": {**DOCUMENT, "name": None},
    "PUT /v1/connections/{name}": CONNECTION,
    "PATCH /v1/synthesizers/{id}": {"name": "stolen"},
    "PUT /v1/sources/{id}/definition": {"tables": {"acme": {}}},
    "PUT /v1/sources/{id}/account": {"epsilon_limit": 1.0},
}
# Calls that make something of one's own under a name, whoever else has one of that name.
OWN = {"PUT /v1/schemas/{name}", "PUT /v1/connections/{name}"}


@dataclass
class Belongings:
    """What a tenant has, by the beginning of the address up to its parameter."""

    places: Mapping[str, str]

    def address(self, template: str) -> str:
        """The template with this tenant's things in the place of its parameters."""
        address = template
        for parameter in re.findall(r"{\w+}", template):
            beginning = template[: template.index(parameter) + len(parameter)]
            assert beginning in self.places, f"teach this test what stands in {template}"
            address = address.replace(parameter, self.places[beginning])
        return address


async def _settle(client: httpx.AsyncClient) -> Belongings:
    """Make one of everything; the job has ended and has files."""
    headers = {"Prefer": "wait=30", "Idempotency-Key": "mine"}
    hook = f"http://127.0.0.1:{_closed_port()}/hook"
    endpoint = (await client.post("/v1/webhooks", json={"url": hook})).json()
    sinks = [{"kind": "safe", "connection": "lake-of-acme"}]
    await client.post("/v1/schemas", json={**DOCUMENT, "name": "acme-people"})
    await client.post("/v1/connections", json={"name": "lake-of-acme", **CONNECTION})
    request = {
        "schema": {**DOCUMENT, "name": "acme-job"},
        "sinks": sinks,
        "formats": ["csv"],
        "webhook": {"url": hook, "events": ["job.succeeded"]},
    }
    job = (await client.post("/v1/jobs", json=request, headers=headers)).json()
    assert job["status"] == "succeeded", job
    model = {"Content-Type": "application/octet-stream"}
    synthesizer = await client.post(
        "/v1/synthesizers?name=acme-model", content=shop_model(), headers=model
    )
    source = await _source(client)
    key = (await client.post("/v1/keys", json={"name": "acme-key", "scope": "read"})).json()
    messages = (await client.get(f"/v1/webhooks/{job['id']}/deliveries")).json()["items"]
    return Belongings(
        {
            "/v1/jobs/{id}": job["id"],
            "/v1/jobs/{id}/deliveries/{number}": "0",
            "/v1/jobs/{id}/artifacts/{name}": "table",
            "/v1/webhooks/{id}": endpoint["id"],
            "/v1/webhooks/{job}": job["id"],
            "/v1/webhooks/{job}/deliveries/{message}": messages[0]["id"],
            "/v1/schemas/{name}": "acme-people",
            "/v1/connections/{name}": "lake-of-acme",
            "/v1/keys/{id}": key["id"],
            "/v1/synthesizers/{id}": synthesizer.json()["id"],
            "/v1/sources/{id}": source,
        }
    )


async def _source(client: httpx.AsyncClient) -> str:
    """The id of a source that was read."""
    table = {"Content-Type": "text/csv"}
    made = await client.post("/v1/sources?name=acme", content=b"a,b\n1,2\n", headers=table)
    await read(client, made.json()["id"])
    return str(made.json()["id"])


NOBODYS = Belongings(
    {
        "/v1/jobs/{id}": "0" * 32,
        "/v1/jobs/{id}/deliveries/{number}": "0",
        "/v1/jobs/{id}/artifacts/{name}": "table",
        "/v1/webhooks/{id}": "ep_0",
        "/v1/webhooks/{job}": "0" * 32,
        "/v1/webhooks/{job}/deliveries/{message}": "msg_0",
        "/v1/schemas/{name}": "nobodys",
        "/v1/connections/{name}": "nobodys",
        "/v1/keys/{id}": "0" * 12,
        "/v1/synthesizers/{id}": "syn_0",
        "/v1/sources/{id}": "src_" + "0" * 32,
    }
)


def _closed_port() -> int:
    """A port of this machine at which nobody answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def _snapshot(client: httpx.AsyncClient) -> dict[str, Any]:
    """Everything that a tenant sees of its own, but the audit log, which grows."""
    lists = (
        *("/v1/jobs", "/v1/schemas", "/v1/synthesizers", "/v1/sources"),
        *("/v1/connections", "/v1/keys", "/v1/webhooks"),
    )
    seen = {}
    for path in lists:
        seen[path] = (await client.get(path)).json()
        for item in seen[path]["items"]:
            address = item["links"]["self"]
            seen[address] = (await client.get(address)).json()
    return seen


async def _ask(
    client: httpx.AsyncClient, method: str, template: str, things: Belongings
) -> httpx.Response:
    body = BODIES.get(f"{method} {template}")
    if body is not None and template.startswith("/v1/schemas"):
        body = {**body, "name": things.address(template).rpartition("/")[2]}
    return await client.request(method, things.address(template), json=body)


async def test_no_route_tells_or_changes_what_another_tenant_has(open_house: OpenHouse) -> None:
    house = await open_house(rate_limit=None, outbound_allow="127.0.0.1/32")
    async with await house.enter("acme") as acme, await house.enter("other") as other:
        things = await _settle(acme)
        before = await _snapshot(acme)
        routes = [call for call in calls(house) if "{" in call[1]]
        assert len(routes) > 18
        for method, template in routes:
            call = f"{method} {template}"
            theirs = await _ask(other, method, template, things)
            nobodys = await _ask(other, method, template, NOBODYS)
            wanted = {200, 201} if call in OWN else {404}
            assert theirs.status_code in wanted, (call, theirs.text)
            assert nobodys.status_code == theirs.status_code, call
            assert _alike(theirs, things) == _alike(nobodys, NOBODYS), call
        assert await _snapshot(acme) == before


def _alike(answer: httpx.Response, things: Belongings) -> str:
    """An answer without what the caller itself has named, and without moments."""
    text = answer.text
    for name in sorted(things.places.values(), key=len, reverse=True):
        text = text.replace(name, "NAME") if len(name) > 1 else text
    body = json.loads(text) if text else {}
    return json.dumps({key: value for key, value in body.items() if not key.endswith("_at")})


async def test_no_list_tells_what_another_tenant_has(open_house: OpenHouse) -> None:
    house = await open_house(rate_limit=None, outbound_allow="127.0.0.1/32")
    async with await house.enter("acme") as acme, await house.enter("other") as other:
        things = await _settle(acme)
        for method, template in calls(house):
            if method != "GET" or "{" in template:
                continue
            answer = await other.get(template)
            assert answer.status_code == 200, template
            told = [
                text for text in things.places.values() if len(text) > 1 and text in answer.text
            ]
            assert told == [], template
            assert "acme" not in answer.text, template
            if template != "/v1/sinks":  # has no pages
                assert (await other.get(template, params={"limit": 1})).status_code == 200


async def test_cursors_of_one_tenant_show_another_nothing(house: House) -> None:
    async with await house.enter("acme") as acme, await house.enter("other") as other:
        for name in ("a", "b", "c"):
            await acme.post("/v1/schemas", json={**DOCUMENT, "name": name})
            await acme.post("/v1/jobs", json=DOCUMENT)
        for path in ("/v1/jobs", "/v1/schemas", "/v1/audit"):
            cursor = (await acme.get(path, params={"limit": 1})).json()["next_cursor"]
            assert cursor is not None
            page = (await other.get(path, params={"cursor": cursor})).json()
            assert page["items"] == [], path


async def test_what_another_tenant_has_cannot_be_named_in_a_request(house: House) -> None:
    async with await house.enter("acme") as acme, await house.enter("other") as other:
        await acme.post("/v1/schemas", json={**DOCUMENT, "name": "theirs"})
        await acme.post("/v1/connections", json={"name": "theirs", **CONNECTION})
        sinks = {"schema": DOCUMENT, "sinks": [{"kind": "safe", "connection": "theirs"}]}
        for body in ({"schema_name": "theirs"}, sinks):
            refused = await other.post("/v1/jobs", json=body)
            nobodys = json.loads(json.dumps(body).replace("theirs", "nobody"))
            unknown = await other.post("/v1/jobs", json=nobodys)
            assert refused.status_code == unknown.status_code == 422
            assert refused.text.replace("theirs", "nobody") == unknown.text


async def test_idempotency_keys_of_tenants_do_not_meet(house: House) -> None:
    async with await house.enter("acme") as acme, await house.enter("other") as other:
        headers = {"Idempotency-Key": "k"}
        first = await acme.post("/v1/jobs", json=DOCUMENT, headers=headers)
        again = await acme.post("/v1/jobs", json=DOCUMENT, headers=headers)
        another = await other.post("/v1/jobs", json={**DOCUMENT, "seed": 8}, headers=headers)
        assert first.json()["id"] == again.json()["id"] != another.json()["id"]
        conflict = await other.post("/v1/jobs", json=DOCUMENT, headers=headers)
        assert (another.status_code, conflict.status_code) == (202, 409)


async def test_an_administrator_rules_over_one_tenant(house: House) -> None:
    async with await house.enter("acme") as acme, await house.enter("other") as other:
        made = (await acme.post("/v1/keys", json={"name": "x", "scope": "write"})).json()
        address = made["links"]["self"]
        assert (await other.delete(address)).status_code == 404
        async with house.client(made["token"]) as client:
            job = (await client.post("/v1/jobs", json=DOCUMENT)).json()
        assert (await acme.get(job["links"]["self"])).status_code == 200
        assert (await other.get(job["links"]["self"])).status_code == 404
