from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from app.engine.errors import DefinitionError
from app.engine.profiling.columns import summarize_rows
from app.engine.profiling.targets import targets_by_column
from app.workers.errors import AnswerTooLarge, Overloaded, QueueFull
from app.workers.request_workers import LARGE, RequestWorkers, size_share
from tests.services import DOCUMENT, TWO_TABLES

pytestmark = pytest.mark.anyio

BOTH_FAULTY = b"""
features:
  a: {type: int, min: 5, max: 1}
  b: {type: category}
"""


@pytest.fixture
async def request_workers() -> AsyncIterator[RequestWorkers]:
    made = RequestWorkers(workers=1, timeout=120, memory=None, max_rows=10_000)
    await made.start()
    yield made
    await made.stop()


async def test_validate_tells_columns_of_every_table(request_workers: RequestWorkers) -> None:
    answer = await request_workers.validate(TWO_TABLES)
    assert (answer["valid"], answer["name"]) == (True, "shop")
    assert await request_workers.read(TWO_TABLES) == TWO_TABLES
    assert answer["columns"] == [
        {"table": "customers", "name": "age", "type": "int"},
        {"table": "products", "name": "price", "type": "int"},
    ]


async def test_calls_that_come_while_it_stops_are_refused(request_workers: RequestWorkers) -> None:
    under_way = asyncio.create_task(request_workers.validate(TWO_TABLES))
    await asyncio.sleep(0)
    await request_workers.stop()
    with pytest.raises((Overloaded, asyncio.CancelledError)):
        await under_way
    with pytest.raises(Overloaded, match="stopping"):
        await request_workers.validate(TWO_TABLES)


async def test_validate_tells_keys_and_lookup_tables(request_workers: RequestWorkers) -> None:
    tables = {
        "rates": {"primary_key": "zone", "rows": [{"zone": "a", "tax": 0.5, "level": 1}]},
        "sales": {"n_samples": 9, "foreign_keys": {"zone": {"references": "rates.zone"}}},
    }
    answer = await request_workers.validate({"name": "shop", "tables": tables})
    assert [(each["table"], each["name"], each["type"]) for each in answer["columns"]] == [
        ("rates", "zone", "text"),
        ("rates", "tax", "float"),
        ("rates", "level", "int"),
        ("sales", "zone", "foreign_key"),
    ]


async def test_every_fault_comes_with_its_line(request_workers: RequestWorkers) -> None:
    with pytest.raises(DefinitionError) as caught:
        await request_workers.validate(BOTH_FAULTY)
    assert sorted({fault.line for fault in caught.value.faults if fault.line}) == [3, 4]


async def test_read_gives_the_document_as_plain_data(request_workers: RequestWorkers) -> None:
    text = b"name: x\nfeatures:\n  b: {type: int, min: 1, max: 2}\n  a: {type: bool}\n"
    document = await request_workers.read(text)
    assert document["name"] == "x"
    assert list(document["features"]) == ["b", "a"]


async def test_preview_shows_the_first_rows(request_workers: RequestWorkers) -> None:
    answer = await request_workers.preview({**DOCUMENT, "seed": 7}, 3)
    assert (answer["name"], answer["seed"]) == ("people", 7)
    assert [row["id"] for row in answer["tables"]["people"]] == [1, 2, 3]


async def test_a_preview_is_summarized_where_it_is_asked(request_workers: RequestWorkers) -> None:
    document = {**DOCUMENT, "seed": 7}
    plain = await request_workers.preview(document, 30)
    asked = await request_workers.preview(document, 30, summary=True)
    assert asked.content.startswith(plain.content[:-1])
    assert set(asked) - set(plain) == {"summary"}
    assert asked["summary"] == {
        name: summarize_rows(rows) for name, rows in plain["tables"].items()
    }


