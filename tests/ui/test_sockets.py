"""Sockets of pages: they speak for the session that they came with, and for no other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from nicegui import Client

from app.ui import sockets
from app.ui.meter import AT_ONCE, MESSAGE, Meter
from app.ui.session import COOKIE
from tests.ui.asgi import Socket, client_id, running, visitor

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FastAPI]:
    async with running(tmp_path_factory.mktemp("sockets")) as app:
        yield app


async def opened(app: FastAPI, place: str = "/") -> tuple[str, str]:
    """A page and the cookie that it came with."""
    async with visitor(app) as browser:
        page = await browser.get(place)
        return client_id(page), page.cookies[COOKIE]


def change(client: str) -> dict[str, Any]:
    """The event of a person who types another name for the table."""
    field = next(
        each
        for each in Client.instances[client].elements.values()
        if each._props.get("label") == "Name"
    )
    [listener] = (one.id for one in field._event_listeners.values() if "update" in one.type)
    return {"id": field.id, "client_id": client, "listener_id": listener, "args": ['"taken"']}


def name_of(client: str) -> str:
    scope = Client.instances[client].request.scope
    return str(scope["tablesmith.session"].draft.get("name"))


async def test_a_page_hears_its_own_socket(app: FastAPI) -> None:
    page, cookie = await opened(app)
    socket = Socket(app, cookie)
    assert await socket.open(page) == "joined"
    socket.emit("event", change(page))
    await socket.settle()
    assert name_of(page) == "taken"
    await socket.close()


async def test_no_other_session_speaks_for_a_page(app: FastAPI) -> None:
    page, cookie = await opened(app)
    mine = Socket(app, cookie)
    assert await mine.open(page) == "joined"
    other, strange = await opened(app)
    stranger = Socket(app, strange)
    assert await stranger.open(other) == "joined"
    for event in ("event", "javascript_response", "ack", "log"):
        stranger.emit(event, {**change(page), "next_message_id": 10**6})
    await stranger.settle()
    assert name_of(page) == "my_table"
    await stranger.close()
    await mine.close()


@pytest.mark.parametrize("implicit", [True, False])
async def test_no_other_session_joins_a_page(app: FastAPI, implicit: bool) -> None:
    page, _ = await opened(app)
    for cookie in ("", "guessed", (await opened(app))[1]):
        stranger = Socket(app, cookie)
        if implicit:
            assert await stranger.open(page) == "unjoined"
        else:
            assert await stranger.open() == "joined"
            said = {"client_id": page, "tab_id": "t", "document_id": "d", "next_message_id": 0}
            assert await stranger.ask("handshake", said) is False
        await stranger.close()
    assert not Client.instances[page].has_socket_connection


async def test_what_makes_no_sense_is_passed_over(app: FastAPI) -> None:
    page, cookie = await opened(app)
    socket = Socket(app, cookie)
    assert await socket.open(page) == "joined"
    event = change(page)
    for message in (
        None, 1, [], {}, {"client_id": []}, {"client_id": page}, {**event, "id": "x"},
        {**event, "listener_id": "none"}, {**event, "args": ["{"]}, {**event, "args": 5},
    ):  # fmt: skip
        for name in ("event", "javascript_response", "ack", "log", "handshake"):
            socket.emit(name, message)
    socket.send('42["event"]')
    socket.send('42["event",1,2,3]')
    await socket.settle()
    socket.emit("event", event)
    await socket.settle()
    assert name_of(page) == "taken"
    await socket.close()


async def test_pages_of_other_sites_open_no_socket(app: FastAPI) -> None:
    page, cookie = await opened(app)
    assert await Socket(app, cookie, origin="https://evil.example").open(page) == "refused"
    assert await Socket(app, cookie, origin="http://127.0.0.1").open(page) == "joined"


async def test_polling_is_not_there(app: FastAPI) -> None:
    async with visitor(app) as browser:
        answer = await browser.get("/_nicegui_ws/socket.io/?EIO=4&transport=polling")
    assert answer.status_code == 400


async def test_a_browser_has_so_many_sockets(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST_OF_A_SESSION", 3)
    _, cookie = await opened(app, "/sign-in")
    held = [Socket(app, cookie) for _ in range(3)]
    assert [await each.open() for each in held] == ["joined"] * 3
    assert await Socket(app, cookie).open() == "refused"
    await held.pop().close()
    held.append(Socket(app, cookie))
    assert await held[-1].open() == "joined"
    for each in held:
        await each.close()


async def test_strangers_have_so_many_sockets(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST_OF_STRANGERS", 5)
    page, cookie = await opened(app)
    held = [Socket(app) for _ in range(5)]
    assert [await each.open() for each in held] == ["joined"] * 5
    assert await Socket(app).open() == "refused"
    assert await Socket(app, cookie).open(page) == "joined"
    for each in held:
        await each.close()


async def test_a_socket_that_joins_no_page_is_ended(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "SECONDS_TO_JOIN", 0.2)
    socket = Socket(app)
    assert await socket.open() == "joined"
    await socket.ended()


@pytest.mark.parametrize("message", ["4" + "x" * 1_000_001, '451-["event",{"_placeholder":true}]'])
async def test_too_much_at_once_ends_a_socket(app: FastAPI, message: str) -> None:
    page, cookie = await opened(app)
    socket = Socket(app, cookie)
    assert await socket.open(page) == "joined"
    socket.send(message)
    socket._to_app.put_nowait({"type": "websocket.receive", "bytes": b"x" * 1000})
    await socket.ended()


async def test_a_flood_waits_and_nobody_else_does(app: FastAPI) -> None:
    page, cookie = await opened(app)
    socket = Socket(app, cookie)
    assert await socket.open(page) == "joined"
    for number in range(5000):
        socket.emit("event", {**change(page), "args": [f'"name {number}"']})
    await asyncio.sleep(1.0)
    left = socket._to_app.qsize()
    assert left > 4000, "a flood is read as fast as it comes"
    async with visitor(app) as other:
        began = time.perf_counter()
        assert (await other.get("/healthz")).status_code == 200
        assert time.perf_counter() - began < 1.0
    socket.task.cancel()  # type: ignore[union-attr]


async def test_work_is_paid_for_in_time() -> None:
    meter = Meter()
    for _ in range(int(AT_ONCE / MESSAGE) - 1):
        meter.message(0)
    assert meter.wait == 0
    meter.work(1.0)
    assert 3.5 < meter.wait <= 4.0


@pytest.mark.parametrize("value", ["[1]", "{}", "7", "null", "true"])
async def test_a_field_takes_texts_alone(
    app: FastAPI, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    page, cookie = await opened(app)
    before = name_of(page)
    socket = Socket(app, cookie)
    assert await socket.open(page) == "joined"
    socket.emit("event", {**change(page), "args": [value]})
    await socket.settle()
    assert name_of(page) == before
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
    socket.emit("event", change(page))
    await socket.settle()
    assert name_of(page) == "taken"
