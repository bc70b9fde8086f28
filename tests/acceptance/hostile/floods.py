# ruff: noqa: E501  (a catalogue: each input is a line)
"""Much of what is harmless alone: connections, streams, keys, versions, senders that take their time."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from tests.acceptance.hostile.bodies import JSON, YAML
from tests.acceptance.hostile.inputs import Answer, Input, Target, read_answer

PLAIN = b"n_samples: 10\nfeatures: {a: {type: int, min: 0, max: 9}}"
WIDE = json.dumps(
    {
        "n_samples": 1000,
        "features": {"a": {"type": "id", "format": "sequence", "prefix": "x" * 900}},
    }
).encode()
PREVIEW = "/v1/schemas/preview?rows=1000"
LARGE = json.dumps(
    {"n_samples": 1000, "features": {f"c{n}": {"type": "sentence"} for n in range(60)}}
).encode()


def _many(count: int, act: Callable[[int], Answer], threads: int = 16) -> list[Answer]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(act, range(count)))


def _idempotency(target: Target) -> list[Answer]:
    """A thousand keys, each of 200 characters, for a job that is refused."""
    body = b"features: {a: {type: nothing}}"
    key = "k" * 190
    return _many(
        400,
        lambda n: target.ask("POST", "/v1/jobs", body, {**YAML, "Idempotency-Key": f"{key}{n}"}),
    )


def _one_key(target: Target) -> list[Answer]:
    """One key and fifty bodies at the same time."""
    return _many(
        50,
        lambda n: target.ask(
            "POST", "/v1/jobs", PLAIN.replace(b"10", b"%d" % (n % 5)),
            {**YAML, "Idempotency-Key": "one"},
        ),
    )  # fmt: skip


def _streams(target: Target, count: int, job: str) -> list[Answer]:
    """Streams of events that nobody reads, all open at once."""
    with ExitStack() as stack:
        opened = [stack.enter_context(target.connect()) for _ in range(count)]
        for connection in opened:
            connection.sendall(target.request("GET", f"{job}/events"))
        time.sleep(1.0)
        return [target.ask("GET", "/healthz", keyed=False)]


def _running(target: Target) -> list[Answer]:
    """A job that tells much, followed by many, cancelled at the end."""
    body = b"n_samples: 20000000\nfeatures: {a: {type: float, mean: 0, std: 1}}"
    answer = target.ask("POST", "/v1/jobs", body, YAML)
    if not answer.location:
        return [answer]
    try:
        return _streams(target, 150, answer.location)
    finally:
        target.ask("POST", f"{answer.location}/cancel")


def _unread(target: Target, data: bytes, count: int, seconds: float) -> list[Answer]:
    """Requests whose answers nobody reads, on connections with the smallest of windows."""
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            connection.settimeout(60)
            connection.connect(("127.0.0.1", target.port))
            connection.sendall(data)
        time.sleep(seconds)
        return [target.ask("GET", "/healthz", keyed=False)]


def _unread_previews(target: Target) -> list[Answer]:
    return _unread(target, target.request("POST", PREVIEW, LARGE, JSON), 24, 6.0)


def _unread_results(target: Target) -> list[Answer]:
    return _unread(target, target.request("GET", f"{target.job}/result?format=jsonl"), 60, 2.0)


def _abandoned(target: Target, data: bytes, count: int) -> list[Answer]:
    for _ in range(count):
        with target.connect() as connection:
            connection.sendall(data)
    return [target.ask("GET", "/healthz", keyed=False)]


def _reset(target: Target) -> list[Answer]:
    """Connections that are reset in the middle of an answer."""
    for _ in range(100):
        with target.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(target.request("GET", "/docs", keyed=False))
    return [target.ask("GET", "/healthz", keyed=False)]


def _dribble(target: Target, data: bytes, step: int, pause: float) -> list[Answer]:
    """Sent a few bytes at a time."""

    def pieces() -> Iterator[bytes]:
        for place in range(0, len(data), step):
            yield data[place : place + step]
            time.sleep(pause)

    return [target.raw(pieces())]


def _unsent(target: Target, count: int) -> list[Answer]:
    """Bodies of which but a part is ever sent, on many connections at once."""
    head = target.request("POST", "/v1/jobs", b"x" * 4_000_000, JSON)
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(target.connect())
            connection.settimeout(5)
            try:
                connection.sendall(head[:1_000_000])
            except TimeoutError:
                continue
        time.sleep(1.0)
        return [target.ask("GET", "/healthz", keyed=False)]


def _idle(target: Target, count: int) -> list[Answer]:
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(target.connect())
        return [target.ask("GET", "/healthz", keyed=False)]


def _pipelined(target: Target, request: bytes, count: int) -> list[Answer]:
    """All requests at once on one connection, the answers read one after another."""
    with target.connect() as connection:
        try:
            connection.sendall(request * count)
        except OSError:
            return [Answer(0)]
        return [read_answer(connection)]


def _versions(target: Target) -> list[Answer]:
    """Versions of one definition, each of 900 kB."""
    name = "n" * 100
    body = json.dumps(
        {"features": {"a": {"type": "category", "cats": ["x" * 900_000, "y"]}}}
    ).encode()
    return _many(30, lambda _: target.ask("PUT", f"/v1/schemas/{name}", body, JSON), 4)


def _formats(target: Target) -> list[Answer]:
    """All formats of a result that were not asked for when it was made, all at once."""
    formats = ("tsv", "jsonl", "parquet", "arrow", "xlsx", "ods", "csv")
    return _many(
        21, lambda n: target.ask("GET", f"{target.job}/result?format={formats[n % len(formats)]}")
    )


def _heads(target: Target) -> list[Answer]:
    """What a result would be like in formats that were not asked for, without asking for it."""
    return [
        target.ask("HEAD", f"{target.job}/result?format={each}")
        for each in ("xlsx", "ods", "parquet", "nothing") * 3
    ]


def _ranges(target: Target) -> list[Answer]:
    lists = ("0-0," * 12_000, "-1," * 15_000, "0-," * 15_000, "9" * 50_000 + "-")
    return [
        target.ask("GET", f"{target.job}/result?format=csv", b"", {"Range": f"bytes={each}"})
        for each in lists
    ]


def _spellings(target: Target) -> list[Answer]:
    """One asset under a hundred names."""
    asset = "/_nicegui/3.18.0/static/quasar.umd.prod.js"
    return [
        target.ask(
            "GET", asset.replace("/static", "/static" + "/." * (n % 50) + "//" * (n // 50)), b"",
            {"Accept-Encoding": "gzip"}, keyed=False,
        )
        for n in range(100)
    ]  # fmt: skip


def _keys(target: Target) -> list[Answer]:
    """Tokens that nobody has, a thousand different ones."""
    return _many(
        500,
        lambda n: target.ask(
            "GET", "/v1/jobs", b"", {"Authorization": f"Bearer ts_{n:012x}_{'x' * 43}"}
        ),
    )


def _logins(target: Target) -> list[Answer]:
    """As many submissions, queries and listings as four clients can make in a moment."""
    ways = (("GET", "/v1/jobs?limit=200"), ("GET", "/v1/audit?limit=200"), ("GET", "/metrics"))
    return _many(150, lambda n: target.ask(*ways[n % len(ways)]), 4)


def _large_lists(target: Target) -> list[Answer]:
    """Lists of jobs and definitions each of which has a megabyte."""
    cats = [f"{n} " + "x" * 450 for n in range(2_000)]
    body = {"n_samples": 1, "features": {"a": {"type": "category", "cats": cats}}}
    sent = [
        target.ask("POST", path, json.dumps({**body, "name": f"large-{n}"}).encode(), JSON)
        for n in range(4)
        for path in ("/v1/jobs", "/v1/schemas")
    ]
    lists = ("/v1/jobs?limit=200", "/v1/schemas?limit=200")
    return [*sent, *(target.ask("GET", path) for path in lists * 3)]


def _previews(target: Target) -> list[Answer]:
    return _many(24, lambda _: target.ask("POST", PREVIEW, LARGE, JSON), 24)


def _jobs(target: Target) -> list[Answer]:
    return _many(100, lambda _: target.ask("POST", "/v1/jobs", WIDE, JSON), 8)


def _waits(target: Target) -> list[Answer]:
    """Submissions that wait for their jobs, all at once, and go away."""
    data = target.request("POST", "/v1/jobs", PLAIN, {**YAML, "Prefer": "wait=60"})
    return _abandoned(target, data, 40)


def _lines(target: Target) -> list[Answer]:
    """What would be a line of the log of its own."""
    forged = "x%0a2026-01-01%20[info]%20signed%20in%20as%20admin%0d%0a"
    return [target.ask("GET", f"/{forged}", keyed=False), target.ask("GET", f"/design/{forged}")]


FLOODS: dict[str, Callable[[Target], list[Answer]]] = {
    "400 keys of idempotency": _idempotency,
    "50 bodies of one key": _one_key,
    "150 streams of a job that has ended": lambda target: _streams(target, 150, target.job),
    "150 streams of a job that runs": _running,
    "24 previews that nobody reads": _unread_previews,
    "60 results that nobody reads": _unread_results,
    "lists of large definitions": _large_lists,
    "24 previews at once": _previews,
    "200 abandoned previews": lambda t: _abandoned(t, t.request("POST", PREVIEW, PLAIN, YAML), 60),
    "200 abandoned listings": lambda t: _abandoned(t, t.request("GET", "/v1/jobs?limit=200"), 200),
    "100 abandoned pages": lambda t: _abandoned(t, t.request("GET", "/design", keyed=False), 30),
    "100 resets": _reset,
    "a head by the byte": lambda t: _dribble(t, t.request("GET", "/healthz"), 1, 0.002),
    "a body by the byte": lambda t: _dribble(t, t.request("POST", "/v1/schemas/validate", PLAIN, YAML), 1, 0.002),
    "a large body in small pieces": lambda t: _dribble(t, t.request("POST", "/v1/schemas/validate", b"[" * 200_000, JSON), 100, 0.0005),
    "20 bodies that never end": lambda t: _unsent(t, 20),
    "300 idle connections": lambda t: _idle(t, 300),
    "500 requests in one go": lambda t: _pipelined(t, t.request("GET", "/healthz").replace(b"Connection: close\r\n", b""), 500),
    "100 previews in one go": lambda t: _pipelined(t, t.request("POST", PREVIEW, PLAIN, {**YAML, "Connection": "keep-alive"}), 20),
    "requests of nothing": lambda t: _pipelined(t, b"\r\n" * 1_000, 100),
    "30 versions of a definition": _versions,
    "all formats at once": _formats,
    "heads of all formats": _heads,
    "lists of ranges": _ranges,
    "100 spellings of an asset": _spellings,
    "500 unknown keys": _keys,
    "150 listings": _logins,
    "100 jobs": _jobs,
    "40 waits": _waits,
    "forged lines": _lines,
}  # fmt: skip


def floods(seed: int, many: int) -> Iterator[Input]:
    for name, act in FLOODS.items():
        yield Input("flood", name, act)
