"""What uvicorn answers to bytes that are no HTTP request, or none yet: a problem, as everything
else does."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from app.api.errors import respond
from app.api.http.strict_http import Refused, StrictConnection
from app.api.http_errors import MalformedRequest, RequestError, RequestTimeout

# For the head of a request, from its first byte or the beginning of the connection.
HEAD_SECONDS = 10.0
# For reading what was sent last, some hundred kilobytes at the most, before more is sent.
READ_SECONDS = 60.0


class ProblemProtocol(H11Protocol):
    """HTTP/1.1 by h11. A malformed request is answered with a problem; a connection on which no
    request comes to the end of its head is ended, so that idle ones cannot pile up."""

    head_seconds = HEAD_SECONDS
    read_seconds = READ_SECONDS
    _read_timer: asyncio.TimerHandle | None = None
    _head_timer: asyncio.TimerHandle | None = None
    _handed_over = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = StrictConnection()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch_head()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """From here on another protocol has the connection, and no head is waited for."""
        self._handed_over = True
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """More was sent than the client has read; one that goes on not to read is cut off."""
        super().pause_writing()
        self._read_timer = self.loop.call_later(self.read_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_waiting_to_be_read()

    def _stop_waiting_to_be_read(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        self._stop_waiting_to_be_read()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        reason = sys.exception()
        self._refuse(MalformedRequest(str(reason) if isinstance(reason, Refused) else msg))

    @property
    def _answering(self) -> bool:
        cycle = cast(RequestResponseCycle | None, self.cycle)  # none before the first request
        return cycle is not None and not cycle.response_complete

    def _watch_head(self) -> None:
        """Give the next head its time, once; none while a request is being answered."""
        if self._answering or self._handed_over:
            self._stop_watching()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self._give_up)

    def _stop_watching(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if not self._answering and not self.transport.is_closing():
            self._refuse(RequestTimeout("the head of the request", self.head_seconds))

    def _refuse(self, refusal: RequestError) -> None:
        """Answer in place of the application, unless it has begun to, and end the connection."""
        if self._answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self._answering and self.cycle.response_started:
            self.transport.close()
            return
        answer = respond(refusal)
        headers = [(name, value) for name, value in answer.raw_headers if name != b"connection"]
        headers.append((b"connection", b"close"))
        head = h11.Response(status_code=answer.status_code, headers=headers, reason=b"")
        for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
