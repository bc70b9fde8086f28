"""How long `GET /v1/jobs/{id}` takes while browsers have the pages open, and how soon the first
page is seen.

    python -m tests.benchmarks.pages

Every session is a browser context of its own on the schema page of the churn example, with its
socket open. One after the other they change a field, so that the service checks, compiles and
previews all the time.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.acceptance.http.server import ROOT, running_server

SESSIONS = 20
SECONDS = 20.0
RATE = 50  # requests a second
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 60_000


@dataclass(frozen=True)
class Figures:
    """Milliseconds; `first` is the first paint of the first page in a fresh browser context."""

    sessions: int
    requests: int
    changes: int
    p50: float
    p99: float
    worst: float
    first: float


def measure(sessions: int = SESSIONS, seconds: float = SECONDS) -> Figures:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with (
        tempfile.TemporaryDirectory(prefix="tablesmith-pages-") as folder,
        running_server(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        return _measure(browser, server.url, sessions, seconds)


def _measure(browser: Browser, address: str, sessions: int, seconds: float) -> Figures:
    job = _finished_job(address)
    first = _first_paint(browser, address)
    pages = [_open(browser, address) for _ in range(sessions)]
    probe = Probe(f"{address}/v1/jobs/{job}", seconds)
    probe.start()
    changes = 0
    while probe.is_alive():
        pages[changes % sessions].get_by_label("Mean").first.fill(str(10 + changes))
        changes += 1
        probe.join(0.2)
    p50, p99 = np.percentile(probe.taken, [50, 99])
    worst = max(probe.taken)
    return Figures(sessions, len(probe.taken), changes, float(p50), float(p99), worst, first)


class Probe(threading.Thread):
    """Open-loop requests: a late answer counts from the moment at which its request was due."""

    def __init__(self, address: str, seconds: float) -> None:
        super().__init__(daemon=True)
        self._address, self._number = address, int(seconds * RATE)
        self.taken: list[float] = []

    def run(self) -> None:
        with httpx.Client() as client:
            start = time.perf_counter()
            for number in range(self._number):
                due = start + number / RATE
                time.sleep(max(0.0, due - time.perf_counter()))
                client.get(self._address).raise_for_status()
                self.taken.append(1000 * (time.perf_counter() - due))


def _finished_job(address: str) -> str:
    text = (ROOT / "examples" / "churn.yaml").read_text(encoding="utf-8")
    answer = httpx.post(
        f"{address}/v1/jobs",
        json={"schema_yaml": text, "formats": ["csv"]},
        headers={"Prefer": "wait=30"},
        timeout=60,
    )
    return str(answer.json()["id"])


def _first_paint(browser: Browser, address: str) -> float:
    """The best of three, each with nothing in the browser's cache."""
    return min(_paint(browser, address) for _ in range(3))


def _paint(browser: Browser, address: str) -> float:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE)
    taken = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return float(taken)


def _open(browser: Browser, address: str) -> Page:
    context = browser.new_context(base_url=address)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Example").click()
    page.get_by_label("Example", exact=True).select_option("churn")
    expect(page.get_by_text("Loaded:")).to_be_visible(timeout=PATIENCE)
    page.goto("/design")
    expect(page.get_by_text("No faults")).to_be_visible(timeout=PATIENCE)
    return page


def main() -> None:
    figures = measure()
    sys.stdout.write(
        f"{figures.sessions} sessions, {figures.changes} changes; status API over "
        f"{figures.requests} requests: p50 {figures.p50:.1f} ms, p99 {figures.p99:.1f} ms, "
        f"worst {figures.worst:.1f} ms; first page painted after {figures.first:.0f} ms\n"
    )


if __name__ == "__main__":
    main()
