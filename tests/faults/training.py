"""Kills while tables are learned: `python -m tests.faults.training --seed 1 --faults 100`.

A server and a runner over one folder; trainings are asked for one after the other, and all the
while workers, the runner and the server are killed with SIGKILL. In the end every training that
was acknowledged is there once, has succeeded, and has stored the model that one without faults
stores, byte for byte. Exit status 1 where that is not so.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tests.components.servers import free_ports
from tests.engine.learned_tables import without_times
from tests.faults.programs import Program

SECONDS = 300.0
COLUMNS, ROWS = 12, 5_000
OUTSTANDING = 2
KINDS = ("worker", "runner", "server", "both")
# Seconds between faults, at least, and as a share of what a training takes that is left alone: a
# machine that needs longer to start a program is given the time to.
LEAST_PACE, PACE_SHARE = 1.5, 0.2


def table() -> bytes:
    """A table whose columns take a while to learn."""
    rng = np.random.default_rng(4)
    values = np.cumsum(rng.normal(size=(ROWS, COLUMNS)), axis=1)
    lines = [",".join(f"c{column}" for column in range(COLUMNS))]
    lines += [",".join(f"{value:.2f}" for value in row) for row in values]
    return ("\n".join(lines) + "\n").encode()


@dataclass
class Trainings:
    """A server and a runner that are killed, and a client that does not give up."""

    folder: Path
    address: str
    server: Program
    runner: Program
    injected: Counter[str] = field(default_factory=Counter)
    orphans: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """An answer that is no sign of a fault; asked for until there is one."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.request(method, f"{self.address}{path}", timeout=30, **options)
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
            time.sleep(0.05)
        raise AssertionError(f"no answer in {SECONDS} s: {self.server.log.read_text()[-2000:]}")

    def source(self) -> str:
        """The id of a table that was read."""
        headers = {"Content-Type": "text/csv", "Idempotency-Key": "table"}
        sent = self.ask("POST", "/v1/sources?name=table.csv", content=table(), headers=headers)
        address = f"/v1/sources/{sent.json()['id']}"
        self._until(lambda: self.ask("GET", address).json()["status"] == "ready")
        return str(sent.json()["id"])

    def train(self, source: str, key: str) -> str:
        """The id of a job."""
        body = {"kind": "train", "source": source, "seed": 5}
        sent = self.ask("POST", "/v1/jobs", json=body, headers={"Idempotency-Key": key})
        assert sent.status_code == 202, sent.text
        return str(sent.json()["id"])

    def job(self, job: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/v1/jobs/{job}").json()
        return found

    def ended(self, job: str) -> dict[str, Any]:
        """A job at its end."""
        self._until(lambda: self.job(job)["status"] in {"succeeded", "failed", "cancelled"})
        return self.job(job)

    def model(self, job: dict[str, Any]) -> str:
        """The digest of the model file that a job has stored, its times apart."""
        synthesizer = job["result"]["details"]["synthesizer"]
        file = self.ask("GET", f"/v1/synthesizers/{synthesizer}/file")
        return hashlib.sha256(without_times(file.content)).hexdigest()

    def inject(self, kind: str) -> None:
        """Kill something, and start it again where it does not come back by itself."""
        self.injected[kind] += 1
        if kind == "worker":
            for worker in self.runner.workers():
                with contextlib.suppress(Exception):
                    worker.kill()
            return
        programs = {"runner": [self.runner], "server": [self.server]}
        for program in programs.get(kind, [self.runner, self.server]):
            self.orphans += program.kill()
            program.start()

    def _until(self, condition: Any) -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(0.1)
        raise AssertionError(f"not in {SECONDS} s: {self.runner.log.read_text()[-2000:]}")


@contextlib.contextmanager
def trainings(folder: Path) -> Iterator[Trainings]:
    """A server without a runner, and a runner, while the block lasts."""
    (port,) = free_ports(1)
    environment = {
        "TABLESMITH_DATA_DIR": str(folder / "data"),
        "TABLESMITH_SECRET_KEYS": base64.b64encode(os.urandom(32)).decode(),
        "TABLESMITH_LEASE_SECONDS": "1",
        "TABLESMITH_POLL_SECONDS": "0.1",
        "TABLESMITH_MAX_ATTEMPTS": "20",
        "TABLESMITH_PAGES": "off",
        "TABLESMITH_LOG_FORMAT": "text",
    }
    serving = ["serve", "--runner", "off", "--port", str(port)]
    server = Program("server", serving, environment, folder)
    runner = Program("runner", ["worker", "--workers", "1"], environment, folder)
    try:
        server.start()
        runner.start()
        yield Trainings(folder / "data", f"http://127.0.0.1:{port}", server, runner)
    finally:
        for program in (server, runner):
            if not program.ended():
                program.kill()


def carry_out(
    folder: Path, seed: int, faults: int, pace: float | None
) -> tuple[Trainings, list[str]]:
    """Train while so many things are killed, `pace` seconds apart; what is wrong in the end."""
    luck = random.Random(seed)
    with trainings(folder) as made:
        source = made.source()
        began = time.monotonic()
        calm = made.model(made.ended(made.train(source, "calm")))
        pace = pace or max(LEAST_PACE, PACE_SHARE * (time.monotonic() - began))
        jobs: list[str] = []
        while sum(made.injected.values()) < faults:
            under_way = [job for job in jobs if made.job(job)["finished_at"] is None]
            for _ in range(OUTSTANDING - len(under_way)):
                jobs.append(made.train(source, f"key-{len(jobs)}"))
            time.sleep(pace * luck.uniform(0.5, 1.5))
            made.inject(KINDS[sum(made.injected.values()) % len(KINDS)])
        problems = list(_wrong(made, jobs, calm))
        made.runner.stop()
        made.server.stop()
    return made, [*problems, *(f"left behind: {each}" for each in made.orphans)]


def _wrong(made: Trainings, jobs: list[str], calm: str) -> Iterator[str]:
    """What is lost, doubled or different."""
    ends = [made.ended(job) for job in jobs]
    for job in ends:
        if job["status"] != "succeeded":
            yield f"{job['id']} is {job['status']}: {job['error']}"
        elif made.model(job) != calm:
            yield f"{job['id']} has stored another model"
    stored = made.ask("GET", "/v1/jobs?limit=200").json()["items"]
    if len(stored) != len(jobs) + 1 or len(set(jobs)) != len(jobs):
        yield f"{len(stored)} jobs of {len(jobs) + 1} keys"
    synthesizers = made.ask("GET", "/v1/synthesizers?limit=200").json()["items"]
    if len(synthesizers) != len(stored):
        yield f"{len(synthesizers)} synthesizers of {len(stored)} jobs"
    files = list((made.folder / "synthesizers").iterdir())
    if len(files) != len(synthesizers):
        yield f"{len(files)} model files of {len(synthesizers)} synthesizers"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--pace", type=float, help="seconds between faults; by the machine's speed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tablesmith-trainings-") as folder:
        began = time.monotonic()
        made, problems = carry_out(Path(folder), options.seed, options.faults, options.pace)
    for problem in problems:
        sys.stdout.write(f"  {problem[:400]}\n")
    said = "nothing is wrong" if not problems else f"{len(problems)} things are wrong"
    took = time.monotonic() - began
    sys.stdout.write(f"{dict(sorted(made.injected.items()))} in {took:.0f} s: {said}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
