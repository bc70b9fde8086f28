"""Trainings with differential privacy over HTTP: paid for once, by an account that outlives its
source."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from sqlalchemy import text

from app.jobs.submission import Submissions
from app.kinds.train.private_running import PrivateTrainingRun
from app.kinds.train.private_steps import MODEL
from app.service.service import Service
from tests.kinds.conftest import Open
from tests.kinds.ended import WAIT, ended

pytestmark = pytest.mark.anyio

PEOPLE = "id,age,smokes\n" + "".join(
    f"p{row},{20 + row % 60},{'yes' if row % 3 else 'no'}\n" for row in range(300)
)
ORDER: dict[str, Any] = {
    "epsilon": 1,
    "algorithm": "mst",
    "target": "smokes",
    "drop": ["id"],
    "bounds": {"age": {"low": 18, "high": 90, "bins": 6}},
    "categories": {"smokes": ["yes", "no"]},
}
ACCOUNT: dict[str, Any] = {"policy": "dp_only", "epsilon_limit": 1.2}


async def upload(
    client: httpx.AsyncClient,
    content: str | bytes = PEOPLE,
    name: str = "people.csv",
    media_type: str = "text/csv",
) -> str:
    """The address of a source that was read."""
    answer = await client.post(
        "/v1/sources", params={"name": name}, content=content, headers={"Content-Type": media_type}
    )
    source = answer.headers["Location"]
    async with asyncio.timeout(120):
        # Nobody tells when a source is read.
        while not any(  # noqa: ASYNC110
            each["links"]["self"] == source and each["status"] == "ready"
            for each in (await client.get("/v1/sources")).json()["items"]
        ):
            await asyncio.sleep(0.05)
    return str(source)


async def private_source(client: httpx.AsyncClient, **account: Any) -> str:
    source = await upload(client)
    answer = await client.put(f"{source}/account", json={**ACCOUNT, **account})
    assert answer.status_code == 200, answer.text
    return source


async def submit(client: httpx.AsyncClient, source: str, **changes: Any) -> httpx.Response:
    asked = {"kind": "train", "source": source.rpartition("/")[2], "privacy": ORDER, **changes}
    return await client.post("/v1/jobs", json=asked, headers=WAIT)


async def train(client: httpx.AsyncClient, source: str) -> dict[str, Any]:
    job: dict[str, Any] = (await ended(client, await submit(client, source))).json()
    assert job["status"] == "succeeded", job
    return job


def kinds(account: dict[str, Any]) -> list[str]:
    return [each["kind"] for each in account["entries"]]


async def test_a_budget_is_spent_once_and_outlives_its_source(open_service: Open) -> None:
    service, client = await open_service()
    source = await private_source(client)
    cost = (await client.post(f"{source}/estimate", json={"privacy": ORDER})).json()
    assert (cost["affordable"], cost["columns"]) == (True, {"age": 7, "smokes": 3})
    job = await train(client, source)
    said = job["result"]["details"]["privacy"]
    assert (said["epsilon"], said["delta"], said["band"]) == (1, 1e-6, "strong")
    assert said["epsilon_used"] <= 1 and said["rho"] == cost["rho"]
    assert said["domain"]["age"] == {
        "origin": "declared", "kind": "numbers", "cells": 7, "missing": True,
    }  # fmt: skip
    assert said["account"]["unbounded"] == []
    assert said["account"]["spent"] == {"rho": cost["rho"], "epsilon": pytest.approx(1, abs=1e-6)}
    assert job["result"]["details"]["description"]["privacy"]["transcript"] == said["transcript"]
    report = await client.get(f"/v1/jobs/{job['id']}/report", params={"format": "json"})
    assert report.status_code == 200
    refused = await submit(client, source)
    assert (refused.status_code, refused.json()["type"]) == (
        409, "/problems/privacy-budget-exhausted",
    )  # fmt: skip
    left = (await client.get(f"{source}/account")).json()["remaining"]["epsilon"]
    assert f"ε {left:.6f} is left" in refused.json()["detail"]
    assert await noise_keys(service) == 0
    more = await client.put(f"{source}/account", json={**ACCOUNT, "epsilon_limit": 5})
    assert (more.status_code, more.json()["type"]) == (409, "/problems/account-change-refused")
    await client.delete(source)
    again = await upload(client, name="others.csv")
    account = (await client.get(f"{again}/account")).json()
    assert account["spent"]["rho"] == cost["rho"]
    assert kinds(account) == ["settings", "reserve", "begin", "commit"]
    assert account["entries"][1]["job"] == job["id"]
    assert (await submit(client, again)).status_code == 409


async def noise_keys(service: Service) -> int:
    async with service.context.state_writer.database.read() as session:
        found = await session.execute(text("SELECT count(*) FROM privacy_noise_keys"))
        return int(found.scalar_one())


async def test_private_sources_are_read_in_no_other_way(open_service: Open) -> None:
    _, client = await open_service()
    source = await private_source(client)
    name = source.rpartition("/")[2]
    for method, path, body in (
        ("GET", f"{source}/rows", None),
        ("GET", f"{source}/definition", None),
        ("PUT", f"{source}/definition", {"tables": {"people": {}}}),
        ("POST", f"{source}/estimate", {}),
        ("POST", "/v1/jobs", {"kind": "train", "source": name}),
        ("POST", "/v1/jobs", {"kind": "synthesize", "source": name}),
        ("POST", "/v1/jobs", {"kind": "evaluate", "real": name, "synthetic": name}),
    ):
        answer = await client.request(method, path, json=body)
        assert answer.status_code == 409, (method, path, answer.text)
        assert answer.json()["type"] == "/problems/source-is-private"
    found = (await client.get(source)).json()
    assert (found["status"], found["profile"], found["keys"]) == ("ready", None, None)
    assert (await client.get(f"{source}/account")).json()["unbounded"] == []


async def test_mixed_accounts_say_what_no_budget_bounds(open_service: Open) -> None:
    _, client = await open_service()
    source = await private_source(client, policy="mixed")
    await client.get(source)
    assert (await client.get(f"{source}/rows")).status_code == 200
    said = (await client.post(f"{source}/estimate", json={"privacy": ORDER})).json()["account"]
    assert said["unbounded"] == ["profile", "rows"]


async def test_what_cannot_be_learned_privately_is_refused_unread(open_service: Open) -> None:
    _, client = await open_service()
    source = await private_source(client)
    for changes, path in (
        ({"privacy": {**ORDER, "drop": []}}, "privacy.bounds"),
        ({"privacy": {**ORDER, "target": "id"}}, "target"),
        ({"privacy": {**ORDER, "delta": 1e-5}}, "privacy.delta"),
        ({"privacy": {**ORDER, "domain": "learn"}}, "privacy.domain"),
        ({"settings": {"name": "mst"}}, "settings.name"),
        ({"seed": 3}, "seed"),
    ):
        answer = await submit(client, source, **changes)
        assert answer.status_code == 422, answer.text
        assert [each["path"] for each in answer.json()["errors"]] == [path]
        assert "id" not in answer.json()["detail"].split() or path == "target"
    assert kinds((await client.get(f"{source}/account")).json()) == ["settings"]


async def test_a_training_that_was_broken_off_draws_the_same_noise_and_pays_once(
    open_service: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the rows were read and before the model was kept; and once more after the commit."""
    transcripts: list[str] = []
    fit, commit = PrivateTrainingRun._fit, PrivateTrainingRun._commit

    async def fit_twice(run: PrivateTrainingRun, found: Any) -> None:
        for _ in range(2):
            (run._parts.folder / MODEL).unlink(missing_ok=True)
            await fit(run, found)
            transcripts.append(run._parts.find(MODEL).privacy.transcript)

    async def commit_twice(run: PrivateTrainingRun, statement: Any) -> Any:
        await commit(run, statement)
        return await commit(run, statement)

    monkeypatch.setattr(PrivateTrainingRun, "_fit", fit_twice)
    monkeypatch.setattr(PrivateTrainingRun, "_commit", commit_twice)
    service, client = await open_service()
    source = await private_source(client)
    job = await train(client, source)
    assert len(transcripts) == 2 and len(set(transcripts)) == 1
    assert job["result"]["details"]["privacy"]["transcript"] == transcripts[0]
    account = (await client.get(f"{source}/account")).json()
    assert kinds(account) == ["settings", "reserve", "begin", "commit"]
    assert await noise_keys(service) == 0


