"""Connections that take no more from the other side than a server has to say.

A server that takes data answers in a few kilobytes. What libraries do with more than that, they do
in memory, and some of it slowly.
"""

from __future__ import annotations

import socket
import ssl
from typing import Any

from app.sinks.base import TerminalSinkError

MOST_RECEIVED = 16 * 2**20  # bytes, of one connection
CONNECT_SECONDS = 10.0


class TooMuchReceivedError(TerminalSinkError):
    """The other side has sent more than it may."""

    def __init__(self, most: int = MOST_RECEIVED) -> None:
        super().__init__(f"the server sent more than {most:,} bytes over one connection")


class _OverBoundError(OSError):
    """As an error of the system, which every library takes for the end of a connection."""


class BoundedSocket(socket.socket):
    """A socket that ends with an OSError where more than `most` bytes come in."""

    most: int = MOST_RECEIVED
    left: int = MOST_RECEIVED

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        data = super().recv(bufsize, flags)
        self._count(len(data))
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0, /) -> int:
        size = super().recv_into(buffer, nbytes, flags)
        self._count(size)
        return size

    def check(self) -> None:
        """Raises TooMuchReceivedError where that is how the connection ended."""
        if self.left < 0:
            raise TooMuchReceivedError(self.most)

    def _count(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise _OverBoundError("too much was received")


class BoundedTls(ssl.SSLSocket):
    """As `BoundedSocket`, of what was encrypted; for `SSLContext.sslsocket_class`."""

    left: int = MOST_RECEIVED

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        data = super().recv(buflen, flags)
        self._count(len(data))
        return data

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        size = super().recv_into(buffer, nbytes, flags)
        self._count(size)
        return size

    def _count(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise _OverBoundError("too much was received")


def bounded_tls(most: int) -> type[BoundedTls]:
    """As `BoundedTls`, of so many bytes."""
    return type("BoundedTls", (BoundedTls,), {"left": most})


def connect(
    ip: str, port: int, seconds: float = CONNECT_SECONDS, most: int = MOST_RECEIVED
) -> BoundedSocket:
    """A connection to an address that was checked. Raises OSError.

    Args:
        most: bytes that may be received.
    """
    plain = socket.create_connection((ip, port), seconds)
    timeout = plain.gettimeout()
    bounded = BoundedSocket(fileno=plain.detach())
    bounded.settimeout(timeout)
    bounded.most = bounded.left = most
    return bounded


def was_too_much(error: BaseException | None) -> bool:
    """Whether an error comes from a connection that took too much."""
    seen = 0
    while error is not None and seen < 20:
        if isinstance(error, (_OverBoundError, TooMuchReceivedError)):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False
