"""A secret planted in every field that takes one is found nowhere: in no answer, log line, file,
database page or webhook."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.http.server import ROOT, Server, running_server

DOCUMENT = {
    "name": "people",
    "n_samples": 20,
    "features": {"age": {"type": "int", "min": 1, "max": 9}},
}
# Nobody listens there; a database would not understand what listens elsewhere.
CLOSED = 9
# Fields of targets that have to be there, by kind.
TARGETS: dict[str, dict[str, Any]] = {
    "s3": {"bucket": "tables", "endpoint": "http://127.0.0.1:{port}"},
    "postgresql": {"host": "127.0.0.1", "port": CLOSED, "database": "d", "sslmode": "disable"},
    "sql": {"dialect": "mariadb", "host": "127.0.0.1", "port": CLOSED, "database": "d"},
    "http": {},
    "gcs": {"bucket": "tables", "endpoint": "http://127.0.0.1:{port}"},
    "azure": {"account": "tables", "container": "t", "endpoint": "http://127.0.0.1:{port}"},
    "crm_analytics": {"instance_url": "http://127.0.0.1:{port}", "dataset": "people"},
}
# Fields of credentials that exclude each other; all of them at once where a kind is not listed.
WAYS: dict[str, list[list[str]]] = {
    "gcs": [["service_account_key"], ["access_token"]],
    "azure": [["account_key"], ["sas_token"]],
    "crm_analytics": [["access_token"], ["client_id", "client_secret"]],
}


@dataclass
class Canaries:
    """Secrets that are planted, each in one place and unlike any other."""

    planted: dict[str, str] = field(default_factory=dict)

    def plant(self, place: str) -> str:
        return self.planted.setdefault(place, f"Kanarie{len(self.planted):03d}vogelQ7xZ")

    def plant_webhook_secret(self, place: str) -> str:
        raw = self.plant(place).encode().ljust(32, b"!")
        return "whsec_" + self.planted.setdefault(
            f"{place} as sent", base64.b64encode(raw).decode()
        )

    def found(self, haystack: bytes) -> list[str]:
        """The places whose secret is in the bytes, as it is or in base64."""
        return [
            place
            for place, secret in self.planted.items()
            if secret.encode() in haystack or base64.b64encode(secret.encode())[:-4] in haystack
        ]


@dataclass
class Birdwatcher:
    """A client that keeps every answer."""

    client: httpx.Client
    answers: list[tuple[str, bytes]] = field(default_factory=list)

    def ask(self, method: str, path: str, **rest: Any) -> httpx.Response:
        answer = self.client.request(method, path, **rest)
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        self.answers.append((f"{method} {path}", head.encode() + answer.content))
        return answer


@contextmanager
def _listening() -> Iterator[tuple[int, list[bytes]]]:
    """A receiver of webhooks and uploads; it refuses everything with an error that says nothing."""
    received: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            received.append(self.rfile.read(length) + bytes(self.headers))
            self.send_response(200 if "webhook-id" in self.headers else 403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing of this goes anywhere."""

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Receiver, f"do_{method}", Receiver.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _new_key(folder: Path) -> str:
    command = [sys.executable, "-m", "app.cli", "keys", "create", "test", "--scope", "admin"]
    command += ["--data-dir", str(folder / "var")]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def _filled(
    schema: dict[str, Any], names: list[str], canaries: Canaries, place: str, port: int
) -> dict[str, Any]:
    """Credentials with a canary in every secret field and a word in every other."""
    filled = {}
    for name in names:
        part = schema["properties"][name]
        if "password" not in json.dumps(part):
            filled[name] = "someone"
        else:
            filled[name] = canaries.plant(f"{place}.{name}")
        if name == "url":
            secret = filled[name]
            filled[name] = f"http://u:{secret}@127.0.0.1:{port}/{{file}}?X-Amz-Signature={secret}"
    return filled


def _target(kind: str, port: int) -> dict[str, Any]:
    fields = {
        name: value.format(port=port) if isinstance(value, str) else value
        for name, value in TARGETS[kind].items()
    }
    return {"kind": kind, **fields}