def in_another_file() -> bytes:
    """The same people, rows and columns in another order, as Parquet."""
    table = csv.read_csv(io.BytesIO(PEOPLE.encode()))
    turned = table.take(pa.array(range(len(table))[::-1])).select(table.column_names[::-1])
    out = io.BytesIO()
    parquet.write_table(turned, out)
    return out.getvalue()


async def test_the_same_data_in_another_file_pays_from_the_same_account(open_service: Open) -> None:
    _, client = await open_service()
    source = await private_source(client)
    await train(client, source)
    media_type = "application/vnd.apache.parquet"
    other = await upload(client, in_another_file(), "others.parquet", media_type)
    accounts = [(await client.get(f"{each}/account")).json() for each in (source, other)]
    assert accounts[0]["id"] == accounts[1]["id"]
    assert accounts[0]["spent"] == accounts[1]["spent"]
    assert (await client.get(f"{other}/rows")).json()["type"] == "/problems/source-is-private"
    assert (await submit(client, other)).status_code == 409


async def test_sources_of_before_there_were_accounts_are_recognised_as_new_ones_are(
    open_service: Open,
) -> None:
    service, client = await open_service()
    old = await upload(client)
    async with service.context.state_writer.database.write() as session:
        await session.execute(text("UPDATE sources SET account = NULL"))
        for table in ("privacy_entries", "privacy_accounts"):
            await session.execute(text(f"DELETE FROM {table}"))
    for file in (service.context.sources.witness.folder).glob("*.json"):
        file.unlink()
    first = (await client.get(f"{old}/account")).json()
    assert first["unbounded"] == ["before"]
    again = await upload(client, name="again.csv")
    await client.put(f"{again}/account", json={**ACCOUNT, "policy": "mixed"})
    found = [(await client.get(f"{each}/account")).json() for each in (old, again)]
    assert found[0]["id"] == found[1]["id"] and found[1]["unbounded"] == ["before"]
    await train(client, again)
    assert (await submit(client, old)).json()["type"] == "/problems/privacy-budget-exhausted"


