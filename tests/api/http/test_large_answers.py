from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from app.api.http import large_answers
from app.api.http.large_answers import CHUNK, LargeAnswer, while_connected
from app.workers.answers import Rendered

pytestmark = pytest.mark.anyio


async def test_an_answer_goes_out_in_pieces_as_it_is() -> None:
    content = b'{"a":"' + b"x" * (3 * CHUNK) + b'"}'
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await LargeAnswer(Rendered(content))({"type": "http"}, asyncio.Event().wait, send)  # type: ignore[arg-type]
    start, *pieces = sent
    headers = dict(start["headers"])
    assert (headers[b"content-length"], headers[b"content-type"]) == (
        str(len(content)).encode(),
        b"application/json",
    )
    assert b"".join(piece["body"] for piece in pieces) == content
    assert max(len(piece["body"]) for piece in pieces) == CHUNK


async def test_a_client_that_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_answers, "READ_SECONDS", 0.05)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    with pytest.raises(ClientDisconnect):
        await LargeAnswer(Rendered(b"{}"))({"type": "http"}, asyncio.Event().wait, send)  # type: ignore[arg-type]


async def test_a_call_ends_when_its_client_goes_away() -> None:
    leaving = asyncio.Event()
    cancelled = asyncio.Event()

    async def receive() -> dict[str, str]:
        await leaving.wait()
        return {"type": "http.disconnect"}

    async def call() -> None:
        try:
            leaving.set()
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    request = Request({"type": "http", "headers": []}, receive)
    with pytest.raises(ClientDisconnect):
        await while_connected(request, call())
    assert cancelled.is_set()


async def test_a_call_whose_client_stays_gives_its_answer() -> None:
    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async def call() -> int:
        return 7

    assert await while_connected(Request({"type": "http", "headers": []}, receive), call()) == 7