def _plant_connections(
    watcher: Birdwatcher, canaries: Canaries, port: int
) -> Iterator[dict[str, Any]]:
    """Connections and requests with inline credentials of every kind; the sinks to deliver to."""
    kinds = watcher.ask("GET", "/v1/sinks").json()["items"]
    wanting = {sink["kind"]: sink["credentials"] for sink in kinds if sink["credentials"]}
    assert set(wanting) == set(TARGETS), "teach this test the fields of the new sink's targets"
    for kind, schema in wanting.items():
        ways = WAYS.get(kind, [list(schema["properties"])])
        assert {name for way in ways for name in way} == set(schema["properties"])
        for number, way in enumerate(ways):
            name = f"{kind}-{number}"
            given = _filled(schema, way, canaries, f"connection {name}", port)
            body: dict[str, Any] = {"name": name, "kind": kind, "credentials": given}
            answer = watcher.ask("POST", "/v1/connections", json=body)
            assert answer.status_code == 201, answer.text
            yield {**_target(kind, port), "connection": name}
            given = _filled(schema, way, canaries, f"inline {name}", port)
            yield {**_target(kind, port), "credentials": given}
            assert watcher.ask("PUT", f"/v1/connections/{name}", json=body).status_code == 422
            del body["name"]
            assert watcher.ask("PUT", f"/v1/connections/{name}", json=body).status_code == 200


def _plant_in_wrong_places(watcher: Birdwatcher, canaries: Canaries) -> None:
    """Secrets where there is something wrong with the request around them."""
    secret = canaries.plant("refused request")
    wrong: list[Any] = [
        {"name": "x", "kind": "postgresql", "credentials": {"user": 5, "password": secret}},
        {"name": "x", "kind": "postgresql", "credentials": {"user": "u", "password": [secret]}},
        {"name": "x", "kind": "fax", "credentials": {"password": secret}},
        {"name": "x", "kind": "s3", "credentials": secret},
        {"name": 5, "kind": "s3", "credentials": {"secret_access_key": secret}},
    ]
    for body in wrong:
        assert watcher.ask("POST", "/v1/connections", json=body).status_code == 422
    sinks: list[Any] = [
        {"kind": "s3", "credentials": {"secret_access_key": secret}},
        {"kind": "s3", "bucket": "b", "secret_access_key": secret},
        {"kind": "postgresql", "host": f"u:{secret}@h", "database": "d", "connection": "s3"},
        {"kind": "s3", "bucket": "b", "endpoint": f"https://u:{secret}@h", "connection": "s3"},
    ]
    for sink in sinks:
        answer = watcher.ask("POST", "/v1/jobs", json={"schema": DOCUMENT, "sinks": [sink]})
        assert answer.status_code == 422, answer.text
    cut_off = json.dumps({"name": "x", "credentials": {"password": secret}})[:-1]
    watcher.ask(
        "POST", "/v1/connections", content=cut_off, headers={"Content-Type": "application/json"}
    )
    hook = {"url": f"https://u:{secret}@example.com/"}
    watcher.ask("POST", "/v1/webhooks", json=hook)
    watcher.ask("POST", "/v1/webhooks", json={"url": "https://example.com", "secret": secret})
    for value in (f"Bearer {secret}", f"Basic {secret}", f"Bearer ts_0123456789ab_{secret:x<43}"):
        watcher.ask("GET", "/v1/jobs", headers={"Authorization": value})
        watcher.ask("POST", "/v1/jobs", json=DOCUMENT, headers={"Authorization": value})


def _look_everywhere(watcher: Birdwatcher) -> None:
    """Ask for everything that the service tells, each list and each item on it."""
    for path in ("/v1/jobs", "/v1/connections", "/v1/webhooks", "/v1/keys", "/v1/audit"):
        for item in watcher.ask("GET", path, params={"limit": 200}).json()["items"]:
            for name, link in item.get("links", {}).items():
                if name not in ("cancel", "rerun", "replay"):
                    watcher.ask("GET", link)
            if path == "/v1/jobs":
                watcher.ask("GET", f"/v1/webhooks/{item['id']}/deliveries")
                watcher.ask("POST", f"/v1/jobs/{item['id']}/rerun")
    for path in ("/metrics", "/openapi.json", "/v1/sinks", "/v1/schemas"):
        watcher.ask("GET", path)


@dataclass
class Outcome:
    canaries: Canaries
    watcher: Birdwatcher
    server: Server
    folder: Path
    received: list[bytes]
    jobs: list[dict[str, Any]]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """A server into which every secret was planted; it still runs."""
    folder, canaries = tmp_path_factory.mktemp("canary"), Canaries()
    token = _new_key(folder)
    canaries.planted["API key"] = token.split("_", 2)[2]
    sealing = base64.b64encode(os.urandom(32)).decode()
    canaries.planted["sealing key"] = sealing
    settings = {
        "api_keys": "on",
        "secret_keys": sealing,
        "outbound_allow": "127.0.0.1/32",
        "log_level": "debug",
        "delivery_attempts": "2",
        "delivery_backoff": "0",
        "pages": "off",
    }
    with _listening() as (port, received), running_server(folder, **settings) as server:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=120) as client:
            watcher = Birdwatcher(client)
            jobs = list(_run(watcher, canaries, port))
            _plant_in_wrong_places(watcher, canaries)
            _look_everywhere(watcher)
            yield Outcome(canaries, watcher, server, folder, received, jobs)