async def test_a_text_that_would_join_rows_costs_nothing(open_service: Open) -> None:
    _, client = await open_service()
    source = await upload(client, PEOPLE + '"p\nq",50,yes\n')
    await client.put(f"{source}/account", json=ACCOUNT)
    job = (await ended(client, await submit(client, source))).json()
    assert job["status"] == "failed" and "each line is one row" in job["error"]["detail"]
    account = (await client.get(f"{source}/account")).json()
    assert account["spent"]["rho"] == 0 and kinds(account) == ["settings", "reserve", "release"]


async def test_requests_with_one_key_that_come_together_are_one_job(
    open_service: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is budget for one: neither is told that the other has taken it."""
    _, client = await open_service()
    source = await private_source(client)
    known, looked = Submissions._known, asyncio.Barrier(2)
    first: list[str] = []

    async def known_to_neither(self: Submissions, key: str, digest: str) -> Any:
        found = await known(self, key, digest)
        if len(first) < 2:
            first.append(key)
            await looked.wait()
        return found

    monkeypatch.setattr(Submissions, "_known", known_to_neither)
    asked = {"kind": "train", "source": source.rpartition("/")[2], "privacy": ORDER}
    headers = {"Idempotency-Key": "once"}
    answers = await asyncio.gather(
        *(client.post("/v1/jobs", json=asked, headers=headers) for _ in range(2))
    )
    assert [each.status_code < 300 for each in answers] == [True, True], answers[0].text
    assert len({each.json()["id"] for each in answers}) == 1
    assert kinds((await client.get(f"{source}/account")).json()).count("reserve") == 1
