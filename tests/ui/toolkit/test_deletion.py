"""Elements that are gone leave nothing behind that only a collection of garbage would free."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import httpx
import pytest
from nicegui import Client

from app.ui.toolkit.elements import Element
from tests.api.sources.conftest import read, upload
from tests.ui.asgi import running, visitor

pytestmark = pytest.mark.anyio


CSV = b"a,b,c,d\n" + b"".join(b"%d,x,%d,y\n" % (row, row % 9) for row in range(60))


async def _source(browser: httpx.AsyncClient) -> str:
    """The page of a source that was read."""
    made = await upload(browser, CSV, "a.csv")
    source = await read(browser, made.json()["id"])
    return f"/sources/{source['id']}"


@pytest.mark.parametrize("page", ["/design", "source"])
async def test_a_page_that_is_gone_is_freed_without_a_collection(tmp_path: Path, page: str) -> None:
    async with running(tmp_path) as app, visitor(app) as browser:
        place = await _source(browser) if page == "source" else page
        await browser.get(place)
        before = set(Client.instances)
        gc.collect()
        gc.disable()
        try:
            await browser.get(place)
            (made,) = set(Client.instances) - before
            elements = [weakref.ref(each) for each in Client.instances[made].elements.values()]
            Client.instances[made].delete()
            left = [ref for ref in elements if isinstance(ref(), Element)]
            assert len(elements) > 100
            assert len(left) < len(elements) / 4
        finally:
            gc.enable()
