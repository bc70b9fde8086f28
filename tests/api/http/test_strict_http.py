"""Heads and bodies that are refused before anything of them is looked at, over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from app.api.http.protocol import ProblemProtocol

pytestmark = pytest.mark.anyio

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"


async def _read_body(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(
        _read_body, port=0, http=ProblemProtocol, lifespan="off", log_config=None, ws="wsproto"
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    await server.shutdown()


async def _pieces(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """What comes until the connection ends; by a reset where not all of the request was read."""
    with contextlib.suppress(ConnectionResetError):
        while piece := await asyncio.wait_for(reader.read(65_536), 30):
            yield piece


async def _answer(port: int, request: bytes) -> tuple[int, str]:
    """The status and the detail of the first answer; the server has to end the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = b"".join([piece async for piece in _pieces(reader)])
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["detail"] if body else ""


@pytest.mark.parametrize(
    ("request_bytes", "reason"),
    [
        (GET + b"A: b\r\n" * 5_000 + b"\r\n", "100 lines"),
        (GET + b"A: b\r\n" * 200, "100 lines"),
        (GET + b"A: " + b"b" * 40_000 + b"\r\n\r\n", "32,768 bytes"),
        (GET + b"Cookie: a=" + b'\\"' * 3_000 + b"\r\n\r\n", "cookies"),
        (GET + b"Cookie: a=b\r\n" + b"Cookie: c=" + b"d" * 4_095 + b"\r\n\r\n", "cookies"),
        (GET + b"A: b\r\n folded\r\n\r\n", "second line"),
        (GET + b"A: b\r\n\tfolded\r\n\r\n", "second line"),
        (POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "together"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 60_000, "chunks"),
    ],
)
async def test_is_refused_and_the_connection_ends(
    port: int, request_bytes: bytes, reason: str
) -> None:
    status, detail = await _answer(port, request_bytes)
    assert status == 400
    assert reason in detail


async def test_a_second_request_is_held_to_the_same(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(GET + b"\r\n" + GET + b"A: b\r\n" * 200 + b"\r\n")
    answers = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    assert answers.startswith(b"HTTP/1.1 204")
    assert b"HTTP/1.1 400" in answers


async def test_a_body_in_many_chunks_is_read(port: int) -> None:
    chunk = b"64\r\n" + b"x" * 100 + b"\r\n"
    request = POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    status, _ = await _answer(port, request + chunk * 5_000 + b"0\r\n\r\n")
    assert status == 204


async def test_a_long_websocket_handshake_is_refused(port: int) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    cookie = b"Cookie: a=" + b'\\"' * 3_000 + b"\r\n\r\n"
    status, _ = await _answer(port, GET + upgrade + key + cookie)
    assert status == 400


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 3\r\nContent-Length: 4\r\n",
        b"Content-Length: 3, 4\r\n",
        b"Content-Length: +3\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x3\r\n",
        b"Content-Length: 99999999999999999999999\r\n",
        b"Content-Length : 3\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
    ],
)
async def test_a_length_that_two_readers_may_read_in_two_ways_ends_the_connection(
    port: int, lines: bytes
) -> None:
    smuggled = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(POST + lines + b"\r\n" + smuggled)
    answers = b"".join([piece async for piece in _pieces(reader)])
    writer.close()
    assert answers.count(b"HTTP/1.1 ") == 1
    assert answers.startswith(b"HTTP/1.1 400")
