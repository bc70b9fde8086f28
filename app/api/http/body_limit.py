"""Bodies that are too large or too slow are refused without being held in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import respond
from app.api.http_errors import BodyTooLarge, RequestTimeout

# A client that is still sending would lose the answer together with the connection. So this many
# times the limit is read and thrown away before the answer goes out.
DISCARDED_LIMITS = 8


@dataclass(frozen=True, slots=True)
class BodyBounds:
    """How many bytes a body may have, and how many seconds it may take."""

    limit: int
    seconds: float


class BodyLimit:
    """Refuses with 413 what `Content-Length` announces as too large; a body that comes without
    a length raises BodyTooLarge where it is read, as soon as it has more than `limit` bytes.
    A body that is not there `seconds` after it was first waited for raises RequestTimeout.

    Args:
        uploads: other limits of what is posted to these paths, whose bodies are never held.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int,
        seconds: float,
        uploads: Mapping[str, BodyBounds] = MappingProxyType({}),
    ) -> None:
        self._app = app
        self._usual = BodyBounds(limit, seconds)
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bounds = self._bounds(scope)
        timely = self._timely(receive, bounds.seconds)
        if _announced(scope) <= bounds.limit:
            await self._app(scope, self._counting(timely, bounds.limit), send)
            return
        try:
            await self._discard(timely)
        except RequestTimeout as late:
            await respond(late)(scope, receive, send)
        else:
            await respond(BodyTooLarge(bounds.limit))(scope, receive, send)

    def _bounds(self, scope: Scope) -> BodyBounds:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        return self._uploads.get(path, self._usual) if scope["method"] == "POST" else self._usual

    def _timely(self, receive: Receive, seconds: float) -> Receive:
        """As `receive`, until the body is complete; then it waits for the client to go away."""
        deadline: float | None = None
        complete = False

        async def timely() -> Message:
            nonlocal deadline, complete
            if complete:
                return await receive()
            deadline = deadline or asyncio.get_running_loop().time() + seconds
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise RequestTimeout("the body", seconds) from None
            complete = not message.get("more_body", False)
            return message

        return timely

    def _counting(self, receive: Receive, limit: int) -> Receive:
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                await self._discard(receive, message)
                raise BodyTooLarge(limit)
            return message

        return counted

    async def _discard(self, receive: Receive, message: Message | None = None) -> None:
        left = self._usual.limit * DISCARDED_LIMITS
        message = message or await receive()
        while message.get("more_body", False) and left > 0:
            message = await receive()
            left -= len(message.get("body", b""))


def _announced(scope: Scope) -> int:
    """The Content-Length; 0 where there is none. Servers refuse one that is no number."""
    length = Headers(scope=scope).get("content-length", "0")
    return int(length[:20]) if length.isascii() and length.isdigit() else 0
