"""Signing in and out, and what strangers get who have no key."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from nicegui import Client

from app.accounts.keys import Scope
from app.ui import visits
from app.ui.session import COOKIE, Session
from tests.ui.asgi import Socket, client_id, running, visitor

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def guarded(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[FastAPI, str]]:
    async with running(tmp_path_factory.mktemp("guarded"), api_keys=True) as app:
        made = await app.state.service.of("default").keys.create("test", Scope.ADMIN)
        yield app, made.token


def session_of(page: httpx.Response) -> Session:
    found = Client.instances[client_id(page)].request.scope["tablesmith.session"]
    assert isinstance(found, Session)
    return found


async def signed_in(app: FastAPI, key: str, browser: httpx.AsyncClient) -> str:
    """Sign a browser in as the page does; its cookie after that."""
    session = session_of(await browser.get("/sign-in"))
    await browser.get(f"/sign-in/{session.admit(key)}")
    return str(browser.cookies[COOKIE])


async def test_the_session_is_another_one_after_signing_in(guarded: tuple[FastAPI, str]) -> None:
    app, key = guarded
    async with visitor(app) as browser, visitor(app) as thief:
        page = await browser.get("/sign-in")
        planted = browser.cookies[COOKIE]
        thief.cookies.set(COOKIE, planted)
        assert "Give a key" in (await browser.get("/")).text
        session = session_of(page)
        open_before = Socket(app, planted)
        assert await open_before.open(client_id(page)) == "joined"
        ticket = session.admit(key)
        assert (await visitor(app).get(f"/sign-in/{ticket}")).headers["location"] == "/sign-in"
        answer = await browser.get(f"/sign-in/{ticket}")
        assert answer.headers["location"] == "/" and browser.cookies[COOKIE] != planted
        assert "Make a table" in (await browser.get("/")).text
        await open_before.ended()
        assert "Give a key" in (await thief.get("/")).text
        assert (await browser.get(f"/sign-in/{ticket}")).headers["location"] == "/sign-in"


async def test_signing_out_ends_the_session_and_its_sockets(guarded: tuple[FastAPI, str]) -> None:
    app, key = guarded
    async with visitor(app) as browser, visitor(app) as thief:
        stolen = await signed_in(app, key, browser)
        thief.cookies.set(COOKIE, stolen)
        page = await thief.get("/")
        socket = Socket(app, stolen)
        assert await socket.open(client_id(page)) == "joined"
        session = session_of(page)
        answer = await browser.get(f"/sign-in/{session.admit(None)}")
        assert answer.headers["location"] == "/sign-in" and browser.cookies[COOKIE] != stolen
        await socket.ended()
        assert "Give a key" in (await thief.get("/")).text


async def test_strangers_make_nobody_forgotten(guarded: tuple[FastAPI, str]) -> None:
    app, key = guarded
    async with visitor(app) as browser:
        await signed_in(app, key, browser)
        for place in ("/", "/design", "/jobs") * 350:
            await visitor(app).get(place)
        assert "Make a table" in (await browser.get("/")).text


@pytest.mark.parametrize(("pages", "elements"), [(3, 10**6), (10**6, 250)])
async def test_pages_that_a_key_has_left_make_place_for_the_next(
    guarded: tuple[FastAPI, str], monkeypatch: pytest.MonkeyPatch, pages: int, elements: int
) -> None:
    app, key = guarded
    monkeypatch.setattr(visits, "MOST_OF_A_KEY", pages)
    monkeypatch.setattr(visits, "MOST_ELEMENTS", elements)
    async with visitor(app) as browser:
        await signed_in(app, key, browser)
        made = [client_id(await browser.get("/")) for _ in range(6)]
    held = [page in Client.instances for page in made]
    assert held == sorted(held), "the oldest go first"
    assert not held[0]
    assert held[-1]
