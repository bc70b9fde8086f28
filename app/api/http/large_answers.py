"""Answers of any size: passed on as a worker made them, to a client that has to read them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api.http.content import JSON
from app.workers.answers import Rendered

T = TypeVar("T")

CHUNK = 64 * 1024
# The time to read an answer: so many seconds, and one more for each so many bytes.
READ_SECONDS = 30.0
BYTES_A_SECOND = 64 * 1024


class LargeAnswer(Response):
    """An answer that a worker has rendered, in pieces that wait for the client to read them.

    It is held until it has been sent, for which there is some time: whoever does not read takes
    no memory for longer.
    """

    def __init__(self, answer: Rendered) -> None:
        self._answer = answer
        size = len(answer.content)
        self._seconds = READ_SECONDS + size / BYTES_A_SECOND
        super().__init__(headers={"Content-Length": str(size)}, media_type=JSON)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(send)
        except TimeoutError:
            raise ClientDisconnect from None

    async def _send(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        content = memoryview(self._answer.content)
        for first in range(0, len(content), CHUNK):
            chunk = bytes(content[first : first + CHUNK])
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def while_connected(request: Request, call: Coroutine[Any, Any, T]) -> T:
    """What the call returns. It is cancelled when the client goes away: raises ClientDisconnect.

    The body of the request has been read, so that nothing but its end can come any more.
    """
    asked, gone = asyncio.create_task(call), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({asked, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            raise ClientDisconnect
        return asked.result()
    finally:
        asked.cancel()
        gone.cancel()
        await asyncio.gather(asked, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