def _run(watcher: Birdwatcher, canaries: Canaries, port: int) -> Iterator[dict[str, Any]]:
    """Jobs that deliver, in vain, with every kind of credentials, and tell of it."""
    hook = f"http://127.0.0.1:{port}/hook"
    endpoint = {"url": hook, "secret": canaries.plant_webhook_secret("endpoint")}
    made = watcher.ask("POST", "/v1/webhooks", json=endpoint)
    assert made.status_code == 201, made.text
    rotation = {"secret": canaries.plant_webhook_secret("rotated endpoint")}
    watcher.ask("POST", f"/v1/webhooks/{made.json()['id']}/rotate", json=rotation)
    sinks = list(_plant_connections(watcher, canaries, port))
    for number, chosen in enumerate((sinks[::2], sinks[1::2])):
        webhook: dict[str, Any] = {"url": hook, "events": ["job.started", "job.failed"]}
        if number % 2:
            webhook["secret"] = canaries.plant_webhook_secret(f"webhook of job {number}")
        body = {"schema": DOCUMENT, "sinks": chosen, "webhook": webhook}
        headers = {"Prefer": "wait=30", "Idempotency-Key": f"k-{number}"}
        answer = watcher.ask("POST", "/v1/jobs", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        again = watcher.ask("POST", "/v1/jobs", json=body, headers=headers)
        assert again.json()["id"] == answer.json()["id"]
        conflict = {**body, "schema": {**DOCUMENT, "n_samples": 21}}
        watcher.ask("POST", "/v1/jobs", json=conflict, headers=headers)
        yield again.json()


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of all files; jobs still run, and what they delete meanwhile is gone."""
    for place, _, names in os.walk(folder):
        for path in (Path(place, name) for name in names):
            with suppress(FileNotFoundError):
                if path.is_file():
                    yield path.name, path.read_bytes()


def test_every_delivery_was_tried_and_failed_for_a_reason_that_is_told(outcome: Outcome) -> None:
    ways = sum(len(WAYS.get(kind, [[]])) for kind in TARGETS)
    deliveries = [entry for job in outcome.jobs for entry in job["deliveries"]]
    assert len(deliveries) == 2 * ways
    assert [job["status"] for job in outcome.jobs] == ["failed", "failed"]
    for delivery in deliveries:
        assert (delivery["status"], bool(delivery["error"])) == ("failed", True)


def test_no_answer_tells_a_secret(outcome: Outcome) -> None:
    assert len(outcome.watcher.answers) > 60
    for name, content in outcome.watcher.answers:
        assert outcome.canaries.found(content) == [], (name, content[:2000])


def test_no_log_line_tells_a_secret(outcome: Outcome) -> None:
    log = outcome.server.log.read_bytes()
    assert b"delivery failed" in log
    assert b'"event": "audit"' in log
    assert b'"event": "call refused"' in log
    lines = [line for line in log.splitlines() if outcome.canaries.found(line)]
    assert lines == []


def test_no_file_holds_a_secret_in_clear(outcome: Outcome) -> None:
    held = [(name, outcome.canaries.found(content)) for name, content in _files(outcome.folder)]
    assert {"tablesmith.db", "tablesmith.db-wal"} <= {name for name, _ in held}
    assert [(name, places) for name, places in held if places] == []


def test_no_webhook_tells_a_secret(outcome: Outcome) -> None:
    told = [body for body in outcome.received if b"webhook-id" in body]
    assert len(told) >= len(outcome.jobs)
    assert [body for body in told if outcome.canaries.found(body)] == []


def test_the_secrets_were_used(outcome: Outcome) -> None:
    """What was planted did reach the sinks: that it is found nowhere else means something."""
    uploads = b"".join(body for body in outcome.received if b"webhook-id" not in body)
    used = outcome.canaries.found(uploads)
    assert any("crm_analytics" in place for place in used), used


def test_the_password_of_a_database_is_not_told_when_it_cannot_be_reached(tmp_path: Path) -> None:
    canaries, url = Canaries(), "postgresql+asyncpg://u:{}@127.0.0.1:1/d"
    address = url.format(canaries.plant("DSN")) + f"?sslpassword={canaries.plant('option')}"
    environment = {**os.environ, "TABLESMITH_DATABASE_URL": address, "TABLESMITH_PAGES": "off"}
    environment["TABLESMITH_DATA_DIR"] = str(tmp_path)
    for command in (["serve", "--port", "0"], ["settings"]):
        result = subprocess.run(
            [sys.executable, "-m", "app.cli", *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert (result.returncode == 0) is (command == ["settings"])
        assert canaries.found(result.stdout + result.stderr) == [], result.stderr[-3000:]
