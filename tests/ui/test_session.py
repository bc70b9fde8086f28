"""Sessions, the addresses of pages, and downloads handed on with the session's key."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.types import Message, Receive, Scope, Send

from app.ui.downloads import answer_download
from app.ui.mounting import is_page
from app.ui.session import COOKIE, Session, Sessions

pytestmark = pytest.mark.anyio


def scope(cookie: str = "", **more: Any) -> Scope:
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode())] if cookie else []
    return {"type": "http", "scheme": "http", "headers": headers, **more}


async def introduced(session: Session, **more: Any) -> dict[str, str]:
    """The headers that an answer of the pages has."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    start: Message = {"type": "http.response.start", "status": 200, "headers": []}
    await session.introduced(scope(**more), send)(start)
    return {key.decode(): value.decode() for key, value in sent[0]["headers"]}


async def test_a_browser_is_known_by_its_cookie() -> None:
    sessions = Sessions()
    first = sessions.of(scope())
    assert sessions.of(scope(first.id)) is first
    assert sessions.of(scope("guessed")) is not first
    assert "set-cookie" not in await introduced(first)


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites() -> None:
    session = Session(key="secret")
    headers = await introduced(session, scheme="https")
    assert headers["set-cookie"].endswith("Path=/; HttpOnly; SameSite=Lax; Secure")
    assert "secret" not in headers["set-cookie"] and "secret" not in repr(session)
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "Secure" not in (await introduced(Session()))["set-cookie"]


def used(sessions: Sessions, key: str | None = None) -> str:
    """The id of a session that there is something to remember of, and no page."""
    session = sessions.of(scope())
    session.key, session.dark = key, True
    sessions.keep(session)
    return session.id


def knows(sessions: Sessions, session_id: str) -> bool:
    return sessions.of(scope(session_id)).id == session_id


async def test_the_longest_unused_session_is_forgotten() -> None:
    sessions = Sessions(most=2)
    first, second = used(sessions), used(sessions)
    assert knows(sessions, first)
    third = used(sessions)
    assert knows(sessions, first) and knows(sessions, third)
    assert not knows(sessions, second)


async def test_a_visit_alone_leaves_nothing_behind() -> None:
    sessions = Sessions()
    visit = sessions.of(scope())
    assert knows(sessions, visit.id)
    left = visit.id
    del visit
    assert not knows(sessions, left)


async def test_those_without_a_key_push_out_nobody_with_one() -> None:
    sessions = Sessions(most=2)
    member = used(sessions, "ts_1")
    for _ in range(1001):
        used(sessions)
    assert knows(sessions, member)


async def test_one_key_has_so_many_sessions() -> None:
    sessions = Sessions(most_of_a_key=2)
    other = used(sessions, "ts_2")
    held = [used(sessions, "ts_1") for _ in range(4)]
    assert [knows(sessions, each) for each in held] == [False, False, True, True]
    assert knows(sessions, other)


async def test_a_ticket_is_good_once_and_for_one_browser() -> None:
    sessions = Sessions()
    first, other = sessions.of(scope()), sessions.of(scope())
    ticket = first.admit("ts_1")
    assert sessions.change_over(other, ticket) is None
    assert sessions.change_over(first, "é") is None
    new = sessions.change_over(first, ticket)
    assert new is not None and new.key == "ts_1" and new.id != first.id
    assert sessions.change_over(first, ticket) is None
    assert not knows(sessions, first.id) and knows(sessions, new.id)


@pytest.mark.parametrize("cookie", ['\\"' * 30_000, "; " * 30_000, "=" * 60_000])
async def test_no_cookie_takes_long_to_read(cookie: str) -> None:
    began = time.perf_counter()
    Sessions().of({"type": "http", "headers": [(b"cookie", cookie.encode())]})
    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", True),
        ("/jobs", True),
        ("/jobs/1", True),
        ("/_nicegui/3/static/x.js", True),
        ("/jobsx", False),
        ("/v1/jobs", False),
        ("/docs", False),
        ("/healthz", False),
        ("/nowhere", False),
    ],
)
async def test_only_addresses_of_pages_are_taken_from_the_api(path: str, page: bool) -> None:
    assert is_page(path) is page


class Door:
    """The download address alone, before an API that tells what it is asked."""

    def __init__(self, key: str | None) -> None:
        self._session = Session(key=key)
        self._api = FastAPI()

        @self._api.get("/v1/jobs/{job}/{part}")
        def tell(job: str, part: str, request: Request) -> dict[str, str]:
            return {**request.headers, "job": job, "part": part, "format": request.url.query}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer_download(self._api, self._session, scope, receive, send)


async def ask(key: str | None, path: str, method: str = "GET") -> httpx.Response:
    transport = httpx.ASGITransport(Door(key))
    headers = {"Cookie": "a=b", "Authorization": "Bearer forged", "Range": "bytes=0-9"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, headers=headers)


async def test_downloads_go_to_the_api_with_the_key_of_the_session() -> None:
    told = (await ask("mine", "/downloads/jobs/7/result?format=csv")).json()
    assert (told["job"], told["part"], told["format"]) == ("7", "result", "format=csv")
    assert told["authorization"] == "Bearer mine" and told["range"] == "bytes=0-9"
    assert "cookie" not in told
    assert "authorization" not in (await ask(None, "/downloads/jobs/7/manifest")).json()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/downloads/jobs/7/result"),
        ("GET", "/downloads/jobs/7/cancel"),
        ("GET", "/downloads/keys"),
        ("GET", "/downloads/jobs/../keys/result"),
    ],
)
async def test_nothing_else_is_handed_on(method: str, path: str) -> None:
    assert (await ask("mine", path, method)).status_code == 404
