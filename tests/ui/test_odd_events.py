"""Pages of learning take from a browser whatever it sends: nothing of it is an error."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from nicegui import Client

from app.ui.pages.source.columns import MANY
from app.ui.session import COOKIE
from tests.api.sources.conftest import read, upload
from tests.kinds.learning import shop_model
from tests.ui.asgi import Socket, client_id, running, visitor

pytestmark = pytest.mark.anyio
COLUMNS = 3 * MANY
ODD = ([1], {"a": 1}, 7, None, True, "no such choice", "", "\u0000", "x" * 5_000)
MOST_FIELDS = 40
OF_VALUES = ("update", "stored", "read", "refused", "change")


@pytest.fixture(scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FastAPI]:
    async with running(tmp_path_factory.mktemp("odd")) as app:
        yield app


@pytest.fixture(scope="module")
async def places(app: FastAPI) -> dict[str, str]:
    """Addresses of the pages of learning by what they are called."""
    names = [f"c{number}" for number in range(COLUMNS)]
    line = [",".join(str(row % (at + 2)) for at in range(COLUMNS)) for row in range(40)]
    content = "\n".join([",".join(names), *line])
    async with visitor(app) as browser:
        made = await upload(browser, content, "wide.csv")
        source = (await read(browser, made.json()["id"]))["id"]
        headers = {"Content-Type": "application/octet-stream"}
        model = await browser.post("/v1/synthesizers", content=shop_model(), headers=headers)
        synthesizer = model.json()["id"]
    return {
        "sources": "/sources",
        "source": f"/sources/{source}",
        "synthesizers": "/synthesizers",
        "synthesizer": f"/synthesizers/{synthesizer}",
        "learn": f"/synthesis?source={source}",
        "draw": f"/synthesis?synthesizer={synthesizer}",
    }


def events(client: str) -> list[dict[str, Any]]:
    """The events of a page that carry a value, each with every odd value; of very many fields
    only some, as a browser is heard so many times a second."""
    addresses = [
        {"id": element.id, "client_id": client, "listener_id": listener.id}
        for element in Client.instances[client].elements.values()
        for listener in element._event_listeners.values()
        if any(part in listener.type for part in OF_VALUES)
    ]
    some = addresses[:: len(addresses) // MOST_FIELDS + 1]
    return [{**each, "args": [json.dumps(value)]} for each in some for value in ODD]


PAGES = ["sources", "source", "synthesizers", "synthesizer", "learn", "draw"]


@pytest.mark.parametrize("page", PAGES)
async def test_no_event_of_a_page_is_an_error(
    app: FastAPI, places: dict[str, str], page: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with visitor(app) as browser:
        opened = await browser.get(places[page])
        client, cookie = client_id(opened), browser.cookies[COOKIE]
    socket = Socket(app, cookie)
    assert await socket.open(client) == "joined"
    found = events(client)
    assert found or page == "synthesizer", "it has no field"
    for number, event in enumerate(found):
        socket.emit("event", event)
        if number % 20 == 0:
            await socket.settle()
    await socket.settle()
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []


@pytest.mark.parametrize("page", ["source", "learn"])
async def test_of_very_many_columns_the_first_are_drawn(
    app: FastAPI, places: dict[str, str], page: str
) -> None:
    async with visitor(app) as browser:
        opened = await browser.get(places[page])
    elements = Client.instances[client_id(opened)].elements.values()
    drawn = [each for each in elements if "treated__name" in each.classes]
    assert len(drawn) == MANY
    assert len(elements) < 40 * MANY
