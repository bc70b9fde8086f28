"""A job whose files do not hold what was declared is amber, and says what."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.http.server import Server, running_server
from tests.ui.axe import violations

DEFINITION = {"name": "short", "features": {"age": {"type": "int", "min": 1, "max": 9}}}


@pytest.fixture(scope="module")
def unmet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server with a finished job whose stored result says that its rows are unmet."""
    folder = tmp_path_factory.mktemp("unmet")
    with (
        pytest.MonkeyPatch.context() as patch,
        running_server(folder) as server,
    ):
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        body = {"schema": DEFINITION, "n_samples": 50}
        job = str(server.finished(body)["id"])
        with sqlite3.connect(folder / "var" / "tablesmith.db") as database:
            ((stored,),) = database.execute("SELECT result FROM jobs WHERE id = ?", (job,))
            result = json.loads(stored)
            for fact in result["facts"]:
                fact["holds"] = fact["fact"] != "rows"
            database.execute("UPDATE jobs SET result = ? WHERE id = ?", (json.dumps(result), job))
        yield server, job


def test_the_page_of_the_job_names_the_fact(page: Page, unmet: tuple[Server, str]) -> None:
    server, job = unmet
    page.goto(f"{server.url}/jobs/{job}")
    expect(page.get_by_text("Done, 1 unmet", exact=True)).to_have_class("pill pill--warn")
    expect(page.get_by_role("log")).to_contain_text("Unmet: rows.")
    expect(page.get_by_role("progressbar", name="Rows")).to_have_class("progress progress--unmet")
    expect(page.get_by_text("Declared facts")).to_be_visible()
    assert violations(page) == []


def test_the_list_names_the_fact(page: Page, unmet: tuple[Server, str]) -> None:
    server, _ = unmet
    page.goto(f"{server.url}/jobs")
    line = page.get_by_role("list", name="Tables").get_by_role("listitem")
    expect(line.get_by_text("Done, 1 unmet")).to_have_class("pill pill--warn")
    expect(line.get_by_text("Unmet: rows")).to_be_visible()
    assert violations(page) == []
