"""What a tenant may use: looked at before a job is queued."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.accounts.errors import BeyondQuota, QuotaExceeded
from app.accounts.quotas import Quotas
from app.kinds.generate import kind
from app.store.repositories.usage import Usage, UsageRepository
from tests.api.accounts.conftest import DOCUMENT, OpenHouse

pytestmark = pytest.mark.anyio

FILES = "SELECT path FROM job_artifacts"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
USED = Usage(jobs_today=5, rows_today=500, stored_jobs=8, active_jobs=2, stored_bytes=10_000)


@pytest.mark.parametrize(
    ("bounds", "retry_after"),
    [
        ({"jobs_per_day": 5}, 12 * 3600 + 1),
        ({"rows_per_day": 599}, 12 * 3600 + 1),
        ({"active_jobs": 2}, 10),
        ({"stored_jobs": 8}, None),
        ({"stored_bytes": 10_999}, None),
    ],
)
def test_a_job_that_does_not_fit_beside_the_others_waits(
    bounds: dict[str, int], retry_after: int | None
) -> None:
    with pytest.raises(QuotaExceeded) as caught:
        Quotas(**bounds).check(USED, 100, 1000, NOON)
    assert caught.value.retry_after == retry_after
    (name,) = bounds
    Quotas(**{name: bounds[name] + 1}).check(USED, 100, 1000, NOON)


@pytest.mark.parametrize("bounds", [{"rows_per_day": 99}, {"stored_bytes": 999}])
def test_a_job_that_would_never_fit_is_refused_for_good(bounds: dict[str, int]) -> None:
    with pytest.raises(BeyondQuota):
        Quotas(**bounds).check(USED, 100, 1000, NOON)


@pytest.mark.parametrize(
    "settings",
    [
        {"quota_jobs_per_day": 2},
        {"quota_rows_per_day": 60},
        {"quota_active_jobs": 2},
        {"quota_stored_jobs": 2},
        {"quota_stored_bytes": 500},
    ],
)
async def test_the_job_above_the_quota_is_refused_and_leaves_nothing(
    open_house: OpenHouse, settings: dict[str, Any]
) -> None:
    house = await open_house(runner=False, **settings)
    async with await house.enter("acme") as acme, await house.enter("other") as other:
        answers = [await acme.post("/v1/jobs", json=DOCUMENT) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 429]
        problem = answers[2].json()
        assert problem["type"] == "/problems/quota-exceeded"
        in_time = not next(iter(settings)).startswith("quota_stored")
        assert ("retry-after" in answers[2].headers) is in_time
        rerun = await acme.post(f"/v1/jobs/{answers[0].json()['id']}/rerun")
        assert rerun.status_code == 429
        assert (await other.post("/v1/jobs", json=DOCUMENT)).status_code == 202
        assert len((await acme.get("/v1/jobs")).json()["items"]) == 2
    assert len(list((house.settings.data_dir / "jobs").iterdir())) == 3


async def test_of_requests_at_one_moment_no_more_than_the_quota_are_taken(
    open_house: OpenHouse,
) -> None:
    house = await open_house(runner=False, quota_active_jobs=2)
    async with await house.enter("acme") as client:
        requests = [client.post("/v1/jobs", json=DOCUMENT) for _ in range(6)]
        statuses = [answer.status_code for answer in await asyncio.gather(*requests)]
        assert sorted(statuses) == [202, 202, 429, 429, 429, 429]
        assert len((await client.get("/v1/jobs")).json()["items"]) == 2


async def test_deleting_frees_what_is_stored_and_not_what_was_asked_for_today(
    open_house: OpenHouse,
) -> None:
    house = await open_house(runner=False, quota_stored_jobs=1, quota_jobs_per_day=2)
    async with await house.enter("acme") as client:
        for status in (202, 202, 429):
            answer = await client.post("/v1/jobs", json=DOCUMENT)
            assert answer.status_code == status, answer.text
            if status == 202:
                await client.delete(answer.json()["links"]["self"])


async def test_a_job_beyond_the_quota_is_too_large(open_house: OpenHouse) -> None:
    house = await open_house(runner=False, quota_rows_per_day=29)
    async with await house.enter("acme") as client:
        answer = await client.post("/v1/jobs", json=DOCUMENT)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/beyond-quota")


async def test_ended_jobs_count_with_the_size_of_their_files(open_house: OpenHouse) -> None:
    house = await open_house()
    async with await house.enter("acme") as client:
        answer = await client.post("/v1/jobs", json=DOCUMENT, headers={"Prefer": "wait=30"})
        job = answer.json()
    folder = house.settings.data_dir / "jobs" / job["id"]
    size = sum((folder / path).stat().st_size for (path,) in await house.rows(FILES))
    assert size > job["result"]["tables"][0]["files"][0]["bytes"] > 0
    async with house.service._database.read() as session:
        usage = await UsageRepository(session, "acme").read(datetime.now(UTC).date())
    assert usage == Usage(1, 30, 1, 0, size)


async def test_an_accepted_idempotent_request_costs_once(open_house: OpenHouse) -> None:
    house = await open_house(runner=False, quota_jobs_per_day=1)
    async with await house.enter("acme") as client:
        headers = {"Idempotency-Key": "k"}
        answers = [await client.post("/v1/jobs", json=DOCUMENT, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    used = await house.rows("SELECT tenant, jobs, rows FROM tenant_usage")
    assert used == [("acme", 1, 30)]


WIDE = {
    "name": "wide",
    "n_samples": 300,
    "features": {"k": {"type": "id", "format": "sequence", "prefix": "x" * 20_000, "width": 6}},
}


async def test_wide_values_are_no_way_around_the_quota(open_house: OpenHouse) -> None:
    house = await open_house(runner=False, quota_stored_bytes=1_000_000)
    async with await house.enter("acme") as client:
        answer = await client.post("/v1/jobs", json={"schema": WIDE, "formats": ["csv"]})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/beyond-quota")


async def test_a_job_beyond_its_estimate_fails_and_leaves_nothing(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What decides is the files, should an estimate be far too small."""
    monkeypatch.setattr(kind, "expected", lambda sizes, formats: 10)
    house = await open_house(quota_stored_bytes=1_000_000)
    async with await house.enter("acme") as client:
        answer = await client.post(
            "/v1/jobs",
            json={"schema": WIDE, "formats": ["csv"]},
            headers={"Prefer": "wait=30"},
        )
        job = answer.json()
        assert job["status"] == "failed"
        assert job["error"]["title"] == "The job's files are too large"
    assert house.service.runner is not None
    await asyncio.wait_for(house.service.runner.idle(), 30)
    assert await house.rows(FILES) == []
    folder = house.settings.data_dir / "jobs" / job["id"]
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["plan.pickle"]


