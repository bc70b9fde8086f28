"""Who did what: in the database before the caller hears of it, in the log, and nowhere changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.accounts.audit import remove_old
from app.store.clock import now
from app.store.repositories.audit import AuditRepository
from tests.api.accounts.conftest import DOCUMENT, House

pytestmark = pytest.mark.anyio


async def _entries(client: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/v1/audit")).json()["items"]
    return items


async def test_every_change_is_written_down_with_who_when_what_where_and_how(house: House) -> None:
    token = await house.key("acme")
    async with house.client(token) as client:
        made = await client.post("/v1/jobs", json=DOCUMENT, headers={"X-Request-Id": "r-1"})
        await client.post(f"{made.headers['location']}/cancel")
        await client.post("/v1/jobs", json={"features": {}})
        await client.get("/v1/jobs")
        await client.post("/v1/schemas/validate", json=DOCUMENT)
        entries = await _entries(client)
    told = [(entry["action"], entry["status"]) for entry in reversed(entries)]
    assert told == [("submit_job", 202), ("cancel_job", 202), ("submit_job", 422)]
    first = entries[-1]
    assert first["actor"] == f"key {token.split('_')[1]}"
    assert first["key_name"]
    assert first["resource"] == made.headers["location"]
    assert (first["request_id"], first["address"]) == ("r-1", "127.0.0.1")


async def test_what_a_key_may_not_do_is_written_down(house: House) -> None:
    async with await house.enter("acme", "read") as reader, await house.enter("acme") as admin:
        assert (await reader.delete("/v1/schemas/x")).status_code == 403
        (entry,) = await _entries(admin)
    assert (entry["status"], entry["resource"]) == (403, "/v1/schemas/x")
    assert entry["action"] == "delete_schema"


async def test_calls_without_a_key_are_not_stored(house: House) -> None:
    async with house.client() as nobody, await house.enter("acme") as admin:
        assert (await nobody.post("/v1/jobs", json=DOCUMENT)).status_code == 401
        assert await _entries(admin) == []


async def test_the_log_comes_in_pages_newest_first(house: House) -> None:
    async with await house.enter("acme") as client:
        for name in ("a", "b", "c"):
            await client.put(f"/v1/schemas/{name}", json={**DOCUMENT, "name": name})
        first = (await client.get("/v1/audit", params={"limit": 2})).json()
        cursor = first["next_cursor"]
        second = (await client.get("/v1/audit", params={"cursor": cursor})).json()
    resources = [entry["resource"] for entry in (*first["items"], *second["items"])]
    assert resources == ["/v1/schemas/c", "/v1/schemas/b", "/v1/schemas/a"]
    assert second["next_cursor"] is None


async def test_old_entries_are_removed_and_younger_ones_stay(house: House) -> None:
    async with await house.enter("acme") as client:
        await client.post("/v1/jobs", json=DOCUMENT)
        await remove_old(house.service._database, 1)
        assert len(await _entries(client)) == 1
        async with house.service._database.write() as session:
            ended = now() + timedelta(seconds=1)
            assert await AuditRepository(session).remove_before(ended) == 1
        assert await _entries(client) == []