async def test_a_preview_tells_what_can_be_plotted_where_it_is_asked(
    request_workers: RequestWorkers,
) -> None:
    document = {
        "seed": 7,
        "n_samples": 200,
        "features": {
            "age": {"type": "int", "min": 18, "max": 90, "correlation": "positive"},
            "size": {"type": "float", "buckets": [{"mean": 1, "std": 1}, {"mean": 9, "std": 2}]},
            "plan": {"type": "category", "cats": ["a", "b"]},
        },
        "target": {"left": {"type": "bool", "proportion": 0.4}},
    }
    plain = await request_workers.preview(document, 200)
    asked = await request_workers.preview(document, 200, plots=True)
    assert set(asked) - set(plain) == {"densities", "targets"}
    (name, rows), *_ = plain["tables"].items()
    densities, targets = asked["densities"][name], asked["targets"][name]
    assert set(densities) == {"age", "size"}
    size = densities["size"]
    steps = np.diff(size["x"])
    assert float((np.array(size["y"][1:]) * steps).sum()) == pytest.approx(1, abs=0.01)
    assert targets == targets_by_column(rows, "left", "true")
    positive = [
        row["left"] for row in rows if row["plan"] == targets["plan"]["column"]["labels"][0]
    ]
    assert targets["plan"]["figures"][0] == sum(positive) / len(positive)
    young, old = targets["age"]["figures"][0], targets["age"]["figures"][-1]
    assert young < old


async def test_rows_are_bounded(request_workers: RequestWorkers) -> None:
    with pytest.raises(DefinitionError, match="at most 10,000"):
        await request_workers.preview({**DOCUMENT, "n_samples": 10_001}, 3)


async def test_a_call_that_hangs_is_given_up_and_the_next_one_works() -> None:
    request_workers = RequestWorkers(workers=1, timeout=120, memory=None, max_rows=10_000)
    await request_workers.start()
    await request_workers.read(b"features: {a: {type: bool}}")
    request_workers._timeout = 0.2
    with pytest.raises(Overloaded, match=r"longer than 0\.2 seconds"):
        await request_workers._call(time.sleep, 600)
    request_workers._timeout = 120
    assert (await request_workers.preview(DOCUMENT, 1))["name"] == "people"
    await request_workers.stop()


async def test_a_process_that_dies_is_replaced(request_workers: RequestWorkers) -> None:
    with pytest.raises(Overloaded, match="died"):
        await request_workers._call(os._exit, 1)
    assert (await request_workers.preview(DOCUMENT, 1))["name"] == "people"


async def test_a_caller_who_goes_away_leaves_the_process_usable(
    request_workers: RequestWorkers,
) -> None:
    await request_workers.preview(DOCUMENT, 1)
    before = await request_workers._call(os.getpid)
    call = asyncio.create_task(request_workers.preview(DOCUMENT, 1))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await request_workers._call(os.getpid) == before


async def test_an_answer_is_bounded_before_it_leaves_the_process(
    request_workers: RequestWorkers,
) -> None:
    wide = {"type": "id", "format": "sequence", "prefix": "x" * 1_000_000}
    before = psutil.Process().memory_info().rss
    with pytest.raises(AnswerTooLarge, match="fewer `rows`"):
        await request_workers.preview(
            {"name": "x", "n_samples": 100, "features": {"id": wide}}, 1000
        )
    assert psutil.Process().memory_info().rss - before < 50 * 2**20
    few = await request_workers.preview(
        {"name": "x", "n_samples": 100, "features": {"id": wide}}, 2
    )
    assert len(few["tables"]["x"]) == 2


@pytest.mark.parametrize("rows", [1000, 10_000])
async def test_a_call_that_needs_too_much_memory_ends_and_the_next_one_works(rows: int) -> None:
    request_workers = RequestWorkers(workers=1, timeout=120, memory=400 * 2**20, max_rows=10_000)
    await request_workers.start()
    wide = {"type": "id", "format": "sequence", "prefix": "x" * 1_000_000}
    with pytest.raises(AnswerTooLarge, match="memory"):
        await request_workers.preview(
            {"name": "x", "n_samples": rows, "features": {"id": wide}}, 1000
        )
    assert (await request_workers.preview(DOCUMENT, 1))["name"] == "people"
    await request_workers.stop()


async def test_small_definitions_have_less_time() -> None:
    assert size_share({}) < 0.01
    assert size_share(b"x" * LARGE) == size_share({"a": ["x"] * LARGE}) == 1
    request_workers = RequestWorkers(workers=1, timeout=7.5, memory=None, max_rows=10)
    await request_workers.start()
    with pytest.raises(Overloaded, match=r"longer than 2\.5 seconds"):
        await request_workers.of("a")._call(_sleep, b"small", 600)
    with pytest.raises(Overloaded, match=r"longer than 7\.5 seconds"):
        await request_workers.of("a")._call(_sleep, b"x" * LARGE, 600)
    await request_workers.stop()


