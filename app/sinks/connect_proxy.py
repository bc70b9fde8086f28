"""A proxy of this process for libraries that look names up and connect by themselves.

Given to such a library as its HTTP proxy, it connects to what `EgressPolicy` has checked and to
nothing else; what is encrypted stays so from end to end. It listens on loopback, asks for a
password made for the time of one delivery, and carries one request a connection, so that every
request is looked at.
"""

from __future__ import annotations

import base64
import contextlib
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from urllib.parse import urlsplit

from app.sinks.base import SinkError, TransientSinkError
from app.sinks.bounded import BoundedSocket, TooMuchReceivedError, connect
from app.sinks.egress import EgressForbidden, EgressPolicy, EgressRefused

_HEAD = 64 * 1024
_PIECE = 256 * 1024
_IDLE_SECONDS = 120.0
Pump = Callable[[socket.socket, socket.socket], None]
_OWN_HEADERS = (b"proxy-authorization", b"proxy-connection", b"connection", b"keep-alive")


class ConnectProxy:
    """Open within a `with` block; `url` is the proxy's address, `error` why it last refused."""

    def __init__(self, egress: EgressPolicy) -> None:
        self._egress = egress
        self._password = secrets.token_urlsafe(24)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.error: SinkError | None = None

    @property
    def url(self) -> str:
        return f"http://relay:{self._password}@127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> ConnectProxy:
        threading.Thread(target=self._accept, name="relay", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A close alone does not wake the thread that waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._open:
                _end(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._held(client), contextlib.suppress(OSError):
            client.settimeout(_IDLE_SECONDS)
            head, rest = _read_head(client)
            try:
                upstream = self._connect(head)
            except SinkError as error:
                self.error = error
                status = b"403 Forbidden" if isinstance(error, EgressRefused) else b"502 Bad"
                client.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
                return
            if upstream is None:
                client.sendall(b"HTTP/1.1 407 Unknown\r\nContent-Length: 0\r\n\r\n")
                return
            with self._held(upstream):
                if head.startswith(b"CONNECT "):
                    client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                    upstream.sendall(rest)
                    _carry(client, upstream)
                else:
                    upstream.sendall(_forwarded(head) + rest)
                    _carry(client, upstream, _pump_answer)
                self._look_at(upstream)

    def _look_at(self, upstream: BoundedSocket) -> None:
        try:
            upstream.check()
        except TooMuchReceivedError as error:
            self.error = error

    @contextlib.contextmanager
    def _held(self, each: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(each)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(each)
            each.close()

    def _connect(self, head: bytes) -> BoundedSocket | None:
        """A connection to where the request wants to go; None for somebody else's request.

        Raises SinkError.
        """
        if not self._knows(head):
            return None
        host, port = _goal(head)
        address = self._egress.resolve(host, port)
        try:
            upstream = connect(address.ip, port)
        except OSError as error:
            raise TransientSinkError(f"{host}:{port} cannot be reached: {error.strerror}") from None
        upstream.settimeout(_IDLE_SECONDS)
        return upstream

    def _knows(self, head: bytes) -> bool:
        wanted = base64.b64encode(f"relay:{self._password}".encode())
        given = [
            line.split(None, 2)[-1]
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"proxy-authorization:")
        ]
        return len(given) == 1 and secrets.compare_digest(given[0], wanted)


def _read_head(source: socket.socket, data: bytes = b"") -> tuple[bytes, bytes]:
    """The head of a request or an answer, its empty line included, and what came with it.

    Args:
        data: what was read before.
    """
    while b"\r\n\r\n" not in data:
        piece = source.recv(_HEAD)
        if not piece or len(data) > _HEAD:
            raise ConnectionError("no head")
        data += piece
    head, rest = data.split(b"\r\n\r\n", 1)
    return head + b"\r\n\r\n", rest


def _goal(head: bytes) -> tuple[str, int]:
    """Host and port that a request to a proxy names. Raises EgressRefused."""
    method, target = head.split(b" ", 2)[:2]
    try:
        text = target.decode("ascii")
        parts = urlsplit(f"//{text}" if method == b"CONNECT" else text)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise EgressForbidden("it is no address") from None
    return parts.hostname or "", port


def _forwarded(head: bytes) -> bytes:
    """The head as the server itself reads it; it is asked to close after its answer."""
    first, lines = _lines(head)
    method, target, version = first.split(b" ", 2)
    parts = urlsplit(target)
    path = (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")
    return _closing(b" ".join([method, path, version]), lines)


def _lines(head: bytes) -> tuple[bytes, list[bytes]]:
    """The first line of a head, and the others but those about a connection."""
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    return first, [line for line in lines if line.split(b":")[0].lower() not in _OWN_HEADERS]


def _closing(first: bytes, lines: list[bytes]) -> bytes:
    """A head that says that the connection ends with what it begins."""
    return b"\r\n".join([first, *lines, b"Connection: close", b"", b""])


def _pump(source: socket.socket, goal: socket.socket) -> None:
    buffer = bytearray(_PIECE)
    view = memoryview(buffer)
    try:
        while size := source.recv_into(buffer):
            goal.sendall(view[:size])
        goal.shutdown(socket.SHUT_WR)
    except OSError:
        _end(source)
        _end(goal)


def _pump_answer(upstream: socket.socket, client: socket.socket) -> None:
    """The answer to one request. It says that it is the last: not every server says so itself, and
    a client would send its next request into a connection that is just about to end."""
    rest = b""
    with contextlib.suppress(OSError):
        is_interim = True
        while is_interim:
            head, rest = _read_head(upstream, rest)
            is_interim = head.partition(b" ")[2].startswith(b"1")
            client.sendall(head if is_interim else _closing(*_lines(head)))
        client.sendall(rest)
    _pump(upstream, client)


def _carry(client: socket.socket, upstream: socket.socket, back: Pump = _pump) -> None:
    """Carry bytes both ways until both sides have said all; `back` carries the answers."""
    answering = threading.Thread(target=back, args=(upstream, client), daemon=True)
    answering.start()
    _pump(client, upstream)
    answering.join()


def _end(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
