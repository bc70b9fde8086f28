# ruff: noqa: N802 (the names of methods are those that http.server calls)
from __future__ import annotations

import socket

import httpx
import pytest

from app.sinks.connect_proxy import ConnectProxy
from app.sinks.egress import EgressPolicy, EgressRefused, read_allowed
from tests.sinks.servers import QuietHandler, serving

OPEN = EgressPolicy(read_allowed("127.0.0.1"), resolver=lambda _host, _port: ["127.0.0.1"])


class Echo(QuietHandler):
    """Answers with what was asked."""

    def do_PUT(self) -> None:
        names = sorted(name.lower() for name in self.headers)
        said = [self.path, self.headers["Host"], *names]
        self.answer(200, "\n".join(said).encode() + b"\n" + self.body())

    do_GET = do_PUT  # noqa: N815


def test_a_request_arrives_under_its_name_and_without_the_password() -> None:
    with serving(Echo) as url, ConnectProxy(OPEN) as relay:
        port = httpx.URL(url).port
        with httpx.Client(proxy=relay.url) as client:
            for _ in range(2):
                answer = client.put(f"http://store.example:{port}/a?b=c", content=b"x" * 300_000)
                path, host, *names, body = answer.text.split("\n")
                assert (path, host, body) == ("/a?b=c", f"store.example:{port}", "x" * 300_000)
                assert not [name for name in names if name.startswith("proxy-")]
                assert answer.headers["Connection"] == "close"
        assert relay.error is None


class Interim(QuietHandler):
    """Says first that it will answer."""

    def do_PUT(self) -> None:
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.answer(200, self.body(), {"Connection": "keep-alive"})


def test_only_the_answer_itself_is_the_last() -> None:
    with serving(Interim) as url, ConnectProxy(OPEN) as relay:
        with httpx.Client(proxy=relay.url) as client:
            answer = client.put(f"http://store.example:{httpx.URL(url).port}/", content=b"word")
        assert (answer.status_code, answer.headers["Connection"]) == (200, "close")
    assert relay.error is None


def test_a_tunnel_goes_to_the_checked_address() -> None:
    with serving(Echo) as url, ConnectProxy(OPEN) as relay:
        proxy, port = httpx.URL(relay.url), httpx.URL(url).port
        with socket.create_connection(("127.0.0.1", proxy.port or 0)) as client:
            token = httpx.BasicAuth(proxy.username, proxy.password)._auth_header
            head = f"CONNECT store.example:{port} HTTP/1.1\r\nProxy-Authorization: {token}\r\n\r\n"
            answers = client.makefile("rb")
            client.sendall(head.encode())
            assert answers.readline().startswith(b"HTTP/1.1 200")
            while answers.readline().strip():
                pass
            client.sendall(
                b"GET /inside HTTP/1.1\r\nHost: store.example\r\nConnection: close\r\n\r\n"
            )
            assert b"/inside" in answers.read()


def test_an_address_that_is_refused_is_not_reached() -> None:
    closed = EgressPolicy(resolver=lambda _host, _port: ["127.0.0.1"])
    with (
        serving(Echo) as url,
        ConnectProxy(closed) as relay,
        httpx.Client(proxy=relay.url) as client,
    ):
        port = httpx.URL(url).port
        assert client.get(f"http://store.example:{port}/").status_code == 403
        assert isinstance(relay.error, EgressRefused)


def test_nobody_else_may_use_it() -> None:
    with serving(Echo) as url, ConnectProxy(OPEN) as relay:
        other = relay.url.replace("relay:", "relay:x")
        with httpx.Client(proxy=other) as client:
            assert client.get(url).status_code == 407


def test_it_is_gone_after_its_block() -> None:
    with ConnectProxy(OPEN) as relay:
        port = httpx.URL(relay.url).port or 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
