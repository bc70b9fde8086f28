"""Jobs sent to the service by a client that does not give up."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.faults.warehouse import Warehouse

PEOPLE: dict[str, Any] = {
    "id": {"type": "id", "format": "sequence"},
    "age": {"type": "int", "min": 1, "max": 90},
    "height": {"type": "float", "distribution": {"normal": {"mean": 170, "std": 9}}},
    "group": {"type": "category", "cats": {"a": {}, "b": {}, "c": {}}},
}


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Args:
        weight: how often, of the sum of all weights.
        if_exists: what the sinks do where something is there already; None: no sinks.
    """

    body: dict[str, Any]
    weight: int
    if_exists: str | None = None


def _one(rows: int, *formats: str) -> dict[str, Any]:
    document = {"name": "people", "n_samples": rows, "seed": rows, "features": PEOPLE}
    return {"schema": document, "formats": list(formats)}


TWO_TABLES: dict[str, Any] = {
    "schema": {
        "name": "shop",
        "seed": 3,
        "tables": {
            "customers": {"n_samples": 90_000, "features": PEOPLE},
            "products": {"n_samples": 500, "features": PEOPLE},
        },
    },
    "formats": ["csv"],
}
REQUESTS = [
    Request(_one(100, "csv"), 4),
    Request(_one(40_000, "csv", "jsonl"), 2),
    Request(_one(300_000, "csv", "parquet"), 2),
    Request(TWO_TABLES, 1),
    Request(_one(900_000, "csv"), 1),
    Request(_one(1_000, "csv", "parquet"), 2, if_exists="fail"),
    Request(_one(150_000, "csv", "parquet"), 2, if_exists="append"),
]
OUTSTANDING = 10
REFUSED_LATER = (429, 503)
EVENTS = ["job.started", "job.delivered", "job.succeeded", "job.failed", "job.cancelled"]


@dataclass
class Sent:
    """A job that the service has acknowledged.

    Args:
        number: of the request under whose key it was sent; what it delivers carries it.
    """

    job_id: str
    request: int
    number: int
    last: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        return str(self.last.get("status"))

    @property
    def ended(self) -> bool:
        return self.status in {"succeeded", "failed", "cancelled"}


class Client:
    """Sends requests, each under a key of its own, until they are acknowledged."""

    def __init__(self, address: str, hook: str, warehouse: Warehouse, seed: int) -> None:
        self.sent: list[Sent] = []
        self.keys = 0
        # Answers that no fault excuses, by status.
        self.bad: Counter[str] = Counter()
        self._hook = hook
        self._warehouse = warehouse
        self._random = random.Random(f"{seed}:client")
        self._http = httpx.Client(base_url=address, timeout=20)

    def store_credentials(self) -> None:
        for connection in self._warehouse.connections():
            answer = self.persistently("POST", "/v1/connections", json=connection)
            if answer.status_code != 201:
                raise RuntimeError(f"refused: {answer.status_code} {answer.text}")

    def submit(self, request: int) -> Sent:
        self.keys += 1
        asked = REQUESTS[request]
        body = {**asked.body, "webhook": {"url": self._hook, "events": EVENTS}}
        if asked.if_exists:
            body["sinks"] = self._warehouse.sinks(self.keys, asked.if_exists)
        headers = {"Idempotency-Key": uuid.UUID(int=self._random.getrandbits(128)).hex}
        answer = self.persistently("POST", "/v1/jobs", json=body, headers=headers)
        if answer.status_code != 202:
            raise RuntimeError(f"refused: {answer.status_code} {answer.text}")
        self.sent.append(Sent(answer.json()["id"], request, self.keys))
        return self.sent[-1]

    def look(self) -> None:
        for sent in self.sent:
            if not sent.ended:
                answer = self.persistently("GET", f"/v1/jobs/{sent.job_id}")
                if answer.status_code == 404:
                    self.bad["lost"] += 1
                sent.last = answer.json()

    def run(self, stop: threading.Event) -> None:
        """Keep some jobs outstanding until told to stop."""
        weights = [request.weight for request in REQUESTS]
        while not stop.is_set():
            if sum(not sent.ended for sent in self.sent) < OUTSTANDING:
                self.submit(self._random.choices(range(len(REQUESTS)), weights)[0])
            else:
                stop.wait(0.3)
            self.look()

    def settle(self, deadline: float) -> None:
        """Wait until all jobs have ended."""
        while not all(sent.ended for sent in self.sent) and time.monotonic() < deadline:
            self.look()
            time.sleep(0.3)

    def persistently(self, method: str, path: str, **options: Any) -> httpx.Response:
        """An answer that is no sign of a fault; the request is sent until there is one."""
        while True:
            try:
                answer = self._http.request(method, path, **options)
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            if answer.status_code in REFUSED_LATER:
                time.sleep(0.2)
                continue
            if answer.status_code >= 500:
                self.bad[f"{method} {answer.status_code}"] += 1
                time.sleep(0.2)
                continue
            return answer
