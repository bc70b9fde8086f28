"""A real service, a real browser, and a person who uses both."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.acceptance.http.server import Server, running_server
from tests.ui.person import Person

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 120_000  # milliseconds; a machine that does other things, too, is slow
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with (
        pytest.MonkeyPatch.context() as patch,
        running_server(tmp_path_factory.mktemp("pages")) as started,
    ):
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one module: while its driver runs, so does an event loop in this
    thread, and tests that are coroutines could not run."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("no Chromium is installed; tests/components/install.sh installs one")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=SWITCHES)


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    made = browser.new_context(
        base_url=server.url, viewport={"width": 1360, "height": 900}, accept_downloads=True
    )
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that may fail in nothing: no error of a script, no request to elsewhere."""
    page = context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: trouble.extend(_elsewhere(asked.url)))
    yield page
    assert trouble == []


def _elsewhere(address: str) -> list[str]:
    own = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
    return [] if address.startswith(own) else [address]


@pytest.fixture
def person(page: Page, tmp_path: Path) -> Person:
    return Person(page, tmp_path)
