"""Listeners on loopback that remember who came, and a guard that no packet leaves the machine."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class LeavesTheMachineError(Exception):
    """Something tried to look up a name or to connect to another machine."""


_watched: list[str] = []
_on_watch = threading.Event()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _on_watch.is_set():
        return
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = str(arguments[0])
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        _watched.append(host)
    else:
        return
    if not _is_loopback(host):
        raise LeavesTheMachineError(f"{event} {host}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name: it would be looked up
        return False


sys.addaudithook(_watch)


@contextmanager
def nothing_leaves() -> Iterator[list[str]]:
    """Raise wherever a name is looked up or a stranger connected to; the addresses tried."""
    _watched.clear()
    _on_watch.set()
    try:
        yield _watched
    finally:
        _on_watch.clear()


@dataclass
class Listener:
    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    names: list[str | None] = field(default_factory=list)


@contextmanager
def listener(
    host: str = "127.0.0.1", port: int = 0, answer: bytes = OK, tls: ssl.SSLContext | None = None
) -> Iterator[Listener]:
    """Answers every request with the same bytes; `tls` makes it speak TLS."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as server:
        seen = Listener(server.getsockname()[1])
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: seen.names.append(name)
        thread = threading.Thread(target=_serve, args=(server, seen, answer, tls))
        thread.start()
        try:
            yield seen
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(
    server: socket.socket, seen: Listener, answer: bytes, tls: ssl.SSLContext | None
) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:  # shut down
            return
        seen.connections += 1
        try:
            with _speaking(connection, tls) as stream:
                while request := _request(stream):
                    seen.requests.append(request)
                    stream.sendall(answer)
        except OSError:
            connection.close()  # whoever came has gone, or would not trust the certificate


def _speaking(connection: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    connection.settimeout(10)
    return connection if tls is None else tls.wrap_socket(connection, server_side=True)


def _request(stream: socket.socket) -> bytes:
    """One request without a body."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        more = stream.recv(65536)
        if not more:
            return b""
        received += more
    return received
