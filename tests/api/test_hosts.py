"""Names that requests are for, where no key says who asks."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.hosts import LocalNames

pytestmark = pytest.mark.anyio


async def _ask(app: Any, host: str) -> httpx.Response:
    transport = httpx.ASGITransport(LocalNames(app, ["Tables.example"]))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.get("/healthz", headers={"Host": host})


OWN = "127.0.0.1 127.0.0.1:8000 127.9.9.9 [::1]:8000 localhost LOCALHOST:8000 tables.localhost"
ALLOWED = "tables.example TABLES.example:443"
FOREIGN = (
    "evil.example evil.example:8000 localhost.evil.example notlocalhost 127.0.0.1.evil.example "
    "192.0.2.1 0.0.0.0 user@evil.example localhost@evil.example [::1"
)


@pytest.mark.parametrize("host", f"{OWN} {ALLOWED}".split())
async def test_names_of_this_machine_are_answered_to(app: FastAPI, host: str) -> None:
    assert (await _ask(app, host)).status_code == 200


@pytest.mark.parametrize("host", ["", *FOREIGN.split()])
async def test_a_page_under_another_name_gets_nothing(app: FastAPI, host: str) -> None:
    answer = await _ask(app, host)
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/misdirected-request"


@pytest.mark.parametrize(
    ("host", "told"), [("localhost", "websocket.accept"), ("evil.example", "websocket.close")]
)
async def test_a_socket_under_another_name_is_not_opened(host: str, told: str) -> None:
    sent: list[str] = []

    async def accepting(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "headers": [(b"host", host.encode())]}
    await LocalNames(accepting)(scope, receive, send)
    assert sent == [told]
