# ruff: noqa: E501  (a catalogue: each input is a line)
"""Requests that are hostile in how they are written: heads, paths, queries, headers, cookies."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

from tests.acceptance.hostile.inputs import Act, Answer, Input, Target, chance, read_answer, request

LONG = 60_000

# What comes before a secret, over and over: each stands for a pattern of the redactor, of a
# scanner of names, or of a reader that looks for an end which never comes.
PREFIXES: dict[str, str] = {
    "user and colon": "(a:",
    "bare colons": "a:",
    "scheme": "://x",
    "scheme and user": "https://u:p",
    "password": "password=",
    "password in quotes": "password=%22",
    "password as a key": "password%22:%20%22",
    "name of a secret": "secret",
    "name with dots": "a.secret.",
    "names and spaces": "token%20=%20",
    "camel case": "aSecretKey",
    "signature": "X-Amz-Signature=",
    "credential": "&X-Goog-Credential=",
    "bearer": "bearer%20",
    "bearer and token": "Bearer%20aaaaaaaaaaaaaaaa.",
    "authorization": "authorization%20x%20",
    "authorization and marks": "authorization:::",
    "own key": "ts_0123456789ab_",
    "secret of a webhook": "whsec_",
    "private key": "-----BEGIN%20PRIVATE%20KEY-----",
    "beginning of a private key": "-----BEGIN%20A%20",
    "at signs": "a@",
    "backslashes": "%5C%5C%22",
    "equals signs": "key==",
    "zeros": "%00",
    "broken percent": "%",
    "not UTF-8": "%ff",
    "combining marks": "%CC%81",
    "dots": "../",
    "encoded dots": "%2e%2e%2f",
    "slashes": "/",
    "semicolons": ";a=",
    "braces": "{{",
}
PLACES = ("/key", "/v1/jobs/", "/v1/schemas/", "/v1/connections/", "/jobs/", "/")


def paths(seed: int, many: int) -> Iterator[Input]:
    """Addresses of 60 kB of one prefix; with a key, without, and below every kind of place."""
    for name, prefix in PREFIXES.items():
        whole = prefix * (LONG // len(prefix))
        yield request("path", f"{name}, unkeyed", "GET", "/key" + whole, keyed=False)
        place = chance(seed, "place", name).choice(PLACES)
        yield request("path", f"{name}, {place}", "GET", place + whole)
    for number in range(many):
        luck = chance(seed, "path", number)
        mixed = "".join(luck.choices([*PREFIXES.values()], k=4_000))[:LONG]
        yield request("path", f"mixed {number}", "GET", luck.choice(PLACES) + mixed)


def queries(seed: int, many: int) -> Iterator[Input]:
    lists = ("/v1/jobs", "/v1/keys", "/v1/audit", "/v1/schemas", "/v1/webhooks", "/v1/connections")
    for name, prefix in PREFIXES.items():
        place = chance(seed, "query", name).choice(lists)
        whole = prefix * (LONG // len(prefix))
        yield request("query", f"cursor of {name}", "GET", f"{place}?cursor={whole}")
    for key in ("limit", "status", "kind"):
        whole = f"{key}=" + "9" * LONG
        yield request("query", f"long {key}", "GET", f"/v1/jobs?{whole}")
    yield request("query", "10,000 parameters", "GET", "/v1/jobs?" + "a=1&" * 10_000)
    yield request("query", "10,000 limits", "GET", "/v1/jobs?" + "limit=1&" * 7_000)
    yield request("query", "nothing but marks", "GET", "/v1/jobs?" + "&" * LONG)
    yield request("query", "of pages", "GET", "/design?" + "a=(a:&" * 10_000, keyed=False)
    for number in range(many):
        luck = chance(seed, "mixed query", number)
        mixed = "&".join(
            f"{luck.choice(('limit', 'cursor', 'x'))}={luck.choice([*PREFIXES.values()])}"
            for _ in range(1_000)
        )
        yield request("query", f"mixed {number}", "GET", f"{luck.choice(lists)}?{mixed[:LONG]}")


HEADERS: dict[str, tuple[str, ...]] = {
    "X-Request-Id": ("a.", "(a:"),
    "Accept": ("a/b,", "*/*;q=0.", "text/html;q=1;", ",", ";q="),
    "Accept-Encoding": ("gzip;q=0,", "br,", ";", "gzip;q=0." + "0" * 50 + ","),
    "Accept-Language": ("en;q=0.1,", "-"),
    "If-None-Match": ('"a",', 'W/"', '"', "*,", 'W/"\\"'),
    "If-Match": ('"a",', 'W/"'),
    "If-Range": ('"a",',),
    "If-Modified-Since": ("Mon, ",),
    "Range": ("bytes=0-0,", "bytes=-", "0-,", "bytes="),
    "Prefer": ("wait=1,", "wait=", "a;b;", 'wait="', ";"),
    "Content-Type": ("application/json;", "a/", ';a="', "charset=utf-8;", "multipart/mixed;"),
    "Last-Event-ID": ("9", "-", "1e"),
    "Idempotency-Key": ("(a:", "x", "~"),
    "Authorization": ("Bearer ", "Basic a:", "ts_0123456789ab_", "Bearer ts_"),
    "Origin": ("http://a:", "null,", "://"),
    "Referer": ("http://a:b@", "(a:"),
    "X-Forwarded-For": ("1.1.1.1,", ",", "(a:"),
    "X-Forwarded-Proto": ("https,",),
    "Forwarded": ("for=1.1.1.1;", 'for="'),
    "User-Agent": ("(a:", "password=", "Mozilla/5.0 ("),
    "Expect": ("100-continue,",),
    "Content-Encoding": ("gzip,",),
    "Sec-WebSocket-Protocol": ("a,",),
    "Traceparent": ("00-",),
    "Via": ("1.1 a,",),
}


def headers(seed: int, many: int) -> Iterator[Input]:
    """One header that is as long as a head may be, of a prefix that its reader may trip over."""
    for name, prefixes in HEADERS.items():
        for prefix in prefixes:
            value = prefix * (LONG // len(prefix))
            for method, path, keyed in _where(name):
                called = f"{name}: {prefix}… at {method} {path}"
                yield Input("header", called, _headed(method, path, name, value, keyed))
    for number in range(many):
        luck = chance(seed, "header", number)
        name = luck.choice([*HEADERS])
        value = "".join(luck.choices([each for all_ in HEADERS.values() for each in all_], k=5_000))
        yield Input(
            "header", f"mixed {number}", _headed("GET", "/v1/jobs", name, value[:LONG], True)
        )


def _where(name: str) -> Iterator[tuple[str, str, bool]]:
    if name in {"Range", "If-Range", "If-None-Match", "Accept", "If-Modified-Since"}:
        yield "GET", "{job}/result", True
    if name in {"Prefer", "Content-Type", "Idempotency-Key", "Content-Encoding", "Expect"}:
        yield "POST", "/v1/jobs", True
    elif name == "Last-Event-ID":
        yield "GET", "{job}/events", True
    elif name in {"Accept-Encoding", "If-Modified-Since"}:
        yield "GET", "/_nicegui/3.18.0/static/nicegui.js", False
    else:
        yield "GET", "/", False


def _headed(method: str, path: str, name: str, value: str, keyed: bool) -> Act:
    def act(target: Target) -> list[Answer]:
        body = b"features: {a: {type: int}}" if method == "POST" else b""
        where = path.replace("{job}", target.job)
        own = {"Content-Type": "application/yaml"} if body else {}
        return [target.ask(method, where, body, {**own, name: value.strip()}, keyed=keyed)]

    return act


COOKIES: dict[str, str] = {
    "escaped quotes": r"\"",
    "escaped octals": r"\012",
    "backslashes": "\\",
    "open quote": '"',
    "names": "a=b; ",
    "same name": "tablesmith_session=x; ",
    "reserved names": "Path=/; Domain=x; ",
    "semicolons": ";",
    "equals signs": "=",
    "commas": "a=b, ",
    "spaces": " ",
    "dollar signs": "$Version=1; ",
    "letters": "a",
    "letters beyond ASCII": "\xe4=\xf6; ",
}


def cookies(seed: int, many: int) -> Iterator[Input]:
    """Cookies as CVE-2024-7592 has them, and other ones, at pages, files, sockets and the API."""
    places = ("/", "/design", "/favicon.ico", "/v1/jobs", "/_nicegui_ws/socket.io/?EIO=4")
    for name, piece in COOKIES.items():
        whole = piece * (LONG // len(piece))
        for form, cookie in (
            ("as value", f'tablesmith_session="{whole}"'),
            ("bare", whole),
        ):
            for place in places[:2] if form == "bare" else places:
                given = {"Cookie": cookie}
                yield request(
                    "cookie", f"{name} {form}, {place}", "GET", place, b"", given, keyed=False
                )
    for number in range(many):
        luck = chance(seed, "cookie", number)
        whole = "".join(luck.choices([*COOKIES.values()], k=6_000))[:LONG]
        given = {"Cookie": f"tablesmith_session={whole}"}
        yield request(
            "cookie", f"mixed {number}", "GET", luck.choice(places), b"", given, keyed=False
        )


HOST = b"Host: 127.0.0.1\r\n"
HEADS: dict[str, bytes] = {
    "nothing but lines": b"\r\n" * 30_000,
    "nothing but feeds": b"\n" * 60_000,
    "preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 9_000,
    "upgrade to h2c": b"GET / HTTP/1.1\r\n" + HOST + b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2,
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "SOCKS": b"\x05\x01\x00",
    "HTTP/0.9": b"GET /\r\n",
    "HTTP/1.0": b"GET /healthz HTTP/1.0\r\n\r\n",
    "HTTP/9.9": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "version of 60,000 digits": b"GET / HTTP/1." + b"1" * 60_000 + b"\r\n\r\n",
    "method of 60,000 letters": b"G" * 60_000 + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "whole address": b"GET http://127.0.0.1/healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "whole address of another": b"GET http://example.com/v1/jobs HTTP/1.1\r\n" + HOST + b"\r\n",
    "tunnel": b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + HOST + b"\r\n",
    "star": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "folded header": b"GET /healthz HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n",
    "60 kB of folds": b"GET /healthz HTTP/1.1\r\n" + HOST + b"A: b\r\n" + b" c\r\n" * 14_000 + b"\r\n",
    "fold first": b"GET /healthz HTTP/1.1\r\n A: b\r\n" + HOST + b"\r\n",
    "length and chunks": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n" + HOST + b"\r\n",
    "chunks and length": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths that agree": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    "list of lengths": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Content-Length: 1, 1\r\n\r\nx",
    "length with a sign": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Content-Length: +1\r\n\r\nx",
    "length of 60,000 digits": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Content-Length: " + b"9" * 60_000 + b"\r\n\r\n",
    "length with spaces": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Content-Length : 1\r\n\r\nx",
    "length in hexadecimal": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Content-Length: 0x1\r\n\r\nx",
    "chunked twice": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked and identity": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "chunked with a tab": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Transfer-Encoding:\tchunked\x0b\r\n\r\n0\r\n\r\n",
    "gzip, chunked": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunk of 60,000 digits": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 60_000 + b"\r\n",
    "chunk below nothing": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "chunk with an extension of 60 kB": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a=b;" * 15_000 + b"\r\nx\r\n0\r\n\r\n",
    "trailers of 60 kB": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * 10_000 + b"\r\n",
    "60,000 chunks of a byte": b"POST /v1/schemas/validate HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 60_000 + b"0\r\n\r\n",
    "10,000 headers": b"GET /healthz HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 10_000 + b"\r\n",
    "7,000 headers of their own names": b"GET /healthz HTTP/1.1\r\n" + HOST + b"".join(b"a%d: b\r\n" % n for n in range(6_000)) + b"\r\n",
    "a megabyte of headers": b"GET /healthz HTTP/1.1\r\n" + HOST + b"A: " + b"b" * 1_000_000 + b"\r\n\r\n",
    "10,000 hosts": b"GET /healthz HTTP/1.1\r\n" + HOST * 3_000 + b"\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\n" + HOST + b"Host: x\r\n\r\n",
    "host with a user": b"GET / HTTP/1.1\r\nHost: a:b@c\r\n\r\n",
    "host of 60 kB": b"GET / HTTP/1.1\r\nHost: " + b"(a:" * 20_000 + b"\r\n\r\n",
    "host of brackets": b"GET / HTTP/1.1\r\nHost: [[[[::1]\r\n\r\n",
    "name with a space": b"GET / HTTP/1.1\r\n" + HOST + b"A B: c\r\n\r\n",
    "name of nothing": b"GET / HTTP/1.1\r\n" + HOST + b": c\r\n\r\n",
    "bare returns": b"GET / HTTP/1.1\rHost: x\r\r",
    "bare feeds": b"GET /healthz HTTP/1.1\nHost: x\n\n",
    "tab in the first line": b"GET\t/healthz\tHTTP/1.1\r\n" + HOST + b"\r\n",
    "control characters in the path": b"GET /\x01\x02\x7f HTTP/1.1\r\n" + HOST + b"\r\n",
    "bytes beyond ASCII in the path": b"GET /\xff\xfe\xe4 HTTP/1.1\r\n" + HOST + b"\r\n",
    "fragment in the path": b"GET /healthz#x HTTP/1.1\r\n" + HOST + b"\r\n",
    "path without a slash": b"GET healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "expects what is not": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Expect: x\r\nContent-Length: 0\r\n\r\n",
    "expects 100, sends nothing": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
    "websocket to the API": b"GET /v1/jobs HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "websocket of no version": b"GET / HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 99\r\n\r\n",
    "websocket with a body": b"POST / HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 4\r\n\r\nxxxx",
    "upgrade to nothing": b"GET / HTTP/1.1\r\n" + HOST + b"Upgrade: ,,,\r\nConnection: Upgrade\r\n\r\n",
    "connection options of 60 kB": b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: " + b"a," * 30_000 + b"close\r\n\r\n",
}  # fmt: skip


def heads(seed: int, many: int) -> Iterator[Input]:
    """Bytes that are no HTTP request, or a twisted one; then the same with bytes changed."""
    for name, data in HEADS.items():
        yield Input("head", name, lambda target, data=data: [_closing(target, data)])
    names = [*HEADS]
    for number in range(many):
        luck = chance(seed, "head", number)
        data = _mutated(luck, HEADS[luck.choice(names)][:LONG])
        yield Input("head", f"mutated {number}", lambda target, data=data: [_closing(target, data)])


def _closing(target: Target, data: bytes) -> Answer:
    """The answer to bytes after which nothing comes."""
    with target.connect() as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return read_answer(connection)


def _mutated(luck: random.Random, data: bytes) -> bytes:
    """Bytes with some of them changed, doubled, left out or moved."""
    mutable = bytearray(data)
    for _ in range(luck.randint(1, 12)):
        place = luck.randrange(len(mutable) + 1)
        way = luck.randrange(4)
        if way == 0:
            mutable[place:place] = luck.randbytes(luck.randint(1, 8))
        elif way == 1:
            del mutable[place : place + luck.randint(1, 8)]
        elif way == 2:
            piece = mutable[place : place + luck.randint(1, 64)]
            mutable[place:place] = piece * luck.randint(1, 100)
        else:
            mutable[place:place] = luck.choice((b"\r\n", b"\n", b"\0", b": ", b" ", b"\r\n\r\n"))
    return bytes(mutable)