def _sleep(source: bytes, seconds: float) -> None:
    time.sleep(seconds)


async def test_tenants_take_turns_and_none_holds_every_process(tmp_path: Path) -> None:
    request_workers = RequestWorkers(
        workers=2, timeout=300, memory=None, max_rows=10_000, shared=True
    )
    await request_workers.start()
    told = tmp_path / "told"
    many = [asyncio.create_task(request_workers.of("a")._call(_wait_for, told)) for _ in range(50)]
    for _ in range(3):
        assert (await request_workers.of("b").preview(DOCUMENT, 1))["name"] == "people"
    assert (await request_workers.preview(DOCUMENT, 1))["name"] == "people"
    assert not any(call.done() for call in many)
    told.touch()
    await asyncio.gather(*many)
    await request_workers.stop()


async def test_a_full_queue_refuses_its_tenant_alone(tmp_path: Path) -> None:
    request_workers = RequestWorkers(
        workers=1, timeout=300, memory=None, max_rows=10_000, waiting=5
    )
    await request_workers.start()
    told = tmp_path / "told"
    greedy = request_workers.of("a")
    many = [asyncio.create_task(greedy._call(_wait_for, told)) for _ in range(20)]
    refused, _ = await asyncio.wait(many, return_when=asyncio.FIRST_EXCEPTION)
    assert {type(call.exception()) for call in refused} == {QueueFull}
    other = asyncio.create_task(request_workers.of("b").preview(DOCUMENT, 1))
    own = asyncio.create_task(request_workers.preview(DOCUMENT, 1))
    many[0].cancel()
    told.touch()
    assert (await other)["name"] == (await own)["name"] == "people"
    await asyncio.gather(*many, return_exceptions=True)
    await request_workers.stop()


async def test_answers_that_nobody_reads_stop_their_tenant(
    request_workers: RequestWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.workers.request_workers.UNREAD", 1)
    reader = request_workers.of("a")
    held = await reader.preview(DOCUMENT, 1)
    with pytest.raises(QueueFull):
        await reader.preview(DOCUMENT, 1)
    assert (await request_workers.of("b").preview(DOCUMENT, 1))["name"] == held["name"]
    del held
    assert (await reader.preview(DOCUMENT, 1))["name"] == "people"


def _wait_for(file: Path) -> None:
    while not file.exists():
        time.sleep(0.01)


async def test_the_loop_stays_free_while_a_process_works(
    request_workers: RequestWorkers, tmp_path: Path
) -> None:
    await request_workers.preview(DOCUMENT, 1)
    told = tmp_path / "told"
    call = asyncio.create_task(request_workers._call(_wait_for, told))
    for _ in range(50):
        await asyncio.sleep(0.001)
    assert not call.done()
    told.touch()
    await call


async def test_columns_become_a_draft_in_both_spellings(request_workers: RequestWorkers) -> None:
    text = b"age,city\n30,Rome\n40,Oslo\n50,Rome\n"
    answer = await request_workers.imported(text, ".csv", "people")
    assert answer["document"]["features"]["age"]["type"] == "int"
    assert answer["document"]["name"] == "people"
    assert [each["column"] for each in answer["columns"]] == ["age", "city"]
    spelled = await request_workers.spellings(answer["yaml"].encode())
    assert dict(spelled) == {key: answer[key] for key in ("document", "yaml")}


async def test_a_definition_becomes_sql(request_workers: RequestWorkers) -> None:
    source = {"name": "t", "features": {"a": {"type": "bool"}}}
    made = await request_workers.sql_of(source, "postgresql")
    assert made["create"] == 'CREATE TABLE "t" (\n  "a" boolean NOT NULL\n);\n'
    assert "t.csv" in made["load"]
    assert (await request_workers.sql_of(source, "oracle"))["load"] is None


async def test_a_text_without_columns_is_a_fault_with_its_reason(
    request_workers: RequestWorkers,
) -> None:
    with pytest.raises(DefinitionError, match="the first line holds no names of columns"):
        await request_workers.imported(b"\n" * 40_000, ".txt", None)
