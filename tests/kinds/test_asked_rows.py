"""Jobs of kind `synthesize` of which more is asked than a number of rows."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from tests.kinds.conftest import Open
from tests.kinds.learning import ROWS, shops
from tests.kinds.real_sources import add_source
from tests.kinds.test_synthesize import synthesize, take_in

pytestmark = pytest.mark.anyio


async def rows_of(client: httpx.AsyncClient, job: dict[str, Any]) -> list[dict[str, str]]:
    data = await client.get(job["links"]["result"])
    return list(csv.DictReader(io.StringIO(data.text)))


def part_of_shops(holes: bool = False) -> bytes:
    """Some columns of the shops' table, with empty cells or without."""
    lines = shops().decode().splitlines()
    kept = [line.split(",")[:3] for line in lines]
    for number, cells in enumerate(kept[1:]):
        if holes:
            cells[number % 3] = ""
    if not holes:
        kept = [cells[1:] for cells in kept]
    return ("\n".join(map(",".join, kept)) + "\n").encode()


async def test_conditions_and_shares_are_counts(client: httpx.AsyncClient) -> None:
    taken = await take_in(client)
    asked: dict[str, Any] = {
        "conditions": [{"where": "size >= 10", "rows": 123}],
        "shares": {"open": {"yes": 0.25}},
    }
    job = await synthesize(client, synthesizer=taken["id"], n_samples=400, seed=7, **asked)
    facts = {each["fact"]: each for each in job["result"]["facts"]}
    assert list(facts) == ["rows", "rows with size >= 10", "rows with open = yes"]
    assert [(each["declared"], each["observed"]) for each in facts.values()] == [
        (400, 400), (123, 123), (100, 100)
    ]  # fmt: skip
    rows = await rows_of(client, job)
    assert sum(float(row["size"]) >= 10 for row in rows) == 123
    assert sum(row["open"] == "yes" for row in rows) == 100
    assert all((row["open"] == "yes") == (row["shop"] > "002") for row in rows)


async def test_what_cannot_be_met_is_refused_with_what_can(client: httpx.AsyncClient) -> None:
    taken = await take_in(client)
    bodies: dict[str, dict[str, Any]] = {
        "conditions[0].where": {"conditions": [{"where": "size > ", "rows": 3}]},
        "conditions[0]": {"conditions": [{"where": "size > 900", "rows": 3}]},
        "shares.open.maybe": {"shares": {"open": {"maybe": 0.5}}},
        "given": {"conditions": [], "given": "src_1"},
        "draw": {"draw": True},
        "settings": {"settings": {"name": "copula"}},
        "impute": {"impute": "src_1"},
        "synthesizer": {"source": "src_1"},
    }
    for path, asked in bodies.items():
        body = {"kind": "synthesize", "synthesizer": taken["id"], "n_samples": 50, **asked}
        answer = await client.post("/v1/jobs", json=body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["path"] == path, answer.text
        if path == "conditions[0]":
            assert "0 of 3 can be had" in answer.text


async def test_copies_are_tables_of_the_next_seeds(client: httpx.AsyncClient) -> None:
    taken = await take_in(client)
    job = await synthesize(client, synthesizer=taken["id"], n_samples=40, seed=7, copies=3)
    one = await synthesize(client, synthesizer=taken["id"], n_samples=40, seed=9)
    copies = job["result"]["tables"]
    assert [each["name"][-2:] for each in copies] == ["_1", "_2", "_3"]
    assert [each["rows"] for each in copies] == [40] * 3
    shas = [each["files"][0]["sha256"] for each in (*copies, *one["result"]["tables"])]
    assert shas[2] == shas[3] and len(set(shas)) == 3
    body = {"kind": "synthesize", "synthesizer": taken["id"], "copies": 2, "impute": "src_1"}
    answer = await client.post("/v1/jobs", json=body)
    assert answer.status_code == 422 and answer.json()["errors"][0]["path"] == "copies"


async def test_given_cells_stay_and_the_others_are_drawn(open_service: Open) -> None:
    seen = set()
    for workers in (1, 2):
        service, client = await open_service(workers=workers)
        taken = await take_in(client)
        source = await add_source(service, part_of_shops(), f"src_{workers}")
        job = await synthesize(client, synthesizer=taken["id"], given=source, seed=7, copies=2)
        assert len(job["result"]["tables"]) == 2
        job = await synthesize(client, synthesizer=taken["id"], given=source, seed=7)
        stages = [stage["stage"] for stage in job["timeline"]]
        assert stages == ["load", "prepare", "generate", "report"]
        rows = await rows_of(client, job)
        real = list(csv.DictReader(io.StringIO(part_of_shops().decode())))
        assert [(row["open"], row["size"]) for row in rows] == [
            (row["open"], row["size"]) for row in real
        ]
        assert all((row["open"] == "yes") == (row["shop"] > "002") for row in rows)
        seen.add(job["result"]["tables"][0]["files"][0]["sha256"])
    assert len(seen) == 1


async def test_holes_are_filled(open_service: Open) -> None:
    service, client = await open_service()
    taken = await take_in(client)
    source = await add_source(service, part_of_shops(holes=True), "src_holed")
    job = await synthesize(client, synthesizer=taken["id"], impute=source, seed=7)
    rows = await rows_of(client, job)
    holed = list(csv.DictReader(io.StringIO(part_of_shops(holes=True).decode())))
    assert len(rows) == ROWS and list(rows[0]) == ["shop", "open", "size", "day"]
    for row, had in zip(rows, holed, strict=True):
        assert all(row.values())
        assert all(row[name] == cell for name, cell in had.items() if cell)
    again = await client.get(job["links"]["result"], params={"format": "parquet"})
    assert again.status_code == 200


async def test_a_source_is_learned_first(open_service: Open) -> None:
    seen = set()
    for workers in (1, 2):
        service, client = await open_service(workers=workers)
        source = await add_source(service, shops(), f"src_{workers}")
        asked: dict[str, Any] = {
            "conditions": [{"where": "open == 'yes'", "rows": 30}],
            "n_samples": 90,
        }
        body = {"kind": "synthesize", "source": source, "settings": {"max_rounds": 3}, "seed": 3}
        queued = (await client.post("/v1/jobs", json={**body, **asked})).json()
        await service.of("default").jobs.wait(queued["id"], 300)
        job = (await client.get(queued["links"]["self"])).json()
        assert job["status"] == "succeeded", job["error"]
        stages = [stage["stage"] for stage in job["timeline"]]
        assert stages == ["load", "prepare", "build", "train", "generate", "report"]
        rows = await rows_of(client, job)
        assert (len(rows), sum(row["open"] == "yes" for row in rows)) == (90, 30)
        seen.add(job["result"]["tables"][0]["files"][0]["sha256"])
    assert len(seen) == 1