async def test_a_format_made_at_download_needs_room(open_house: OpenHouse) -> None:
    house = await open_house(quota_stored_bytes=12_000)
    document = {**DOCUMENT, "n_samples": 1000}
    async with await house.enter("acme") as client:
        body = {"schema": document, "formats": ["csv"]}
        answer = await client.post("/v1/jobs", json=body, headers={"Prefer": "wait=30"})
        job = answer.json()
        assert job["status"] == "succeeded", job
        before = await house.rows(FILES)
        result = f"/v1/jobs/{job['id']}/result"
        refused = await client.get(result, params={"format": "jsonl"})
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/quota-exceeded")
        assert "delete jobs" in refused.json()["detail"]
        assert (await client.get(result)).status_code == 200
    assert await house.rows(FILES) == before
    folder = house.settings.data_dir / "jobs" / job["id"]
    assert not [path for path in folder.rglob("*.jsonl") if path.is_file()]


def _definition(number: int) -> tuple[str, str, dict[str, Any]]:
    return "PUT", "/v1/schemas/people", {**DOCUMENT, "seed": number}


def _connection(number: int) -> tuple[str, str, dict[str, Any]]:
    given = {"kind": "safe", "credentials": {"user": "u", "password": "hunter2-hunter2"}}
    return "PUT", f"/v1/connections/lake{number}", given


def _key(number: int) -> tuple[str, str, dict[str, Any]]:
    return "POST", "/v1/keys", {"name": f"key {number}", "scope": "read"}


def _endpoint(number: int) -> tuple[str, str, dict[str, Any]]:
    return "POST", "/v1/webhooks", {"url": f"https://127.0.0.1/{number}"}


@pytest.mark.parametrize(
    ("settings", "store"),
    [
        ({"quota_definitions": 2}, _definition),
        ({"quota_definition_bytes": 2 * len(json.dumps(_definition(1)[2]))}, _definition),
        ({"quota_entries": 2}, _connection),
        ({"quota_entries": 3}, _key),
        ({"quota_entries": 2}, _endpoint),
    ],
)
async def test_what_is_stored_has_its_quota(
    open_house: OpenHouse,
    settings: dict[str, int],
    store: Callable[[int], tuple[str, str, dict[str, Any]]],
) -> None:
    house = await open_house(runner=False, outbound_allow="127.0.0.1", **settings)
    async with await house.enter("acme") as acme, await house.enter("other") as other:
        found = []
        for number in range(1, 4):
            method, path, body = store(number)
            found.append(await acme.request(method, path, json=body))
        assert [answer.is_success for answer in found] == [True, True, False]
        assert (found[2].status_code, found[2].json()["type"]) == (
            429,
            "/problems/quota-exceeded",
        )
        method, path, body = store(2)
        assert (await other.request(method, path, json=body)).is_success
        if method == "PUT":  # what is there already needs no room
            assert (await acme.request(method, path, json=body)).is_success
            assert (await acme.delete(path)).is_success
            assert (await acme.request(method, path, json=store(3)[2])).is_success


async def test_endpoints_that_come_with_jobs_count(open_house: OpenHouse) -> None:
    house = await open_house(runner=False, outbound_allow="127.0.0.1", quota_entries=1)
    async with await house.enter("acme") as client:
        for path, status in (("a", 202), ("a", 202), ("b", 429)):
            asked = {"schema": DOCUMENT, "webhook": {"url": f"https://127.0.0.1/{path}"}}
            assert (await client.post("/v1/jobs", json=asked)).status_code == status
