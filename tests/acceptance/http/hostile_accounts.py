"""Hostile requests to what accounts have: connections, keys, webhooks, sinks, lists."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from tests.acceptance.http.hostile import JOBS, JSON, Attack

COLUMN = {"features": {"a": {"type": "int", "min": 0, "max": 9}}}
S3 = {"access_key_id": "a", "secret_access_key": "b"}
TEXTS: dict[str, Any] = {
    "of great length": "x" * 100_000,
    "with a line break": "a\r\nb",
    "that leaves the folder": "../../etc/passwd",
    "that is empty": "",
    "that is a list": ["lake"],
    "that is a number": 7,
    "that is null": None,
    "that is true": True,
    "with a slash": "a/b",
    "of another alphabet": "\u202eekal",
}


def account_attacks() -> Iterator[Attack]:
    yield from _connections()
    yield from _keys()
    yield from _webhooks()
    yield from _sinks()
    yield from _lists()
    yield from _addresses()


def _post(name: str, path: str, body: object) -> Attack:
    return Attack(name, "POST", path, json.dumps(body).encode(), JSON)


def _connections() -> Iterator[Attack]:
    path, whole = "/v1/connections", {"name": "lake", "kind": "s3", "credentials": S3}
    for name, text in TEXTS.items():
        yield _post(f"connection, name {name}", path, {**whole, "name": text})
        yield _post(f"connection, kind {name}", path, {**whole, "kind": text})
        yield _post(f"connection, credentials {name}", path, {**whole, "credentials": text})
    deep: Any = "x"
    for _ in range(40):
        deep = {"a": deep}
    parts: dict[str, Any] = {
        "no credentials": {"name": "lake", "kind": "s3"},
        "a secret that is missing": {**whole, "credentials": {"access_key_id": "a"}},
        "a secret that is an object": {**whole, "credentials": {**S3, "secret_access_key": {}}},
        "a secret that is nested": {**whole, "credentials": {**S3, "secret_access_key": deep}},
        "many fields": {**whole, "credentials": {f"k{n}": "v" for n in range(5_000)}},
        "another tenant": {**whole, "tenant": "other"},
        "a target of nothing": {**whole, "target": {"nothing": 1}},
        "a target that names a connection": {**whole, "target": {"connection": "x"}},
        "a target of many fields": {**whole, "target": {f"k{n}": "v" for n in range(5_000)}},
        "a sealed text": {**whole, "sealed": "gAAAA"},
    }
    for name, body in parts.items():
        yield _post(f"connection, {name}", path, body)
    cut_off = json.dumps(whole)[:-1].encode()
    yield Attack("connection, cut off", "POST", path, cut_off, JSON)
    yield Attack("connection, another name", "PUT", f"{path}/x", json.dumps(whole).encode(), JSON)


def _keys() -> Iterator[Attack]:
    path, whole = "/v1/keys", {"name": "ci", "scope": "read"}
    bodies: dict[str, Any] = {
        "of no scope": {"name": "ci"},
        "of every scope": {**whole, "scope": ["read", "write", "admin"]},
        "of an unknown scope": {**whole, "scope": "root"},
        "of another tenant": {**whole, "tenant": "other"},
        "with a token": {**whole, "token": "ts_000000000000_x"},
        "that ended before": {**whole, "expires_in_days": -1},
        "that ends after all": {**whole, "expires_in_days": 10**12},
        "that ends at NaN": {**whole, "expires_in_days": "NaN"},
        "with a rate of nothing": {**whole, "requests_per_minute": 0},
        "with a rate of everything": {**whole, "requests_per_minute": 10**30},
        "with a rate of a half": {**whole, "requests_per_minute": 0.5},
    }
    for name, body in bodies.items():
        yield _post(f"key, {name}", path, body)


def _webhooks() -> Iterator[Attack]:
    for url in (
        "",
        "x",
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/",
        "http://",
        "http://user:pass@example.com/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433/",
        "http://0x7f.1/",
        "https://example.com:22/",
        "https://example.com/\r\nX: y",
        "https://" + "a" * 3_000 + ".com/",
        "javascript:alert(1)",
    ):
        yield _post(f"webhook, {url[:30]!r}", "/v1/webhooks", {"url": url})
        request = {"schema": COLUMN, "webhook": {"url": url, "events": ["job.succeeded"]}}
        yield _post(f"job's webhook, {url[:30]!r}", JOBS, request)
    for name, hook in {
        "unknown event": {"url": "https://example.com/", "events": ["job.exploded"]},
        "no event": {"url": "https://example.com/", "events": []},
        "short secret": {"url": "https://example.com/", "secret": "short"},
        "secret that is no base64": {"url": "https://example.com/", "secret": "!" * 40},
    }.items():
        yield _post(f"job's webhook, {name}", JOBS, {"schema": COLUMN, "webhook": hook})


def _sinks() -> Iterator[Attack]:
    targets: dict[str, Any] = {
        "no kind": {"bucket": "b"},
        "kind that is an object": {"kind": {"a": 1}},
        "kind of another case": {"kind": "S3", "bucket": "b"},
        "no credentials": {"kind": "s3", "bucket": "b"},
        "connection that is none": {"kind": "s3", "bucket": "b", "connection": "nowhere"},
        "connection of great length": {"kind": "s3", "bucket": "b", "connection": "x" * 9_999},
        "connection that is an object": {"kind": "s3", "bucket": "b", "connection": {"a": 1}},
        "credentials that are a list": {"kind": "s3", "bucket": "b", "credentials": [1]},
        "credentials that are null": {"kind": "s3", "bucket": "b", "credentials": None},
        "credentials and a connection": {
            "kind": "s3",
            "bucket": "b",
            "credentials": S3,
            "connection": "x",
        },
        "endpoint on this machine": {
            "kind": "s3",
            "bucket": "b",
            "endpoint": "http://127.0.0.1:1",
            "credentials": S3,
        },
        "endpoint that is a file": {
            "kind": "s3",
            "bucket": "b",
            "endpoint": "file:///etc",
            "credentials": S3,
        },
        "bucket with a line break": {"kind": "s3", "bucket": "a\nb", "credentials": S3},
        "host of numbers": {
            "kind": "postgresql",
            "host": "2130706433",
            "database": "d",
            "credentials": {"user": "u", "password": "p"},
        },
        "host with options": {
            "kind": "postgresql",
            "host": "h options=-c",
            "database": "d",
            "credentials": {"user": "u", "password": "p"},
        },
        "port beyond all": {"kind": "postgresql", "host": "h", "port": 99_999, "database": "d"},
        "local outside of its root": {"kind": "local", "folder": "../.."},
    }
    for name, target in targets.items():
        yield _post(f"sink, {name}", JOBS, {"schema": COLUMN, "sinks": [target]})
    many = [{"kind": "s3", "bucket": "b"}] * 1_000
    yield _post("sink, a thousand of them", JOBS, {"schema": COLUMN, "sinks": many})
    yield _post("sink, not in a list", JOBS, {"schema": COLUMN, "sinks": {"kind": "s3"}})


def _cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def _lists() -> Iterator[Attack]:
    cursors = {
        "no moment": _cursor("yesterday", "x"),
        "no zone": _cursor("2026-01-01T00:00:00", "x"),
        "before all time": _cursor("0001-01-01T00:00:00+14:00", "x"),
        "half a surrogate": _cursor("2026-01-01T00:00:00+00:00", "\ud800"),
        "NUL": _cursor("2026-01-01T00:00:00+00:00", "\0"),
        "too many parts": _cursor("a", "b", "c"),
        "numbers": _cursor(1, 2),
        "deep": base64.urlsafe_b64encode(b"[" * 300).decode(),
    }
    for path in (JOBS, "/v1/keys", "/v1/audit"):
        for name, cursor in cursors.items():
            yield Attack(f"list {path}, cursor of {name}", "GET", f"{path}?cursor={cursor}")
    for path in ("/v1/connections", "/v1/webhooks", "/v1/schemas"):
        for cursor in (_cursor("\ud800"), _cursor("\0"), _cursor(), "x" * 501):
            yield Attack(f"list {path}, cursor {cursor[:12]}", "GET", f"{path}?cursor={cursor}")


def _addresses() -> Iterator[Attack]:
    for path in (
        "/v1/connections/..%2f..%2fetc",
        "/v1/connections/%00",
        "/v1/connections/" + "a" * 5_000,
        "/v1/connections/%ff",
        "/v1/connections/lake'--",
        "/v1/keys/%00",
        "/v1/keys/ts_000000000000_x",
        "/v1/keys/" + "0" * 5_000,
        "/v1/webhooks/%00",
        "/v1/webhooks/" + "a" * 5_000,
        "/v1/webhooks/%00/deliveries",
        "/v1/webhooks/x/deliveries",
        "/v1/jobs/x/deliveries/0",
    ):
        yield Attack(f"address, {path[:40]}", "GET", path, statuses=(404,))
    for path in ("/v1/keys/0", "/v1/connections/none", "/v1/webhooks/none", "/v1/jobs/none"):
        yield Attack(f"removing {path}", "DELETE", path, statuses=(404,))
    yield Attack("rewriting the audit log", "DELETE", "/v1/audit", statuses=(405,))
    yield Attack("retry of a lost job", "POST", "/v1/jobs/x/deliveries/0/retry", statuses=(404,))
    yield Attack("retry of no number", "POST", "/v1/jobs/x/deliveries/x/retry", statuses=(404, 422))
