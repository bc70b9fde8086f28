"""Files that a page sends are handed on to the API with the key of the session."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.accounts.keys import Scope
from app.main import PAGES_UPLOAD
from app.ui.session import COOKIE
from app.ui.uploads import SOURCES
from tests.ui.asgi import running, visitor
from tests.ui.test_entrance import signed_in

pytestmark = pytest.mark.anyio
CSV = b"age,plan\n30,A\n41,B\n"
BYTES = {"Content-Type": "application/octet-stream"}


async def test_an_uploaded_table_is_a_source(tmp_path: Path) -> None:
    assert SOURCES == PAGES_UPLOAD
    async with running(tmp_path) as app, visitor(app, **BYTES) as browser:
        answer = await browser.post(f"{SOURCES}?name=people.csv", content=CSV)
        assert answer.status_code == 202
        assert answer.json()["name"] == "people.csv"
        listed = (await browser.get("/v1/sources")).json()["items"]
        assert [each["id"] for each in listed] == [answer.json()["id"]]
        refused = await browser.post(f"{SOURCES}?name=people.exe", content=CSV)
        assert refused.status_code == 422 and "end it in" in refused.text


async def test_a_file_may_be_as_large_as_a_source_and_no_larger(tmp_path: Path) -> None:
    settings = {"max_body_bytes": 1_000, "max_source_bytes": 20_000}
    async with running(tmp_path, **settings) as app, visitor(app, **BYTES) as browser:
        rows = CSV + b"30,A\n" * 1_000
        assert (await browser.post(f"{SOURCES}?name=a.csv", content=rows)).status_code == 202
        rows += b"30,A\n" * 10_000
        assert (await browser.post(f"{SOURCES}?name=a.csv", content=rows)).status_code == 413


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_page_of_another_site_uploads_nothing(tmp_path: Path, site: str) -> None:
    async with running(tmp_path) as app, visitor(app, **BYTES) as browser:
        headers = {"Sec-Fetch-Site": site}
        answer = await browser.post(f"{SOURCES}?name=a.csv", content=CSV, headers=headers)
        assert answer.status_code == 403
        assert (await browser.get("/v1/sources")).json()["items"] == []


async def test_nothing_else_is_handed_on(tmp_path: Path) -> None:
    async with running(tmp_path) as app, visitor(app, **BYTES) as browser:
        for method, place in (
            ("GET", SOURCES), ("DELETE", SOURCES), ("POST", "/uploads/keys"),
            ("POST", "/uploads/sources/../keys"), ("POST", "/uploads"),
        ):  # fmt: skip
            assert (await browser.request(method, place)).status_code == 404, place


async def test_the_key_of_the_session_counts_and_no_other(tmp_path: Path) -> None:
    async with running(tmp_path, api_keys=True) as app, visitor(app, **BYTES) as browser:
        keys = app.state.service.of("default").keys
        made = await keys.create("test", Scope.WRITE)
        place = f"{SOURCES}?name=a.csv"
        stolen = {"Authorization": f"Bearer {made.token}"}
        assert (await browser.post(place, content=CSV, headers=stolen)).status_code == 401
        await signed_in(app, made.token, browser)
        assert browser.cookies[COOKIE]
        assert (await browser.post(place, content=CSV)).status_code == 202
