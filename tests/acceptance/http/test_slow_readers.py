"""Clients that ask for large answers and do not read them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.acceptance.http.server import Server, running_server

READERS = 12
# 5 MB an answer.
WIDE: dict[str, Any] = {
    "name": "wide",
    "n_samples": 5,
    "features": {"id": {"type": "id", "format": "sequence", "prefix": "x" * 1_000_000}},
}
SMALL = {"name": "small", "n_samples": 5, "features": {"a": {"type": "bool"}}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("slow"), interactive_timeout="120") as server:
        yield server


def _ask(server: Server, document: dict[str, Any]) -> socket.socket:
    """A connection on which an answer is asked for and not read."""
    body = json.dumps(document).encode()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(120)
    connection.connect(("127.0.0.1", server.port))
    head = "POST /v1/schemas/preview HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
    connection.sendall(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def _validate(server: Server) -> int:
    address = f"{server.url}/v1/schemas/validate"
    return httpx.post(address, json=SMALL, timeout=120).status_code


def test_answers_that_nobody_reads_are_bounded(server: Server) -> None:
    before = server.memory()
    with ExitStack() as stack:
        connections = [stack.enter_context(_ask(server, WIDE)) for _ in range(READERS)]
        statuses = [connection.recv(12)[-3:] for connection in connections]
        assert {b"200", b"503"} == set(statuses)
        assert _validate(server) == 503
        assert server.memory() - before < 150 * 2**20
    deadline = time.monotonic() + 60
    while _validate(server) != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
