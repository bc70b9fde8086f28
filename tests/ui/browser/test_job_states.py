"""A job that waits, runs, is cancelled, and whose delivery fails and is tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.http.server import ROOT, Server, running_server
from tests.ui.axe import violations
from tests.ui.person import see_done

FOR_LONG = 50_000_000  # rows
HOLD = 60  # seconds at most


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that runs one large job at a time and tries a delivery once."""
    folder = tmp_path_factory.mktemp("narrow")
    settings = {"max_concurrent_jobs": "1", "delivery_attempts": "1"}
    with (
        pytest.MonkeyPatch.context() as patch,
        running_server(folder, outbound_allow="127.0.0.1", **settings) as server,
    ):
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        yield server


def submit(server: Server, **body: Any) -> str:
    text = (ROOT / "examples" / "churn.yaml").read_text(encoding="utf-8")
    answer = httpx.post(f"{server.url}/v1/jobs", json={"schema_yaml": text, **body}, timeout=60)
    return str(answer.raise_for_status().json()["id"])


@pytest.mark.slow
def test_a_job_is_watched_while_it_waits_and_runs_and_cancelled(page: Page, narrow: Server) -> None:
    running = submit(narrow, name="the first", n_samples=FOR_LONG)
    waiting = submit(narrow, name="the second", n_samples=FOR_LONG)
    page.goto(f"{narrow.url}/jobs/{running}")
    expect(page.get_by_text("rows/s")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Rows")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{narrow.url}/jobs/{waiting}")
    expect(page.get_by_text("Waiting for its turn.")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{narrow.url}/jobs")
    lines = page.get_by_role("list", name="Tables").get_by_role("listitem")
    expect(lines.filter(has_text="the first")).to_contain_text("% made")
    httpx.post(f"{narrow.url}/v1/jobs/{waiting}/cancel").raise_for_status()
    expect(lines.filter(has_text="the second")).to_contain_text("Cancelled")
    page.goto(f"{narrow.url}/jobs/{running}")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("nothing half-made is left")
    assert violations(page) == []


class Depot(BaseHTTPRequestHandler):
    """Takes files from the second try on, and not before its gate is open."""

    tries = 0
    gate = threading.Event()

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        Depot.tries += 1
        if Depot.tries > 1:
            Depot.gate.wait(HOLD)
        self.send_response(403 if Depot.tries == 1 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the tests tell what they saw."""


@pytest.fixture
def depot() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Depot) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/table.csv"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_a_delivery_that_failed_is_tried_again(page: Page, narrow: Server, depot: str) -> None:
    connection = {"name": "depot", "kind": "http", "credentials": {"url": depot}}
    httpx.post(f"{narrow.url}/v1/connections", json=connection).raise_for_status()
    sink = {"kind": "http", "connection": "depot"}
    job = submit(narrow, name="sent", n_samples=200, formats=["csv"], sinks=[sink])
    page.goto(f"{narrow.url}/jobs/{job}")
    log = page.get_by_role("log")
    expect(log).to_contain_text("Delivery to HTTP upload: failed after 1 try")
    expect(page.get_by_text("Failed", exact=True)).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Try again").click()
    expect(log).to_contain_text("Delivery to HTTP upload: on its way")
    page.reload()
    expect(log).to_contain_text("Delivery to HTTP upload: on its way")
    Depot.gate.set()
    expect(log).to_contain_text("Delivery to HTTP upload: delivered")
    see_done(page)
