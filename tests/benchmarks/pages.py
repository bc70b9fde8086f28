"""How soon the first page is there, and how long `GET /v1/jobs/{id}` takes while twenty browser
sessions have pages open.

    python -m tests.benchmarks.pages [--seconds 40] [--typists 6] [--no-job]

Every session is a browser context of its own (its own cookie, cache and socket), all in one
Chromium on this machine. People's browsers have cores of their own; this one has the same two as
the service, and runs at the lowest priority:

- six watch a job that makes rows all the time, so that one core is busy with it;
- six are on the schema page of the churn example. Each of them changes a value about every eight
  seconds, key by key, which is a person who looks at the preview between two changes; every change
  is compiled and previewed;
- eight have something open and read: finished tables, the list of tables, the setup page.

The status requests are open-loop, fifty a second: a late answer counts from the moment at which its
request was due.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.acceptance.http.server import ROOT, Server, running_server

WATCHERS, READERS = 6, 8
PAUSE = 8.0  # seconds between two changes of one person
KEY = 150  # milliseconds between two keys
RATE = 50  # requests a second
LOWEST = 19  # priority, as `nice` counts it
VISITS = 5
ENDLESS = 100_000_000  # rows, the most that the service makes in one job
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 60_000


@dataclass(frozen=True)
class Visit:
    """Milliseconds from the start of a visit with an empty cache; what was loaded until then.

    Args:
        painted: the page is seen.
        usable: its scripts run and its socket is open.
    """

    painted: float
    usable: float
    files: int
    kilobytes: float


@dataclass(frozen=True)
class Load:
    """What came of status requests beside open pages; `cpu` is the share of one core that the
    server used."""

    latency: str
    changes: int
    cpu: float


@contextmanager
def browser_and_server() -> Iterator[tuple[Browser, Server]]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with (
        tempfile.TemporaryDirectory(prefix="tablesmith-pages-") as folder,
        running_server(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = humble(path or "chromium", Path(folder) / "browser")
        yield playwright.chromium.launch(executable_path=browser, args=SWITCHES), server


def humble(browser: str, wrapper: Path) -> Path:
    """A command that starts the browser at the lowest priority and without the right to raise it,
    which Chromium does for whatever it draws; as it is where the machine has no such command."""
    limits = "setpriv --bounding-set=-sys_nice" if shutil.which("setpriv") else ""
    wrapper.write_text(f'#!/bin/sh\nexec nice -n {LOWEST} {limits} {browser} "$@"\n')
    wrapper.chmod(0o755)
    return wrapper


def visit(browser: Browser, address: str) -> Visit:
    """The first page in a context that has never seen the service."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/")
    page.wait_for_function("window.did_handshake", timeout=PATIENCE)
    usable = page.evaluate("performance.now()")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    sizes = page.evaluate("performance.getEntriesByType('resource').map(e => e.transferSize)")
    context.close()
    return Visit(float(painted), float(usable), len(sizes) + 1, sum(sizes) / 1000)


def measure(browser: Browser, server: Server, *, seconds: float, typists: int, job: bool) -> Load:
    """Open all sessions, let them settle, then ask for the job's status for some seconds."""
    done = make_job(server.url, rows=2000, wait=30)
    watched = make_job(server.url, rows=ENDLESS, wait=0) if job else done
    reading = (f"/jobs/{done}", "/jobs", "/")
    places = [f"/jobs/{watched}"] * WATCHERS + [reading[i % len(reading)] for i in range(READERS)]
    for place in places:
        open_page(browser, server.url, place)
    desks = [open_schema(browser, server.url) for _ in range(typists)]
    give_way()
    before, began = server_seconds(server), time.monotonic()
    probe = start_probe(server.url, watched, seconds)
    changes = type_now_and_then(desks, probe)
    used = (server_seconds(server) - before) / (time.monotonic() - began)
    if job:
        httpx.post(f"{server.url}/v1/jobs/{watched}/cancel").raise_for_status()
    if probe.returncode:
        raise RuntimeError("the status requests could not be timed")
    return Load(probe.stdout.read().strip() if probe.stdout else "", changes, used)


