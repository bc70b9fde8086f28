"""Connections on which no request comes, or only slowly, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from app.api.handlers import install_error_handlers
from app.api.http.body_limit import BodyLimit
from app.api.http.protocol import ProblemProtocol

pytestmark = pytest.mark.anyio


# Long enough for whoever is in time, on a machine that is busy with something else.
PATIENCE = 1.0
# More than the system takes from a sender on its own account.
PIECES = 1000


class HurriedProtocol(ProblemProtocol):
    head_seconds = PATIENCE
    read_seconds = PATIENCE


async def _read_body(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.sleep(2 * HurriedProtocol.head_seconds)
        await send({"type": "websocket.send", "text": "still here"})
        await receive()
    if scope["type"] != "http":
        return
    message = await receive()
    while message.get("more_body"):
        message = await receive()
    if scope["path"] == "/large":
        await _send_much(send)
        return
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def _send_much(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(PIECES):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    await send({"type": "http.response.body"})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that has little patience."""
    app = FastAPI()
    install_error_handlers(app)
    app.mount("/", _read_body)
    app.add_middleware(BodyLimit, limit=1000, seconds=PATIENCE)
    config = uvicorn.Config(
        app, port=0, http=HurriedProtocol, lifespan="off", log_config=None, ws="wsproto"
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    await server.shutdown()


async def _answer(port: int, *pieces: bytes) -> bytes:
    """What the server says to these bytes until it ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    "begun", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nA: b"]
)
async def test_a_head_that_does_not_end_is_not_waited_for(port: int, begun: bytes) -> None:
    answer = await _answer(port, begun)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"/problems/request-timeout" in answer


async def test_a_second_head_has_its_time_too(port: int) -> None:
    first = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = await _answer(port, first, b"GET / HT")
    assert answer.startswith(b"HTTP/1.1 204")
    assert b"HTTP/1.1 408" in answer


async def test_a_body_that_does_not_end_is_not_waited_for(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    answer = await _answer(port, head, b"begun")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"the body did not arrive within 1 seconds" in answer


async def test_a_request_in_time_is_answered(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"
    assert (await _answer(port, head, b"whole")).startswith(b"HTTP/1.1 204")


async def test_a_socket_of_the_pages_is_nobody_s_head(port: int) -> None:
    head = (
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    async with asyncio.timeout(20):
        answer = await reader.readuntil(b"still here")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 101") and b"408" not in answer


async def _read_late(port: int, seconds: float) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await asyncio.sleep(seconds)
    try:
        return await asyncio.wait_for(reader.read(), 20)
    finally:
        writer.close()


async def test_a_client_that_does_not_read_is_cut_off(port: int) -> None:
    assert len(await _read_late(port, 0)) > PIECES * 65536
    assert len(await _read_late(port, 3 * PATIENCE)) < PIECES * 65536
