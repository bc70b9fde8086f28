"""HTTP/1.1 as h11 reads it, with bounds, and without what two servers may read in two ways.

RFC 9112 lets a server refuse lines that are folded (5.2) and a body with two lengths (6.1): a proxy
in front that reads them otherwise would take one request for two ("request smuggling").
"""

from __future__ import annotations

import h11

MAX_HEAD_BYTES = 32 * 1024
# h11 takes some 25 microseconds for each line, on the event loop.
MAX_HEAD_LINES = 100
# `http.cookies` of Python before 3.11.10 and 3.12.6 takes a time that grows with the square of a
# cookie's length (CVE-2024-7592): of a text of 4 KiB that is 25 milliseconds.
MAX_COOKIE_BYTES = 4 * 1024
# Each chunk of a body is an event of its own, however small it is.
MANY_CHUNKS, LEAST_CHUNK_BYTES = 1_000, 64

Event = h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]


class Refused(h11.RemoteProtocolError):
    """A request that h11 would read; its text is meant for whoever sent it."""


class StrictConnection(h11.Connection):
    """The server's side of one connection."""

    def __init__(self) -> None:
        super().__init__(h11.SERVER, MAX_HEAD_BYTES)
        self._chunks = 0
        self._bytes = 0

    def next_event(self) -> Event:
        """As `h11.Connection.next_event`. Raises Refused, too."""
        if self.their_state is h11.IDLE:
            _check_head(_head_of(self.trailing_data[0]))
            self._chunks = self._bytes = 0
        event = super().next_event()
        if isinstance(event, h11.Request):
            _check_fields(event)
        elif isinstance(event, h11.Data):
            self._count(event)
        return event

    def _count(self, data: h11.Data) -> None:
        self._chunks += 1
        self._bytes += len(data.data)
        if self._chunks > MANY_CHUNKS and self._bytes < self._chunks * LEAST_CHUNK_BYTES:
            raise Refused(f"the body comes in chunks of less than {LEAST_CHUNK_BYTES} bytes")


def _head_of(unread: bytes) -> bytes:
    """What has come of the head of a request, with its first line."""
    ends = [end for end in (unread.find(b"\r\n\r\n"), unread.find(b"\n\n")) if end >= 0]
    return unread[: min(ends)] if ends else unread


def _check_head(head: bytes) -> None:
    if len(head) > MAX_HEAD_BYTES:
        raise Refused(f"the head has more than {MAX_HEAD_BYTES:,} bytes")
    if head.count(b"\n") > MAX_HEAD_LINES:
        raise Refused(f"the head has more than {MAX_HEAD_LINES} lines")
    if b"\n " in head or b"\n\t" in head:
        raise Refused("a header goes on in a second line; write it in one")


def _check_fields(request: h11.Request) -> None:
    names = [name for name, _ in request.headers]
    if b"transfer-encoding" in names and b"content-length" in names:
        raise Refused("Content-Length and Transfer-Encoding do not go together; send one of them")
    cookies = sum(len(value) for name, value in request.headers if name == b"cookie")
    if cookies > MAX_COOKIE_BYTES:
        raise Refused(f"the cookies have more than {MAX_COOKIE_BYTES:,} bytes")
