"""Who comes in: keys, scopes, rates, ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from app.accounts.keys import Scope
from app.api.problem_documents import MEDIA_TYPE
from app.api.security import required_scope
from tests.api.accounts.conftest import DOCUMENT, House, OpenHouse

pytestmark = pytest.mark.anyio


def calls(house: House) -> list[tuple[str, str]]:
    """Every method and path template under /v1."""
    return sorted(
        (method, str(route.path_format))
        for route in iter_route_contexts(house.app.router.routes)
        if str(getattr(route, "path_format", "")).startswith("/v1")
        for method in route.methods or ()
    )


def filled(path: str) -> str:
    """A path with something in the place of each parameter."""
    return path.replace("{number}", "0").replace("{", "").replace("}", "").replace(":", "")


def is_problem(answer: httpx.Response, slug: str) -> bool:
    return (
        answer.headers["content-type"] == MEDIA_TYPE
        and answer.json()["type"] == f"/problems/{slug}"
    )


async def test_every_route_wants_a_key(house: House) -> None:
    routes = calls(house)
    assert len(routes) > 25
    async with house.client() as nobody:
        for method, path in routes:
            answer = await nobody.request(method, filled(path))
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert method == "HEAD" or is_problem(answer, "unauthenticated")


async def test_a_refusal_says_what_to_do(house: House) -> None:
    async with house.client() as nobody, await house.enter("acme", "read") as reader:
        without = (await nobody.get("/v1/jobs")).json()["detail"]
        beyond = (await reader.delete("/v1/schemas/x")).json()["detail"]
    assert "`Authorization: Bearer <key>`" in without and "tablesmith keys create" in without
    assert "scope write; yours has read" in beyond
    assert "tablesmith keys create --scope write" in beyond


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1//jobs", "/v1/jobs/"])
async def test_addresses_that_are_none_want_a_key_too(house: House, path: str) -> None:
    async with house.client() as nobody:
        assert (await nobody.get(path)).status_code == 401


async def test_what_is_open_stays_open(house: House) -> None:
    async with house.client() as nobody:
        for path in ("/healthz", "/docs", "/openapi.json", "/problems", "/"):
            assert (await nobody.get(path)).status_code == 200, path


async def test_numbers_of_all_tenants_are_for_the_operator(house: House) -> None:
    statuses = {}
    for tenant, scope in (("default", "admin"), ("default", "write"), ("acme", "admin")):
        async with await house.enter(tenant, scope) as client:
            statuses[tenant, scope] = (await client.get("/metrics")).status_code
    async with house.client() as nobody:
        assert (await nobody.get("/metrics")).status_code == 401
    async with await house.enter("acme", "admin") as stranger:
        answer = await stranger.get("/metrics")
    assert "scope admin of the tenant default" in answer.json()["detail"]
    assert 'scope="admin"' in answer.headers["www-authenticate"]
    assert list(statuses.values()) == [200, 403, 403]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer ts_000000000000_" + "A" * 43,
        "Bearer ts_0_x",
        "Bearer " + "x" * 5000,
        "ts_000000000000_" + "A" * 43,
        "Bearer ts_000000000000_" + "A" * 42 + "ä",
    ],
)
async def test_what_is_no_key_is_refused(house: House, header: str) -> None:
    async with house.client() as client:
        sent = {"Authorization": header.encode("latin-1")}
        answer = await client.get("/v1/jobs", headers=sent)
    assert answer.status_code == 401
    assert is_problem(answer, "unauthenticated")


async def test_two_keys_in_one_request_are_none(house: House) -> None:
    key = await house.key("acme")
    async with house.client() as client:
        headers = [("Authorization", f"Bearer {key}")] * 2
        assert (await client.get("/v1/jobs", headers=headers)).status_code == 401


async def test_a_key_does_what_its_scope_says_on_every_route(house: House) -> None:
    order = list(Scope)
    clients = {scope: await house.enter("acme", scope) for scope in order}
    for method, path in calls(house):
        wanted = required_scope(method, path)
        for scope, client in clients.items():
            if path == "/v1/jobs/{id}/events":
                continue
            answer = await client.request(method, filled(path))
            refused = order.index(scope) < order.index(wanted)
            assert (answer.status_code == 403) is refused, (method, path, scope)
            assert not refused or "insufficient_scope" in answer.headers["www-authenticate"]


def test_scopes_are_those_that_the_reference_tells() -> None:
    told = {
        ("GET", "/v1/jobs"): "read",
        ("HEAD", "/v1/jobs/x/result"): "read",
        ("POST", "/v1/schemas/preview"): "read",
        ("POST", "/v1/schemas"): "write",
        ("POST", "/v1/jobs"): "write",
        ("DELETE", "/v1/jobs/x"): "write",
        ("GET", "/v1/connections"): "read",
        ("PUT", "/v1/connections/x"): "admin",
        ("GET", "/v1/keys"): "admin",
        ("GET", "/v1/audit"): "admin",
        ("POST", "/v1/keysandmore"): "write",
    }
    assert {call: str(required_scope(*call)) for call in told} == told


@pytest.mark.parametrize(("hours", "status"), [(1, 200), (0, 401), (-1, 401)])
async def test_a_key_ends_by_itself(house: House, hours: int, status: int) -> None:
    async with await house.enter("acme", expires_in=timedelta(hours=hours)) as client:
        assert (await client.get("/v1/jobs")).status_code == status


async def test_a_key_that_was_ended_opens_nothing(house: House) -> None:
    token = await house.key("acme")
    async with house.client(token) as admin:
        address = f"/v1/keys/{token.split('_')[1]}"
        assert (await admin.get(address)).json()["revoked_at"] is None
        assert (await admin.delete(address)).status_code == 204
        assert (await admin.get(address)).status_code == 401
    async with await house.enter("acme") as other:
        assert (await other.get(address)).status_code == 404
        assert (await other.delete(address)).status_code == 204
        listed = (await other.get("/v1/keys")).json()["items"]
    assert [key["links"]["self"] for key in listed if key["revoked_at"]] == [address]


async def test_keys_are_made_told_once_and_kept_as_a_digest(house: House) -> None:
    async with await house.enter("acme") as admin:
        asked = {"name": "ci", "scope": "write", "expires_in_days": 2, "requests_per_minute": 5}
        made = await admin.post("/v1/keys", json=asked)
        assert made.status_code == 201
        assert made.headers["cache-control"] == "no-store"
        token = made.json().pop("token")
        told = (await admin.get(made.headers["location"])).json()
        assert "token" not in told
        assert {name: told[name] for name in ("name", "scope", "requests_per_minute")} == {
            "name": "ci",
            "scope": "write",
            "requests_per_minute": 5,
        }
        assert token not in (await admin.get("/v1/keys")).text
    async with house.client(token) as client:
        assert (await client.get("/v1/jobs")).status_code == 200
    stored = await house.rows("SELECT * FROM api_keys")
    assert token.split("_", 2)[2] not in repr(stored)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"name": "x", "scope": "root"},
        {"name": "", "scope": "read"},
        {"name": "x", "scope": "read", "expires_in_days": 0},
        {"name": "x", "scope": "read", "expires_in_days": 10**9},
        {"name": "x", "scope": "read", "requests_per_minute": "5"},
        {"name": "x", "scope": "read", "tenant": "other"},
    ],
)
async def test_keys_that_cannot_be_are_refused(house: House, body: dict[str, Any]) -> None:
    async with await house.enter("acme") as admin:
        answer = await admin.post("/v1/keys", json=body)
    assert answer.status_code == 422
    assert is_problem(answer, "invalid-request")


async def test_a_key_that_asks_too_often_waits(house: House) -> None:
    async with await house.enter("acme", requests_per_minute=3) as client:
        statuses = [(await client.get("/v1/jobs")).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        answer = await client.get("/v1/jobs")
        assert is_problem(answer, "too-many-requests")
        assert 1 <= int(answer.headers["retry-after"]) <= 20
    async with await house.enter("acme") as other:
        assert (await other.get("/v1/jobs")).status_code == 200


async def test_the_rate_of_the_service_holds_for_keys_without_their_own(
    open_house: OpenHouse,
) -> None:
    house = await open_house(runner=False, rate_limit=2)
    async with await house.enter("acme") as client:
        statuses = [(await client.get("/v1/jobs")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_without_keys_everybody_is_the_default_tenant(open_house: OpenHouse) -> None:
    house = await open_house(runner=False, api_keys=False)
    async with house.client() as anybody:
        job = (await anybody.post("/v1/jobs", json=DOCUMENT)).json()
        assert (await anybody.get("/v1/keys")).status_code == 200
        assert (await anybody.get("/metrics")).status_code == 200
    assert (await house.service.of("default").jobs.get(job["id"])).id == job["id"]


async def test_the_description_says_which_calls_want_which_key(house: House) -> None:
    async with house.client() as nobody:
        document = (await nobody.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["ApiKey"]["scheme"] == "bearer"
    for path, item in document["paths"].items():
        for method, operation in item.items():
            guarded = path.startswith("/v1") or path == "/metrics"
            assert ("security" in operation) is guarded, path
            assert not guarded or {"401", "403", "429"} <= set(operation["responses"])
            assert (
                not guarded or str(required_scope(method.upper(), path)) in operation["description"]
            )


async def test_a_key_may_not_ask_more_often_than_the_service_allows(house: House) -> None:
    most = house.service.settings.rate_limit
    assert most is not None
    async with await house.enter("acme") as client:
        body = {"name": "n", "scope": "read", "requests_per_minute": most}
        assert (await client.post("/v1/keys", json=body)).status_code == 201
        refused = await client.post("/v1/keys", json={**body, "requests_per_minute": most + 1})
    assert refused.status_code == 422
    assert [fault["path"] for fault in refused.json()["errors"]] == ["requests_per_minute"]
