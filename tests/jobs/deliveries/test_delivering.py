"""Processes of deliveries: what a stranger's server does to them stays in them."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import structlog
from pydantic import BaseModel, SecretStr

from app.jobs.deliveries import delivering
from app.jobs.deliveries.delivering import Bounds, Errand, carry
from app.sinks.base import Receipt, SinkError, Stopped, TerminalSinkError, TransientSinkError
from app.sinks.egress import EgressPolicy, read_allowed
from app.sinks.kinds.crm_analytics import CrmCredentials
from app.sinks.kinds.http import HttpCredentials
from app.sinks.kinds.s3 import S3Credentials
from app.sinks.kinds.sql import SqlCredentials
from app.sinks.postgresql_connection import PostgresCredentials
from tests.components.hostile_servers import hostile_server
from tests.services import StartService, request
from tests.sinks.candidates import OUTBOUND, table_file
from tests.sinks.odd_sinks import Odd, Word

pytestmark = pytest.mark.anyio

LOOPBACK = EgressPolicy(read_allowed("127.0.0.1"))
PASSWORD = SecretStr("hunter2-canary")
BOUNDS = Bounds(2**30, 120.0)
LONGEST_LAG, MOST_GROWTH = 0.1, 40 << 20

Target = tuple[dict[str, Any], BaseModel]


def _targets(port: int) -> dict[str, Target]:
    place, url = {"host": "127.0.0.1", "port": port, "database": "d"}, f"http://127.0.0.1:{port}"
    key = S3Credentials(access_key_id="k", secret_access_key=PASSWORD)
    plain = {**place, "dialect": "mysql", "tls": "disable"}
    return {
        "postgresql": (place, PostgresCredentials(user="u", password=PASSWORD)),
        "sql": (plain, SqlCredentials(user="u", password=PASSWORD)),
        "s3": ({"bucket": "b", "endpoint": url}, key),
        "http": ({}, HttpCredentials(url=SecretStr(f"{url}/{{file}}"))),
        "https": ({}, HttpCredentials(url=SecretStr(f"https://127.0.0.1:{port}/{{file}}"))),
        "crm_analytics": ({"instance_url": url}, CrmCredentials(access_token=PASSWORD)),
    }


def _errand(kind: str, port: int, folder: Path) -> Errand:
    target, credentials = _targets(port)[kind]
    kind = kind.replace("https", "http")
    files = [table_file(folder, "a", list(range(1000)))]
    return Errand(OUTBOUND[kind](LOOPBACK), files, {**target, "kind": kind}, credentials, "job/0")


def _odd(deed: str) -> Errand:
    return Errand(Odd(), [], {"kind": "odd", "do": deed}, Word(word=PASSWORD), "job/0")


def _processes() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


@asynccontextmanager
async def _undisturbed() -> AsyncIterator[None]:
    """Neither this process grows in the block, nor its loop is held, nor does a process stay."""
    await carry(_odd("say"), BOUNDS)  # the fork server is up, and everything is imported
    before, processes, lags = psutil.Process().memory_info().rss, _processes(), [0.0]
    watching = asyncio.create_task(_watch(lags))
    try:
        yield
    finally:
        watching.cancel()
    assert max(lags) < LONGEST_LAG
    assert psutil.Process().memory_info().rss - before < MOST_GROWTH
    assert not {pid for pid in _processes() - processes if psutil.pid_exists(pid)}


async def _watch(lags: list[float]) -> None:
    while True:
        began = time.thread_time()  # what other processes of the machine take does not count
        await asyncio.sleep(0.005)
        lags.append(time.thread_time() - began)


@pytest.mark.parametrize(
    ("server", "kind", "told"),
    [
        ("postgresql_error", "postgresql", "sent more than"),
        ("postgresql_parameters", "postgresql", "sent more than"),
        ("postgresql_notices", "postgresql", "sent more than"),
        ("mysql_packet", "sql", "sent more than"),
        ("http_error_body", "s3", "object store|sent more than"),
        ("http_error_body", "http", "more than 1,048,576 bytes"),
        ("http_redirect", "s3", "object store"),
        ("http_redirect", "http", "not followed"),
        ("http_redirect", "crm_analytics", "not followed"),
        ("http_headers", "s3", "object store"),
        ("http_headers", "http", "cannot be read"),
        ("http_small_headers", "http", "cannot be read"),
        ("http_continue", "http", "sent too much"),
        ("http_chunks", "http", "sent too much"),
        ("salesforce_pages", "crm_analytics", "does not end"),
    ],
)
async def test_what_a_server_sends_stays_in_the_process_of_its_delivery(
    tmp_path: Path, server: str, kind: str, told: str
) -> None:
    with hostile_server(server) as port:
        errand = _errand(kind, port, tmp_path)
        async with _undisturbed():
            with pytest.raises(SinkError, match=told) as refused:
                await carry(errand, BOUNDS)
    assert PASSWORD.get_secret_value() not in str(refused.value)


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        ("drip", "http"),
        ("drip", "s3"),
        ("tarpit", "postgresql"),
        ("tarpit", "s3"),
        ("tarpit", "http"),
        ("tarpit", "sql"),
        ("tarpit", "crm_analytics"),
        ("tls_half", "https"),
        ("postgresql_tls_half", "postgresql"),
    ],
)
async def test_a_server_that_takes_its_time_has_the_time_of_the_delivery(
    tmp_path: Path, server: str, kind: str
) -> None:
    with hostile_server(server) as port:
        errand = _errand(kind, port, tmp_path)
        async with _undisturbed():
            began = time.monotonic()
            with pytest.raises(TerminalSinkError, match="longer than 2 seconds"):
                await carry(errand, Bounds(2**30, 2.0))
            assert time.monotonic() - began < 10


@pytest.mark.parametrize("kind", ["postgresql", "s3", "http", "sql", "crm_analytics"])
async def test_a_delivery_into_a_tarpit_is_gone_when_nobody_waits_for_it(
    tmp_path: Path, kind: str
) -> None:
    with hostile_server("tarpit") as port:
        errand = _errand(kind, port, tmp_path)
        async with _undisturbed():
            task = asyncio.create_task(carry(errand, BOUNDS))
            await asyncio.sleep(0.5)
            began = time.monotonic()
            task.cancel()
            await asyncio.wait({task})
            assert time.monotonic() - began < 2
            assert task.cancelled()


async def test_a_sink_is_told_to_stop_before_it_is_killed(
    logged: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "STOP_SECONDS", 60.0)
    async with _undisturbed():
        task = asyncio.create_task(carry(_odd("obey"), BOUNDS))
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.wait({task})
    assert "rolled back" in [line["event"] for line in logged]


async def test_a_sink_that_hears_of_nothing_is_killed() -> None:
    async with _undisturbed():
        with pytest.raises(TerminalSinkError, match="longer than 1 seconds"):
            await carry(_odd("spin"), Bounds(2**30, 1.0))


async def test_memory_has_a_bound() -> None:
    async with _undisturbed():
        with pytest.raises(TerminalSinkError, match=r"more than 536,870,912 bytes of memory"):
            await carry(_odd("fill"), Bounds(2**29, 60.0))


async def test_a_process_that_dies_says_nothing_about_the_next_attempt() -> None:
    with pytest.raises(TransientSinkError, match="SIGKILL"):
        await carry(_odd("die"), BOUNDS)


async def test_what_is_told_holds_no_secret(logged: list[Any]) -> None:
    receipt: Receipt = await carry(_odd("say"), BOUNDS)
    assert receipt["text"] == "given ***"
    assert receipt["process"] != os.getpid()
    first, second = logged
    assert (first["event"], first["text"], first["count"]) == ("said by structlog", "<***>", 3)
    assert (second["event"], second["log_level"]) == ("logs ***", "warning")
    with pytest.raises(TransientSinkError) as later:
        await carry(_odd("refuse"), BOUNDS)
    assert (str(later.value), later.value.retry_after) == ("not now, ***", 7.5)
    with pytest.raises(TerminalSinkError, match="the sink broke"):
        await carry(_odd("break"), BOUNDS)
    assert "ValueError: about ***" in logged[-1]["exception"]
    assert PASSWORD.get_secret_value() not in str(logged)


async def test_lines_of_a_delivery_carry_what_is_bound_around_it(logged: list[Any]) -> None:
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, _keep(logged)])
    with structlog.contextvars.bound_contextvars(job_id="a-job"):
        await carry(_odd("say"), BOUNDS)
    assert {line["job_id"] for line in logged} == {"a-job"}


def _keep(lines: list[Any]) -> Callable[..., Any]:
    def processor(_logger: Any, _method: str, event: Any) -> Any:
        lines.append(event)
        raise structlog.DropEvent

    return processor


async def test_a_process_that_talks_without_end_is_not_listened_to(logged: list[Any]) -> None:
    await carry(_odd("shout"), BOUNDS)
    assert len(logged) <= delivering.MOST_LINES
    assert len(json.dumps(logged)) < 4_000_000
    with pytest.raises(TerminalSinkError) as refused:
        await carry(_odd("lament"), BOUNDS)
    assert len(str(refused.value)) <= delivering.MOST_SAID


def test_a_stop_is_told_as_such() -> None:
    with pytest.raises(Stopped):
        delivering._receipt({"error": "stopped", "text": "the delivery was stopped"})


async def test_a_job_whose_server_is_hostile_ends_with_a_reason(
    start_service: StartService,
) -> None:
    service = await start_service(outbound_allow="127.0.0.1")
    with hostile_server("postgresql_error") as port:
        target, _ = _targets(port)["postgresql"]
        sink = {"kind": "postgresql", **target, "credentials": {"user": "u", "password": "w0rd-x"}}
        job = (await service.jobs.submit(request(sinks=(sink,), formats=("parquet",)))).job
        ended = await service.jobs.wait(job.id, 120)
    assert ended.status == "failed"
    assert ended.error is not None
    assert "sent more than 16,777,216 bytes" in ended.error.detail
    assert (ended.deliveries[0].status, ended.deliveries[0].attempts) == ("failed", 1)


async def test_a_job_in_a_tarpit_is_cancelled_at_once(start_service: StartService) -> None:
    service = await start_service(outbound_allow="127.0.0.1")
    with hostile_server("tarpit") as port:
        target, _ = _targets(port)["sql"]
        sink = {"kind": "sql", **target, "credentials": {"user": "u", "password": "w0rd-x"}}
        job = (await service.jobs.submit(request(sinks=(sink,), formats=("parquet",)))).job
        async for event in service.jobs.events(job.id):
            if event.data["status"] == "delivering":
                break
        await asyncio.sleep(0.5)
        await service.jobs.cancel(job.id)
        ended = await service.jobs.wait(job.id, 120)
    assert ended.status == "cancelled"


async def test_a_delivery_knows_nothing_of_whoever_runs_the_service() -> None:
    """Neither variables, in which drivers look for keys, nor a home folder with files of them."""
    assert set(os.environ) - delivering.KEPT
    seen = await carry(_odd("look_around"), BOUNDS)
    assert set(seen["names"]) <= delivering.KEPT | {"HOME"}
    assert seen["home"] == os.devnull
