"""What one tenant feels of another that is hostile: `python -m tests.benchmarks.neighbours`.

    python -m tests.benchmarks.neighbours [--seconds 60] [--seed 0] [--most 3]

A tenant asks for validations, submits small jobs and asks for their states, at fixed moments: first
alone, then beside a tenant that sends hostile inputs as fast as four connections allow, then alone
again. Beside the other one, the 99th percentile of each may be `--most` times what it was alone.
The hostile tenant's client has a process of its own, of the lowest priority: what is measured is
the service, and not the two clients' race for a core.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.acceptance.hostile.inputs import Target, chance
from tests.acceptance.hostile.observed import Observed
from tests.acceptance.hostile.service import hostile_target

CONCURRENT = 4
MOST = 3.0
DOCUMENT = json.dumps(
    {
        "n_samples": 10,
        "features": {
            "id": {"type": "id", "format": "sequence"},
            "age": {"type": "int", "min": 18, "max": 90},
            "plan": {"type": "category", "cats": ["Gold", "Silver"]},
            "city": {"type": "city"},
        },
    }
).encode()
JSON = {"Content-Type": "application/json"}
# Seconds between the requests of each kind.
PERIODS = {"validate": 0.1, "submit": 0.25, "status": 0.05}


@dataclass
class Resident:
    """A tenant that minds its own business; seconds that each of its requests took, by kind."""

    port: int
    token: str
    took: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in PERIODS})
    failures: list[str] = field(default_factory=list)

    def live(self, seconds: float) -> Resident:
        ask = {"validate": self._validate, "submit": self._submit, "status": self._status}
        self._job = self._submit(self._connect())
        with ThreadPoolExecutor(len(ask)) as threads:
            for kind, act in ask.items():
                threads.submit(self._keep, kind, act, seconds)
        return self

    def p99(self, kind: str) -> float:
        return float(np.percentile(self.took[kind], 99))

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def _keep(
        self, kind: str, act: Callable[[http.client.HTTPConnection], str], seconds: float
    ) -> None:
        """Ask at fixed moments; one that the answer before has let pass is left out."""
        connection, began = self._connect(), time.monotonic()
        due = began
        while due < began + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            sent = time.monotonic()
            try:
                act(connection)
                self.took[kind].append(time.monotonic() - sent)
            except Exception as error:
                self.failures.append(f"{kind}: {error!r}")
                connection = self._connect()
            due = max(due + PERIODS[kind], time.monotonic())

    def _ask(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None
    ) -> str:
        own = {"Authorization": f"Bearer {self.token}", **(JSON if body else {})}
        connection.request(method, path, body, own)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status not in {200, 202}:
            raise ValueError(f"{answer.status} {text[:200]}")
        return text

    def _validate(self, connection: http.client.HTTPConnection) -> str:
        return self._ask(connection, "POST", "/v1/schemas/validate", DOCUMENT)

    def _submit(self, connection: http.client.HTTPConnection) -> str:
        return str(json.loads(self._ask(connection, "POST", "/v1/jobs", DOCUMENT))["id"])

    def _status(self, connection: http.client.HTTPConnection) -> str:
        return self._ask(connection, "GET", f"/v1/jobs/{self._job}", None)


def attack(port: int, token: str, victim: str, job: str, seed: int) -> None:
    """Send hostile inputs in the order of chance, some at the same time, until somebody ends it."""
    from tests.acceptance.hostile.catalogue import catalogue

    inputs = catalogue(seed)
    target = Target(port, token, victim, job)

    def keep_on(number: int) -> None:
        luck = chance(seed, "attacker", number)
        while True:
            try:
                list(luck.choice(inputs).act(target))
            except Exception:
                continue  # whatever became of it: the next one

    for number in range(CONCURRENT):
        threading.Thread(target=keep_on, args=[number], daemon=True).start()
    signal.pause()


@contextmanager
def attacked(server: Observed, target: Target, seed: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.benchmarks.neighbours", "--attack", str(target.port)]
    more = ["--token", target.token, "--job", target.job, "--seed", str(seed)]
    process = subprocess.Popen(
        ["nice", "-n", "19", *command, *more], stderr=subprocess.DEVNULL, env={**os.environ}
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@dataclass(frozen=True)
class Outcome:
    """Seconds of the 99th percentile alone and beside the other, by kind."""

    alone: dict[str, float]
    beside: dict[str, float]
    failures: list[str]

    def ratio(self, kind: str) -> float:
        return self.beside[kind] / self.alone[kind]

    def __str__(self) -> str:
        return "\n".join(
            f"{kind:<10} alone {self.alone[kind] * 1000:7.1f} ms, beside a hostile tenant "
            f"{self.beside[kind] * 1000:7.1f} ms: {self.ratio(kind):.2f} times"
            for kind in PERIODS
        )


def measure(seconds: float, seed: int = 0) -> Outcome:
    """Alone, beside the hostile tenant, and alone again; the two times alone are half as long."""
    with (
        tempfile.TemporaryDirectory(prefix="tablesmith-neighbours-") as folder,
        hostile_target(Path(folder)) as (server, target),
    ):

        def resident() -> Resident:
            return Resident(server.port, target.victim)

        resident().live(3)  # what is made once is not measured
        before = resident().live(seconds / 2)
        with attacked(server, target, seed):
            time.sleep(2)
            beside = resident().live(seconds)
        time.sleep(5)
        after = resident().live(seconds / 2)
        both = Resident(0, "", {kind: before.took[kind] + after.took[kind] for kind in PERIODS})
        failures = [*before.failures, *beside.failures, *after.failures]
        return Outcome(
            {kind: both.p99(kind) for kind in PERIODS},
            {kind: beside.p99(kind) for kind in PERIODS},
            failures,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=float, default=MOST, help="so many times alone")
    parser.add_argument("--attack", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--token", default="", help=argparse.SUPPRESS)
    parser.add_argument("--job", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.attack:
        attack(given.attack, given.token, "", given.job, given.seed)
        return
    outcome = measure(given.seconds, given.seed)
    print(outcome, *outcome.failures[:10], sep="\n")
    sys.exit(bool(outcome.failures) or any(outcome.ratio(kind) > given.most for kind in PERIODS))


if __name__ == "__main__":
    main()
