from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from app.engine.errors import DefinitionError
from app.engine.profiling.columns import summarize_rows
from app.workers.errors import AnswerTooLarge, Overloaded, QueueFull
from app.workers.interactive import LARGE, Interactive, size_share
from tests.jobs.conftest import DOCUMENT, TWO_TABLES

pytestmark = pytest.mark.anyio

BOTH_FAULTY = b"""
features:
  a: {type: int, min: 5, max: 1}
  b: {type: category}
"""


@pytest.fixture
async def interactive() -> AsyncIterator[Interactive]:
    made = Interactive(workers=1, timeout=120, memory=None, max_rows=10_000)
    await made.start()
    yield made
    await made.stop()


async def test_validate_tells_columns_of_every_table(interactive: Interactive) -> None:
    answer = await interactive.validate(TWO_TABLES)
    assert (answer["valid"], answer["name"]) == (True, "shop")
    assert await interactive.read(TWO_TABLES) == TWO_TABLES
    assert answer["columns"] == [
        {"table": "customers", "name": "age", "type": "int"},
        {"table": "products", "name": "price", "type": "int"},
    ]


async def test_calls_that_come_while_it_stops_are_refused(interactive: Interactive) -> None:
    under_way = asyncio.create_task(interactive.validate(TWO_TABLES))
    await asyncio.sleep(0)
    await interactive.stop()
    with pytest.raises((Overloaded, asyncio.CancelledError)):
        await under_way
    with pytest.raises(Overloaded, match="stopping"):
        await interactive.validate(TWO_TABLES)


async def test_validate_tells_keys_and_lookup_tables(interactive: Interactive) -> None:
    tables = {
        "rates": {"primary_key": "zone", "rows": [{"zone": "a", "tax": 0.5, "level": 1}]},
        "sales": {"n_samples": 9, "foreign_keys": {"zone": {"references": "rates.zone"}}},
    }
    answer = await interactive.validate({"name": "shop", "tables": tables})
    assert [(each["table"], each["name"], each["type"]) for each in answer["columns"]] == [
        ("rates", "zone", "text"),
        ("rates", "tax", "float"),
        ("rates", "level", "int"),
        ("sales", "zone", "foreign_key"),
    ]


async def test_every_fault_comes_with_its_line(interactive: Interactive) -> None:
    with pytest.raises(DefinitionError) as caught:
        await interactive.validate(BOTH_FAULTY)
    assert sorted({fault.line for fault in caught.value.faults if fault.line}) == [3, 4]


async def test_read_gives_the_document_as_plain_data(interactive: Interactive) -> None:
    text = b"name: x\nfeatures:\n  b: {type: int, min: 1, max: 2}\n  a: {type: bool}\n"
    document = await interactive.read(text)
    assert document["name"] == "x"
    assert list(document["features"]) == ["b", "a"]


async def test_preview_shows_the_first_rows(interactive: Interactive) -> None:
    answer = await interactive.preview({**DOCUMENT, "seed": 7}, 3)
    assert (answer["name"], answer["seed"]) == ("people", 7)
    assert [row["id"] for row in answer["tables"]["people"]] == ["1", "2", "3"]


async def test_a_preview_is_summarized_where_it_is_asked(interactive: Interactive) -> None:
    document = {**DOCUMENT, "seed": 7}
    plain = await interactive.preview(document, 30)
    asked = await interactive.preview(document, 30, summary=True)
    assert asked.content.startswith(plain.content[:-1])
    assert set(asked) - set(plain) == {"summary"}
    assert asked["summary"] == {
        name: summarize_rows(rows) for name, rows in plain["tables"].items()
    }


async def test_rows_are_bounded(interactive: Interactive) -> None:
    with pytest.raises(DefinitionError, match="at most 10,000"):
        await interactive.preview({**DOCUMENT, "n_samples": 10_001}, 3)


async def test_a_call_that_hangs_is_given_up_and_the_next_one_works() -> None:
    interactive = Interactive(workers=1, timeout=120, memory=None, max_rows=10_000)
    await interactive.start()
    await interactive.read(b"features: {a: {type: bool}}")
    interactive._timeout = 0.2
    with pytest.raises(Overloaded, match=r"longer than 0\.2 seconds"):
        await interactive._call(time.sleep, 600)
    interactive._timeout = 120
    assert (await interactive.preview(DOCUMENT, 1))["name"] == "people"
    await interactive.stop()


async def test_a_process_that_dies_is_replaced(interactive: Interactive) -> None:
    with pytest.raises(Overloaded, match="died"):
        await interactive._call(os._exit, 1)
    assert (await interactive.preview(DOCUMENT, 1))["name"] == "people"


async def test_a_caller_who_goes_away_leaves_the_process_usable(interactive: Interactive) -> None:
    await interactive.preview(DOCUMENT, 1)
    before = await interactive._call(os.getpid)
    call = asyncio.create_task(interactive.preview(DOCUMENT, 1))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await interactive._call(os.getpid) == before


