"""The whole way once: start the service, post a definition, follow the job, read the result.

`make demo` runs this; it also serves as an example of a client. It needs a running machine and
nothing else: the service listens on a free port of this machine and stops at the end.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

DEFINITION = Path(__file__).with_name("churn.yaml")
FOLDER = Path("var") / "demo"
ROWS = 100_000
SHOWN = 5
PATIENCE = 120  # seconds that the service may take to get ready


@contextmanager
def service(log: Path) -> Iterator[str]:
    """A service of its own on a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    with tempfile.TemporaryDirectory(prefix="tablesmith-demo-") as data, log.open("w") as lines:
        command += ["--data-dir", data]
        process = subprocess.Popen(command, stdout=lines, stderr=lines)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    sys.exit(f"The service did not get ready; its log:\n{log.read_text()}")


def submit(client: httpx.Client) -> dict[str, Any]:
    """Post the definition as a job for more rows than it says itself."""
    body = {"schema_yaml": DEFINITION.read_text(), "n_samples": ROWS, "seed": 7, "formats": ["csv"]}
    answer = client.post("/v1/jobs", json=body)
    if answer.is_error:
        sys.exit(f"The definition was refused:\n{answer.text}")
    job: dict[str, Any] = answer.json()
    return job


def follow(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    """Listen to the job's events until it is over; the job as it is then."""
    with client.stream("GET", f"/v1/jobs/{job['id']}/events", timeout=None) as events:
        for line in events.iter_lines():
            if line.startswith("data:"):
                show_progress(json.loads(line[5:]))
    ended: dict[str, Any] = client.get(f"/v1/jobs/{job['id']}").json()
    if ended["status"] != "succeeded":
        sys.exit(f"The job ended as {ended['status']}: {json.dumps(ended['error'])}")
    return ended


def show_progress(event: dict[str, Any]) -> None:
    progress = event.get("progress")
    if progress and progress["total"]:
        status, stage = event["status"], progress["stage"]
        print(f"  {status}: {stage} {progress['done']:,} of {progress['total']:,} rows")


def fetch(client: httpx.Client, job: dict[str, Any], file: Path) -> None:
    """Stream the result into a file."""
    with client.stream("GET", f"/v1/jobs/{job['id']}/result", params={"format": "csv"}) as answer:
        answer.raise_for_status()
        with file.open("wb") as target:
            for part in answer.iter_bytes():
                target.write(part)


def show(client: httpx.Client, job: dict[str, Any], file: Path) -> None:
    """The first rows, then what was promised and how it was carried out."""
    print(f"\nFirst rows of {file}:")
    with file.open(encoding="utf-8") as lines:
        for _, line in zip(range(SHOWN + 1), lines, strict=False):
            print("  " + line.rstrip())
    rules = client.get(f"/v1/jobs/{job['id']}/rules").json()["text"].splitlines()
    print(f"\nThe first of the rules that it comes to ({len(rules)} lines in all):")
    for line in rules[:SHOWN]:
        print("  " + re.sub(" +", " ", line))
    show_facts(job["result"]["facts"])


def show_facts(facts: list[dict[str, Any]]) -> None:
    """How many facts hold; the shares one by one, and whatever does not hold."""
    holding = sum(fact["holds"] for fact in facts)
    print(f"\n{len(facts)} declared facts were measured in the file, {holding} hold, among them:")
    for fact in facts:
        if fact["fact"].startswith("share of") or not fact["holds"]:
            held = "" if fact["holds"] else "  DOES NOT HOLD"
            print(f"  {fact['fact']}: {fact['declared']} declared, {fact['observed']} found{held}")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    file, log = FOLDER / "churn.csv", FOLDER / "service.log"
    with service(log) as address, httpx.Client(base_url=address, timeout=30) as client:
        print(f"Tablesmith listens on {address}; posting {DEFINITION.name} for {ROWS:,} rows")
        started = time.perf_counter()
        job = follow(client, submit(client))
        print(f"Done in {time.perf_counter() - started:.1f} s")
        fetch(client, job, file)
        show(client, job, file)
    print(f"\nThe table is in {file}, the service's log in {log}.")
    print("Start the service with `make serve`, then open http://127.0.0.1:8000")


if __name__ == "__main__":
    main()
