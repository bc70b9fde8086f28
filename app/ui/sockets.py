"""Sockets of pages: whose they are, how many there are, and how much may come through them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.ui.session import SESSION, Session

SOCKET = "tablesmith.socket"
MOST_BYTES = 1_000_000
MOST_OF_A_SESSION = 20
MOST_OF_STRANGERS = 100
MOST = 2000
SECONDS_TO_JOIN = 10.0
TRY_LATER, POLICY_VIOLATION, TOO_BIG = 1013, 1008, 1009


@dataclass(eq=False)
class Socket:
    """One open socket and what answers it."""

    session: Session
    task: asyncio.Task[None]
    joined: bool = False


class Sockets:
    """Answers the sockets of pages, so many of one browser and so many in all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: set[Socket] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session: Session = scope[SESSION]
        if self._is_full(session):
            await receive()
            await send({"type": "websocket.close", "code": TRY_LATER})
            return
        task = asyncio.current_task()
        assert task is not None
        scope[SOCKET] = socket = Socket(session, task)
        self._open.add(socket)
        session.sockets.add(task)
        patience = asyncio.get_running_loop().call_later(SECONDS_TO_JOIN, _give_up, socket)
        try:
            await self._app(scope, _measured(receive, session), send)
        except asyncio.CancelledError:
            await _close(send)
        finally:
            patience.cancel()
            self._open.discard(socket)
            session.sockets.discard(task)

    def _is_full(self, session: Session) -> bool:
        strangers = sum(not socket.session.known for socket in self._open)
        return (
            len(session.sockets) >= MOST_OF_A_SESSION
            or len(self._open) >= MOST
            or (not session.known and strangers >= MOST_OF_STRANGERS)
        )


def _give_up(socket: Socket) -> None:
    """A socket is for a page; one that joins none only takes up room."""
    if not socket.joined:
        socket.task.cancel()


def _measured(receive: Receive, session: Session) -> Receive:
    """Messages as fast as the session may have them, and none that is too large."""

    async def measured() -> Message:
        await session.meter.turn()
        message = await receive()
        size = len(message.get("text") or "")
        # Pages send text alone; pieces of a binary message would be collected without end.
        if size > MOST_BYTES or message.get("bytes") is not None:
            return {"type": "websocket.disconnect", "code": TOO_BIG}
        session.meter.message(size)
        return message

    return measured


async def _close(send: Send) -> None:
    with suppress(Exception):
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
