"""Every request gets an id, a line in the log, its numbers, and an answer whatever happens."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import respond
from app.api.metrics import RequestMetrics

HEADER = "X-Request-Id"
USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# What nginx logs for a caller that went away before the answer was complete.
CLIENT_CLOSED_REQUEST = 499

log = structlog.get_logger("app.api.access")


@dataclass
class Exchange:
    """What is known about one request while it is answered."""

    request_id: str
    started: float = field(default_factory=time.perf_counter)
    status: int = 500
    answering: bool = False


class AccessLog:
    """The outermost layer: request id, access log, metrics, and the answer to a bug.

    An error that nothing foresaw is logged with its traceback and answered with a 500 problem
    that tells nothing about the inside.
    """

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(_request_id(scope))
        with (
            structlog.contextvars.bound_contextvars(request_id=exchange.request_id),
            self._metrics.in_progress.track_inprogress(),
        ):
            try:
                await self._answer(scope, receive, _stamping(send, exchange), exchange)
            finally:
                self._record(scope, exchange)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            exchange.status = CLIENT_CLOSED_REQUEST
        except Exception as error:
            log.exception("request failed", method=scope["method"], path=scope["path"])
            if exchange.answering:
                raise
            await respond(error)(scope, receive, send)

    def _record(self, scope: Scope, exchange: Exchange) -> None:
        seconds = time.perf_counter() - exchange.started
        route = getattr(scope.get("route"), "path", None)
        self._metrics.observe(scope["method"], route, exchange.status, seconds)
        log.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=exchange.status,
            milliseconds=round(seconds * 1000, 1),
        )


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(HEADER, "")
    return given if USABLE_ID.fullmatch(given) else uuid.uuid4().hex


def _stamping(send: Send, exchange: Exchange) -> Send:
    async def stamped(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.answering = True
            exchange.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[HEADER] = exchange.request_id
            headers["X-Content-Type-Options"] = "nosniff"
        await send(message)

    return stamped
