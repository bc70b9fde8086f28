"""Names that requests are for, where no key says who asks."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.hosts import HostCheck, OwnSite

pytestmark = pytest.mark.anyio


async def _ask(app: Any, host: str) -> httpx.Response:
    transport = httpx.ASGITransport(HostCheck(app, ["Tables.example"]))
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
    await HostCheck(accepting)(scope, receive, send)
    assert sent == [told]


HOST = {"Host": "tables.example:8000"}
CROSS = {"Origin": "https://evil.example"}
ELSEWHERE: list[dict[str, str]] = [
    CROSS,
    {"Origin": "null"},
    {"Origin": "http://tables.example"},
    {"Origin": "http://tables.example:3000"},
    {"Origin": "http://tables.example.evil.example:8000"},
    {"Origin": "http://[::1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://tables.example:8000"},
    {"Sec-Fetch-Site": "none", **CROSS},
    {**CROSS, "Authorization": "Basic YTpi"},
]
AT_HOME: list[dict[str, str]] = [
    {},
    {"Origin": "http://tables.example:8000"},
    {"Origin": "HTTP://TABLES.example:8000"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://tables.public"},
    {"Origin": "https://tables.public", "X-Forwarded-Host": "tables.public, inner"},
    {**CROSS, "Authorization": "Bearer ts_1"},
]


async def _send(app: FastAPI, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.request(method, path, headers={**HOST, **headers})


@pytest.mark.parametrize("headers", ELSEWHERE)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/jobs/some/cancel"), ("DELETE", "/v1/jobs/some"), ("POST", "/v1/schemas/read")],
)
async def test_pages_of_other_sites_change_nothing(
    app: FastAPI, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = await _send(app, method, path, headers)
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/foreign-site"


@pytest.mark.parametrize("headers", AT_HOME)
async def test_programs_own_pages_and_keys_get_in(app: FastAPI, headers: dict[str, str]) -> None:
    assert (await _send(app, "POST", "/v1/jobs/some/cancel", headers)).status_code == 404


async def test_to_look_is_open_to_every_page(app: FastAPI) -> None:
    assert (await _send(app, "GET", "/v1/jobs", CROSS)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "told"),
    [*((each, "websocket.close") for each in ELSEWHERE), *((each, "accept") for each in AT_HOME)],
)
async def test_sockets_open_for_own_pages_alone(headers: dict[str, str], told: str) -> None:
    sent: list[str] = []

    async def accepting(scope: Any, receive: Any, send: Any) -> None:
        sent.append("accept")

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    named = [(k.lower().encode(), v.encode()) for k, v in {**HOST, **headers}.items()]
    if CROSS.items() <= headers.items() and "Authorization" in headers:
        told = "websocket.close"  # no key opens a socket
    await OwnSite(accepting)({"type": "websocket", "headers": named}, receive, send)
    assert sent == [told]
