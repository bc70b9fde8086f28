"""What a job may add to a connection cannot lead anywhere else, for every kind of sink."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.connections.credential_store import strays
from app.sinks.base import DeliveryAttempt, SinkError, SinkFile
from app.sinks.kinds.s3 import S3Credentials, S3Sink
from tests.sinks.candidates import LOOPBACK, OUTBOUND

# Of each kind what says to which server data goes, and below which place that a connection fixes.
SERVER: dict[str, set[str]] = {
    "s3": {"region", "endpoint", "addressing"},
    "gcs": {"endpoint"},
    "azure": {"account", "endpoint"},
    "postgresql": {"host", "port", "sslmode"},
    "sql": {"dialect", "host", "port", "database", "schema", "create_schema", "tls"},
    "http": {"headers"},
    "crm_analytics": {"instance_url", "api_version"},
}


def _fields(kind: str) -> set[str]:
    model = OUTBOUND[kind](LOOPBACK).target
    names = {field.alias or name for name, field in model.model_fields.items()}
    return names - {"kind", "connection"}


@pytest.mark.parametrize("kind", OUTBOUND)
def test_every_field_is_free_for_a_job_or_the_connection_s_own(kind: str) -> None:
    sink = OUTBOUND[kind](LOOPBACK)
    fixed = {"some": "value"}
    refused = {
        name
        for name in _fields(kind)
        if strays(sink, fixed, {**fixed, "kind": kind, "connection": "c", name: "x"})
    }
    assert refused == SERVER[kind]


@pytest.mark.parametrize("kind", OUTBOUND)
def test_what_is_fixed_stays(kind: str) -> None:
    sink = OUTBOUND[kind](LOOPBACK)
    for name in _fields(kind):
        assert strays(sink, {name: "mine"}, {"kind": kind, name: "mine"}) == []
        assert strays(sink, {name: "mine"}, {"kind": kind, name: "other"}) == [name]
        assert strays(sink, {name: "mine"}, {"kind": kind}) == [name]


@pytest.mark.parametrize("kind", OUTBOUND)
def test_a_connection_for_anything_leaves_all_to_the_job(kind: str) -> None:
    assert strays(OUTBOUND[kind](LOOPBACK), {}, {"kind": kind, "host": "any", "key": "x"}) == []


@contextmanager
def _listening() -> Iterator[tuple[int, list[str]]]:
    """A server that knows no object and takes every one; the paths that were asked for."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(404)

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200)

        def _answer(self, status: int) -> None:
            paths.append(self.path)
            self.send_response(status)
            self.send_header("ETag", '"x"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1], paths
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


NAMES = [
    "../OTHER/x", "/../OTHER/x", "a/../../OTHER/x", "%2e%2e/OTHER/x", "..%2fOTHER%2fx", "//OTHER/x",
    "./../OTHER/x", "..\\OTHER\\x", "?x=/OTHER/", "#/OTHER/x", "http://other/OTHER/x", "OTHER/x",
]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, list[str]]]:
    with _listening() as found:
        yield found


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.sampled_from(NAMES), st.text(st.sampled_from("./%2eaO\\?#:@"), min_size=1)))
def test_no_name_of_an_object_leads_out_of_its_bucket(
    server: tuple[int, list[str]], tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    port, paths = server
    paths.clear()
    path = tmp_path_factory.getbasetemp() / "data.csv"
    path.write_text("a\n1\n")
    file = SinkFile(path, path.name, "t", "csv", path.stat().st_size, "0" * 64)
    known = S3Credentials(access_key_id="k", secret_access_key="s")
    target = {"kind": "s3", "endpoint": f"http://127.0.0.1:{port}", "bucket": "MINE"}
    for place in ({"key": name}, {"prefix": name}):
        try:
            S3Sink(LOOPBACK).deliver([file], {**target, **place}, known, DeliveryAttempt("a"))
        except SinkError:
            continue
    assert all(asked.startswith("/MINE/") and "/../" not in asked for asked in paths)
    assert Path(path).exists()
