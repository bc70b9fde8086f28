"""Requests that mean harm, or nothing: each one has to be refused by a named problem."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

JSON = {"Content-Type": "application/json"}
YAML = {"Content-Type": "application/yaml"}
VALIDATE = "/v1/schemas/validate"
JOBS = "/v1/jobs"
DEPTH = 20_000

ALIAS_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@dataclass(frozen=True)
class Attack:
    """A request and the statuses that refuse it."""

    name: str
    method: str
    path: str
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (400, 422)


def attacks(job: str) -> list[Attack]:
    """All of them; `job` is the address of a job that has succeeded."""
    return [*_json(), *_yaml(), *_definitions(), *_bodies(), *_addresses(), *_results(job)]


def _json() -> Iterator[Attack]:
    texts = {
        "deep arrays": "[" * DEPTH + "]" * DEPTH,
        "deep objects": '{"a":' * DEPTH + "1" + "}" * DEPTH,
        "deep, never closed": "[" * 1_000_000,
        "just too deep": '{"features":' * 65 + "1" + "}" * 65,
        "repeated key": '{"n_samples": 1, "n_samples": 2, "features": {}}',
        "repeated column": '{"features": {"a": {"type": "int"}, "a": {"type": "float"}}}',
        "NaN": '{"features": {"a": {"type": "float", "min": NaN}}}',
        "Infinity": '{"n_samples": Infinity, "features": {}}',
        "minus Infinity": '{"seed": -Infinity, "features": {}}',
        "1e999": '{"features": {"a": {"type": "float", "max": 1e999}}}',
        "number of 5,000 digits": '{"n_samples": ' + "9" * 5000 + ', "features": {}}',
        "number of 1,000,000 digits": '{"n_samples": ' + "9" * 1_000_000 + "}",
        "number above 64 bits": '{"n_samples": 9223372036854775808, "features": {}}',
        "escaped NUL": '{"name": "a\\u0000b", "features": {}}',
        "half a surrogate": '{"name": "\\ud800", "features": {}}',
        "surrogate as a key": '{"features": {"\\udfff": {"type": "int"}}}',
        "trailing comma": '{"features": {},}',
        "single quotes": "{'features': {}}",
        "comment": '{"features": {} /* all */}',
        "two values": "{} {}",
        "no value": " ",
        "a list": "[1, 2]",
        "a number": "7",
        "null": "null",
        "text": '"features"',
        "cut off": '{"features": {"a": {"type": "int"',
        "YAML": "features:\n  a: {type: int}\n",
    }
    for name, text in texts.items():
        yield Attack(f"JSON, {name}", "POST", JOBS, text.encode(), JSON)


def _yaml() -> Iterator[Attack]:
    texts = {
        "alias bomb": ALIAS_BOMB,
        "alias of itself": "features: &a {x: *a}",
        "unknown alias": "features: *nowhere",
        "deep flow": "[" * DEPTH + "]" * DEPTH,
        "deep blocks": "".join(" " * n + "a:\n" for n in range(2_000)),
        "deep, never closed": "{a: " * DEPTH,
        "repeated key": "features: {}\nfeatures: {}\n",
        "python object": "features: !!python/object/apply:os.system ['true']",
        "unknown tag": "features: !secret {}",
        "two documents": "features: {}\n---\nfeatures: {}\n",
        "nan": "features: {a: {type: float, min: .nan}}",
        "inf": "features: {a: {type: float, max: .inf}}",
        "1e999": "features: {a: {type: float, max: 1e999}}",
        "number of 100,000 digits": "n_samples: " + "9" * 100_000 + "\nfeatures: {a: {type: int}}",
        "hexadecimal without an end": "n_samples: 0x"
        + "f" * 100_000
        + "\nfeatures: {a: {type: int}}",
        "tab indentation": "features:\n\ta: {type: int}\n",
        "key that is a list": "? [a, b]\n: 1\n",
        "merge key": "<<: {features: {}}\n",
        "half a surrogate": 'name: "\\ud800"\nfeatures: {a: {type: name}}',
        "escaped NUL": 'name: "a\\0b"\nfeatures: {a: {type: name}}',
        "control characters": "features: {a: \x07}",
        "nothing": "# nothing at all\n",
        "a list": "- 1\n- 2\n",
        "many keys": "".join(f"k{n}: 1\n" for n in range(20_000)),
        "long key": "features: {? " + "k" * 100_000 + " : {type: int, min: a}}",
        "long text": "features: '" + "x" * 1_000_000 + "'",
        "a job request": "schema_name: churn\nkind: generate\n",
    }
    for name, text in texts.items():
        yield Attack(f"YAML, {name}", "POST", VALIDATE, text.encode(), YAML)


def _definitions() -> Iterator[Attack]:
    column = {"features": {"a": {"type": "int", "min": 0, "max": 9}}}
    documents: dict[str, object] = {
        "more rows than there may be": {**column, "n_samples": 10**15},
        "rows below 0": {**column, "n_samples": -1},
        "no columns": {"features": {}},
        "formula that runs code": _one({"type": "formula", "expr": "__import__('os').system('x')"}),
        "formula of attributes": _one({"type": "formula", "expr": "().__class__.__bases__"}),
        "formula without an end": _one(
            {"type": "formula", "expr": "(" * 5_000 + "1" + ")" * 5_000}
        ),
        "pattern of great length": _one({"type": "id", "format": "pattern", "pattern": 3}),
        "provider with arms": _one({"type": "__class__"}),
        "provider's private method": _one({"type": "_load_module"}),
        "name that leaves the folder": {**column, "name": "../../etc/passwd"},
        "table that leaves the folder": {"tables": {"../x": {**column, "n_samples": 1}}},
        "name with a line break": {**column, "name": "a\r\nSet-Cookie: b"},
        "table that is a mapping": {
            "tables": {"a": {**column, "n_samples": 1}},
            "correlations": [{"between": ["a", "a"], "r": 0.1, "table": {"x": 1}}],
        },
        "cycle of tables": {
            "tables": {
                "a": {**column, "n_samples": 1, "foreign_keys": {"b": {"references": "b.a"}}},
                "b": {**column, "n_samples": 1, "foreign_keys": {"a": {"references": "a.a"}}},
            }
        },
    }
    for name, document in documents.items():
        yield Attack(f"definition, {name}", "POST", JOBS, json.dumps(document).encode(), JSON)
    requests: dict[str, object] = {
        "two sources": {"schema": column, "schema_name": "x"},
        "no source": {"kind": "generate"},
        "unknown kind": {"kind": "delete", "schema": column},
        "unknown format": {"schema": column, "formats": ["exe"]},
        "format that leaves the folder": {"schema": column, "formats": ["../csv"]},
        "unknown sink": {"schema": column, "sinks": [{"kind": "ftp"}]},
        "sink without a kind": {"schema": column, "sinks": [{}]},
        "lost stored definition": {"schema_name": "../../x"},
        "NUL in YAML text": {"schema_yaml": "features: {a: {type: int}} # \u0001"},
        "unknown key": {"schema": column, "kind": "generate", "admin": True},
        "seed above 64 bits": {"schema": column, "verify": False, "seed": 2**63},
        "name with a line break": {"schema": column, "verify": False, "name": "a\r\nb"},
    }
    for name, request in requests.items():
        yield Attack(f"request, {name}", "POST", JOBS, json.dumps(request).encode(), JSON)


def _one(column: dict[str, object]) -> dict[str, object]:
    return {"n_samples": 1, "features": {"a": column}}


def _bodies() -> Iterator[Attack]:
    text = "features: {a: {type: int}}"
    bodies = {
        "invalid UTF-8": b"features: {\xff\xfe: 1}",
        "cut UTF-8": b"features: {a: \xe2\x82",
        "overlong UTF-8": b"name: \xc0\x80",
        "UTF-16": text.encode("utf-16"),
        "UTF-16 without its mark": text.encode("utf-16-le"),
        "UTF-32": text.encode("utf-32"),
        "NUL": b"features: \x00",
        "nothing": b"",
        "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
    }
    for name, body in bodies.items():
        yield Attack(f"body, {name}, as YAML", "POST", VALIDATE, body, YAML)
        yield Attack(f"body, {name}, as JSON", "POST", VALIDATE, body, JSON)
    kinds = {
        "form": "application/x-www-form-urlencoded",
        "multipart": "multipart/form-data; boundary=x",
        "plain text": "text/plain",
        "pickle": "application/x-python-pickle",
        "XML": "application/xml",
        "UTF-16": "application/json; charset=utf-16",
        "UTF-7": "application/yaml; charset=utf-7",
        "junk": "\x7f;;=/",
        "very long": "application/" + "x" * 5_000,
    }
    for name, kind in kinds.items():
        headers = {"Content-Type": kind}
        yield Attack(f"kind, {name}", "POST", JOBS, text.encode(), headers, (415,))
    yield Attack("kind, none", "POST", JOBS, text.encode(), {}, (415,))
    packed = {**JSON, "Content-Encoding": "gzip"}
    yield Attack("kind, compressed", "POST", JOBS, b"\x1f\x8b", packed, (415,))
    yield Attack("size, announced", "POST", JOBS, b"x" * 6_000_000, YAML, (413,))
    yield Attack("size, JSON", "POST", VALIDATE, b'["' + b"x" * 5_000_000 + b'"]', JSON, (413,))


def _addresses() -> Iterator[Attack]:
    for path in (
        "/v1/jobs/..%2f..%2fetc%2fpasswd",
        "/v1/jobs/%2e%2e/%2e%2e/etc/passwd",
        "/docs-assets/..%2f..%2fcore.py",
        "/docs-assets/%2e%2e/core.py",
        "/v1/jobs/%00",
        "/v1/jobs/%ff%fe",
        "/v1/jobs/%F0%9F%92%A9",
        "/v1/jobs/" + "a" * 10_000,
        "/v1/jobs/'%20OR%201=1--",
        "/v1/schemas/%00",
        "/v1/schemas/..%2f",
        "/v1/schemas/" + "%C3%A4" * 5_000,
        "/v1//jobs",
        "/V1/JOBS",
        "/problems/%3Cscript%3E",
        "/.env",
    ):
        yield Attack(f"address, {path[:40]}", "GET", path, statuses=(404,))
    for query in (
        "limit=0",
        "limit=-1",
        "limit=1e9",
        "limit=" + "9" * 5_000,
        "limit=%00",
        "status=%00",
        "status=succeeded'--",
        "kind=train%0d%0a",
        "cursor=%00",
        "cursor=../../x",
        "cursor=" + "A" * 5_000,
        "cursor=eyJhIjoxfQ==",
        "cursor=W10",
    ):
        yield Attack(f"query, {query[:40]}", "GET", f"/v1/jobs?{query}")
    yield Attack("query, cursor of schemas", "GET", "/v1/schemas?cursor=%FF")
    for rows in ("0", "1001", "-5", "NaN", "1e3", "9" * 400, "%00"):
        path = f"/v1/schemas/preview?rows={rows}"
        yield Attack(f"query, rows={rows[:20]}", "POST", path, b"features: {a: {type: int}}", YAML)
    for method in ("TRACE", "OPTIONS", "DELETE", "PROPFIND", "X" * 500):
        yield Attack(f"method, {method[:20]}", method, JOBS, statuses=(405,))


def _results(job: str) -> Iterator[Attack]:
    outside = (416,)
    for text in (
        "bytes=999999999-",
        "bytes=-0",
        "bytes=5-1",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=1_0-2_0",
        "bytes=0x0-0x9",
        "bytes=--5",
        "bytes=1-2-3",
        "bytes=" + "9" * 10_000 + "-",
    ):
        headers = {"Range": text}
        yield Attack(f"range, {text[:30]}", "GET", f"{job}/result", b"", headers, outside)
    for query in ("format=exe", "format=", "format=../csv", "format=%00", "table="):
        yield Attack(f"result, {query}", "GET", f"{job}/result?{query}")
    for query in ("table=%00", "table=..%2f..%2fvar", "table=lost"):
        yield Attack(f"result, {query}", "GET", f"{job}/result?{query}", statuses=(404,))
    yield Attack("result, Accept", "GET", f"{job}/result", b"", {"Accept": "image/png"}, (406,))
    for last in ("-1", "x", "1e9", "9" * 100):
        headers = {"Last-Event-ID": last}
        yield Attack(f"events, {last[:20]}", "GET", f"{job}/events", b"", headers)
    for key in ("a b", "ä", "x" * 5_000):
        headers = {**YAML, "Idempotency-Key": key}
        yield Attack(f"key, {key[:10]!r}", "POST", JOBS, b"features: {a: {type: int}}", headers)
    for body in (b"{}", b'{"name": ""}', b'{"name": "\\u0000"}', b'{"name": 1}', b'{"id": "x"}'):
        yield Attack(f"rename, {body.decode()}", "PATCH", job, body, JSON)
    for body in (b'{"seed": -1}', b'{"n_samples": 1e30}', b'{"rows": 1}', b"[]"):
        yield Attack(f"rerun, {body.decode()}", "POST", f"{job}/rerun", body, JSON)


RAW: dict[str, bytes] = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "no version": b"GET /healthz\r\n\r\n",
    "header without a colon": b"GET /healthz HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "length below 0": b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "length of words": b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
    "space in the address": b"GET /health z HTTP/1.1\r\nHost: x\r\n\r\n",
}