def server_seconds(server: Server) -> float:
    """CPU time of the server's own process."""
    times = psutil.Process(server.process.pid).cpu_times()
    return float(times.user + times.system)


def type_now_and_then(desks: Sequence[Page], probe: subprocess.Popen[str]) -> int:
    """One person after the other changes the mean of a column; how often until the probe ends."""
    changes = 0
    while probe.poll() is None:
        began = time.monotonic()
        if desks:
            field = desks[changes % len(desks)].get_by_label("Mean").first
            field.fill("")
            field.press_sequentially(str(10 + changes % 80), delay=KEY)
            changes += 1
        with suppress(subprocess.TimeoutExpired):
            probe.wait(max(0.0, PAUSE / max(1, len(desks)) - (time.monotonic() - began)))
    return changes


def give_way() -> None:
    """Put the browser's processes behind everybody else. They have sessions of their own, between
    which Linux shares time evenly whatever their niceness is (sched(7), autogroup)."""
    for process in psutil.Process().children(recursive=True):
        if "chromium" in process.name():
            with suppress(OSError, psutil.Error):
                Path(f"/proc/{process.pid}/autogroup").write_text(str(LOWEST), encoding="ascii")


def start_probe(address: str, job: str, seconds: float) -> subprocess.Popen[str]:
    """Ask for a job's status from a process of its own: this one is busy with twenty pages."""
    command = [sys.executable, "-m", "tests.benchmarks.latency", "--rate", str(RATE)]
    command += ["--seconds", str(seconds), "--service", address, "--job", job]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def make_job(address: str, *, rows: int, wait: int) -> str:
    text = (ROOT / "examples" / "churn.yaml").read_text(encoding="utf-8")
    answer = httpx.post(
        f"{address}/v1/jobs",
        json={"schema_yaml": text, "n_samples": rows, "formats": ["parquet"]},
        headers={"Prefer": f"wait={wait}"} if wait else {},
        timeout=60,
    ).raise_for_status()
    return str(answer.json()["id"])


def open_page(browser: Browser, address: str, place: str) -> Page:
    context = browser.new_context(base_url=address)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(place)
    page.wait_for_function("window.did_handshake")
    return page


def open_schema(browser: Browser, address: str) -> Page:
    page = open_page(browser, address, "/")
    page.get_by_role("button", name="Example").click()
    page.get_by_label("Example", exact=True).select_option("churn")
    expect(page.get_by_text("Loaded:")).to_be_visible(timeout=PATIENCE)
    page.goto("/design")
    expect(page.get_by_text("No faults")).to_be_visible(timeout=PATIENCE)
    return page


def visit_lines(visits: Sequence[Visit]) -> Iterator[str]:
    """The first visit of all, for which the service compresses its files, and those after it."""
    first, *rest = visits
    yield f"first visit of all: painted {first.painted:.0f} ms, usable {first.usable:.0f} ms"
    for name in ("painted", "usable"):
        times = [getattr(each, name) for each in rest]
        yield f"{name}: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms"
    yield f"{rest[-1].files} files, {rest[-1].kilobytes:.0f} kB"


def load_line(found: Load, sessions: int) -> str:
    return (
        f"{sessions} sessions, {found.changes} changes; status requests: {found.latency}; "
        f"the server used {found.cpu:.0%} of a core"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--typists", type=int, default=6)
    parser.add_argument("--no-job", action="store_true", help="nothing runs that is watched")
    given = parser.parse_args()
    say = sys.stdout.write
    say(f"load of the machine before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores\n")
    with browser_and_server() as (browser, server):
        for line in visit_lines([visit(browser, server.url) for _ in range(1 + VISITS)]):
            say(f"{line}\n")
        found = measure(
            browser, server, seconds=given.seconds, typists=given.typists, job=not given.no_job
        )
        say(load_line(found, WATCHERS + READERS + given.typists) + "\n")


if __name__ == "__main__":
    main()
