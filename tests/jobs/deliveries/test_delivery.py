"""Deliveries: what is tried again, when, with which files and credentials."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from app.jobs.deliveries import delivery as deliveries
from app.jobs.deliveries.delivery import MAX_RETRY_AFTER, DeliveryRunner, DeliverySource, readable
from app.jobs.models import Delivery
from app.sinks.base import DeliveryAttempt, Receipt, SinkFile, TerminalSinkError, TransientSinkError
from app.sinks.failing import FailingSink
from app.store.database import DatabaseUnavailable
from app.telemetry.redaction import LONGEST_TEXT

pytestmark = pytest.mark.anyio

FAX = Delivery("fax", {"kind": "fax"})
SOURCE = DeliverySource("job", "default", 2)


def _file(name: str, form: str) -> SinkFile:
    return SinkFile(Path(name), name, "" if form == "manifest" else "t", form, 1, "0" * 64)


FILES = [_file("t.csv", "csv"), _file("t.parquet", "parquet"), _file("manifest.json", "manifest")]


class Known(BaseModel):
    word: SecretStr


class Waits(FailingSink):
    """Delivers until it is told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.ended = threading.Event(), threading.Event()

    def deliver(
        self, files: Any, target: Any, credentials: Any, attempt: DeliveryAttempt
    ) -> Receipt:
        self.begun.set()
        attempt.stopping.wait(30)
        self.ended.set()
        attempt.go_on()
        return {}


async def test_a_sink_is_given_what_its_owner_has_given() -> None:
    asked: list[tuple[str, int, str, Mapping[str, Any]]] = []

    async def credentials_of(
        job_id: str, place: int, tenant: str, target: Mapping[str, Any]
    ) -> BaseModel:
        asked.append((job_id, place, tenant, target))
        return Known(word=SecretStr("sesame"))

    sink = FailingSink([TransientSinkError("busy")])
    runner = DeliveryRunner({"fax": sink}, 2, 0.0, credentials_of)
    ended = await runner.deliver(FAX, FILES, SOURCE)
    assert ended.status == "delivered"
    assert sink.known == [Known(word=SecretStr("sesame"))] * 2
    assert asked == [("job", 2, "default", {"kind": "fax"})] * 2


class Hangs(FailingSink):
    """Hears of nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.let_go = threading.Semaphore(0), threading.Event()

    def deliver(
        self, files: Any, target: Any, credentials: Any, attempt: DeliveryAttempt
    ) -> Receipt:
        self.begun.release()
        self.let_go.wait(60)
        return {}


async def test_deliveries_that_hang_keep_nothing_else_waiting() -> None:
    sink, many = Hangs(), 40  # more than the threads that all other calls share
    runner = DeliveryRunner({"fax": sink}, 1, 0.0)
    tasks = [asyncio.create_task(runner.deliver(FAX, FILES, SOURCE)) for _ in range(many)]
    try:
        async with asyncio.timeout(30):
            await asyncio.to_thread(lambda: [sink.begun.acquire() for _ in range(many)])
    finally:
        sink.let_go.set()
    assert {ended.status for ended in await asyncio.gather(*tasks)} == {"delivered"}


async def test_a_database_that_is_away_says_nothing_about_a_sink() -> None:
    answers: list[Any] = [DatabaseUnavailable(), Known(word=SecretStr("sesame"))]

    async def credentials_of(*_whose: Any) -> BaseModel:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    sink = FailingSink()
    ended = await DeliveryRunner({"fax": sink}, 1, 0.0, credentials_of).deliver(FAX, FILES, SOURCE)
    assert (ended.status, ended.attempts, ended.error) == ("delivered", 1, None)
    assert sink.known == [Known(word=SecretStr("sesame"))]


async def test_a_database_that_stays_away_fails_no_delivery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliveries, "OUTAGE_SECONDS", 0.0)

    async def credentials_of(*_whose: Any) -> BaseModel:
        raise DatabaseUnavailable

    runner = DeliveryRunner({"fax": FailingSink()}, 5, 0.0, credentials_of)
    with pytest.raises(DatabaseUnavailable):
        await runner.deliver(FAX, FILES, SOURCE)


async def test_credentials_that_are_gone_end_a_delivery() -> None:
    async def credentials_of(*_whose: Any) -> BaseModel:
        raise TerminalSinkError("there is no connection 'lake' any more")

    ended = await DeliveryRunner({"fax": FailingSink()}, 5, 0.0, credentials_of).deliver(
        FAX, FILES, SOURCE
    )
    assert (ended.status, ended.attempts) == ("failed", 1)
    assert ended.error == "there is no connection 'lake' any more"


async def test_a_kind_that_is_not_served_any_more_fails() -> None:
    ended = await DeliveryRunner({}, 5, 0.0).deliver(FAX, FILES, SOURCE)
    assert ended.status == "failed"
    assert ended.error is not None
    assert "'fax'" in ended.error


async def test_pauses_double_unless_the_other_side_asks_for_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(deliveries.asyncio, "sleep", sleep)
    monkeypatch.setattr(deliveries.random, "uniform", lambda low, high: (low + high) / 2)
    failures = [
        TransientSinkError("busy"),
        TransientSinkError("busy"),
        TransientSinkError("busy", retry_after=60),
        TransientSinkError("busy", retry_after=1e9),
    ]
    sink = FailingSink(list(failures))
    ended = await DeliveryRunner({"fax": sink}, 5, 2.0).deliver(FAX, FILES, SOURCE)
    assert (ended.status, ended.attempts) == ("delivered", 5)
    assert pauses == [2.0, 4.0, 60, MAX_RETRY_AFTER]


async def test_a_delivery_that_nobody_waits_for_is_told_to_stop() -> None:
    sink = Waits()
    task = asyncio.ensure_future(DeliveryRunner({"fax": sink}, 1, 0.0).deliver(FAX, FILES, SOURCE))
    await asyncio.to_thread(sink.begun.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(sink.ended.wait, 30)


@pytest.mark.parametrize(
    ("formats", "names"),
    [
        (None, ["t.csv", "t.parquet", "manifest.json"]),
        (("parquet", "arrow"), ["t.parquet", "manifest.json"]),
    ],
)
def test_a_sink_gets_the_files_that_it_can_read(
    formats: tuple[str, ...] | None, names: list[str]
) -> None:
    class Picky(FailingSink):
        pass

    Picky.formats = formats
    assert [file.name for file in readable(FILES, Picky())] == names


@pytest.mark.parametrize("kind", [TransientSinkError, TerminalSinkError])
async def test_what_a_sink_says_at_great_length_is_cut(kind: type[Exception]) -> None:
    said = "password=sesame " + "no room " * 40_000
    ended = await DeliveryRunner({"fax": FailingSink([kind(said)])}, 1, 0.0).deliver(
        FAX, FILES, SOURCE
    )
    assert ended.status == "failed"
    assert ended.error is not None
    assert len(ended.error) <= LONGEST_TEXT
    assert ended.error.startswith("password=*** no room")