async def test_an_answer_is_bounded_before_it_leaves_the_process(
    interactive: Interactive,
) -> None:
    wide = {"type": "id", "format": "sequence", "prefix": "x" * 1_000_000}
    before = psutil.Process().memory_info().rss
    with pytest.raises(AnswerTooLarge, match="fewer `rows`"):
        await interactive.preview({"name": "x", "n_samples": 100, "features": {"id": wide}}, 1000)
    assert psutil.Process().memory_info().rss - before < 50 * 2**20
    few = await interactive.preview({"name": "x", "n_samples": 100, "features": {"id": wide}}, 2)
    assert len(few["tables"]["x"]) == 2


@pytest.mark.parametrize("rows", [1000, 10_000])
async def test_a_call_that_needs_too_much_memory_ends_and_the_next_one_works(rows: int) -> None:
    interactive = Interactive(workers=1, timeout=120, memory=400 * 2**20, max_rows=10_000)
    await interactive.start()
    wide = {"type": "id", "format": "sequence", "prefix": "x" * 1_000_000}
    with pytest.raises(AnswerTooLarge, match="memory"):
        await interactive.preview({"name": "x", "n_samples": rows, "features": {"id": wide}}, 1000)
    assert (await interactive.preview(DOCUMENT, 1))["name"] == "people"
    await interactive.stop()


async def test_small_definitions_have_less_time() -> None:
    assert size_share({}) < 0.01
    assert size_share(b"x" * LARGE) == size_share({"a": ["x"] * LARGE}) == 1
    interactive = Interactive(workers=1, timeout=7.5, memory=None, max_rows=10)
    await interactive.start()
    with pytest.raises(Overloaded, match=r"longer than 2\.5 seconds"):
        await interactive.of("a")._call(_sleep, b"small", 600)
    with pytest.raises(Overloaded, match=r"longer than 7\.5 seconds"):
        await interactive.of("a")._call(_sleep, b"x" * LARGE, 600)
    await interactive.stop()


def _sleep(source: bytes, seconds: float) -> None:
    time.sleep(seconds)


async def test_tenants_take_turns_and_none_holds_every_process(tmp_path: Path) -> None:
    interactive = Interactive(workers=2, timeout=300, memory=None, max_rows=10_000, shared=True)
    await interactive.start()
    told = tmp_path / "told"
    many = [asyncio.create_task(interactive.of("a")._call(_wait_for, told)) for _ in range(50)]
    for _ in range(3):
        assert (await interactive.of("b").preview(DOCUMENT, 1))["name"] == "people"
    assert (await interactive.preview(DOCUMENT, 1))["name"] == "people"
    assert not any(call.done() for call in many)
    told.touch()
    await asyncio.gather(*many)
    await interactive.stop()


async def test_a_full_queue_refuses_its_tenant_alone(tmp_path: Path) -> None:
    interactive = Interactive(workers=1, timeout=300, memory=None, max_rows=10_000, waiting=5)
    await interactive.start()
    told = tmp_path / "told"
    greedy = interactive.of("a")
    many = [asyncio.create_task(greedy._call(_wait_for, told)) for _ in range(20)]
    refused, _ = await asyncio.wait(many, return_when=asyncio.FIRST_EXCEPTION)
    assert {type(call.exception()) for call in refused} == {QueueFull}
    other = asyncio.create_task(interactive.of("b").preview(DOCUMENT, 1))
    own = asyncio.create_task(interactive.preview(DOCUMENT, 1))
    many[0].cancel()
    told.touch()
    assert (await other)["name"] == (await own)["name"] == "people"
    await asyncio.gather(*many, return_exceptions=True)
    await interactive.stop()


async def test_answers_that_nobody_reads_stop_their_tenant(
    interactive: Interactive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.workers.interactive.UNREAD", 1)
    reader = interactive.of("a")
    held = await reader.preview(DOCUMENT, 1)
    with pytest.raises(QueueFull):
        await reader.preview(DOCUMENT, 1)
    assert (await interactive.of("b").preview(DOCUMENT, 1))["name"] == held["name"]
    del held
    assert (await reader.preview(DOCUMENT, 1))["name"] == "people"


def _wait_for(file: Path) -> None:
    while not file.exists():
        time.sleep(0.01)


async def test_the_loop_stays_free_while_a_process_works(
    interactive: Interactive, tmp_path: Path
) -> None:
    await interactive.preview(DOCUMENT, 1)
    told = tmp_path / "told"
    call = asyncio.create_task(interactive._call(_wait_for, told))
    for _ in range(50):
        await asyncio.sleep(0.001)
    assert not call.done()
    told.touch()
    await call


async def test_columns_become_a_draft_in_both_spellings(interactive: Interactive) -> None:
    answer = await interactive.draft_of_columns("age,city\n30,Rome\n40,Oslo\n50,Rome\n")
    assert answer["document"]["features"]["age"]["type"] == "int"
    assert await interactive.spellings(answer["yaml"].encode()) == dict(answer)


async def test_a_text_without_columns_is_a_fault_with_its_reason(interactive: Interactive) -> None:
    with pytest.raises(DefinitionError, match="the first line holds no names of columns"):
        await interactive.draft_of_columns("\n" * 40_000)
