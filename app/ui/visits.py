"""How many pages are held for browsers that have not opened their sockets.

A page lives in this process from the visit until its socket has been gone for a while. A visit
without a socket costs about half a megabyte for a minute, whoever makes it.
"""

from __future__ import annotations

import asyncio
import time

from nicegui import Client
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.ui.session import SESSION, Session
from app.ui.toolkit.deletion import delete_page

# Pages without a socket: of all browsers without a key, and of one key.
MOST_OF_STRANGERS = 30
MOST_OF_A_KEY = 10
# Elements of such pages of one key; an element takes some kilobytes, a wide table has thousands.
MOST_ELEMENTS = 5_000
# Visits that wait for room, and how long.
MOST_WAITING = 100
PATIENCE, LOOK_AGAIN = 5.0, 0.1
RETRY_AFTER = "10"
BUSY = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Busy – Tablesmith</title></head>
<body><main><h1>Too many pages are being opened</h1><p>Try it again in a moment.</p></main></body>
</html>"""


class Visits:
    """Lets visits to pages in while there is room. Browsers with a key have room of their own:
    the page of theirs that has waited longest for its socket makes place for the next one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session: Session = scope[SESSION]
        if session.key is not None:
            _make_place(session.key)
        elif not await self._has_room():
            headers = {"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"}
            await HTMLResponse(BUSY, 503, headers)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _has_room(self) -> bool:
        """Whether a place is free, or gets free soon: pages whose sockets open leave theirs."""
        if len(_without_socket(None)) < MOST_OF_STRANGERS:
            return True
        if self._waiting >= MOST_WAITING:
            return False
        self._waiting += 1
        try:
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until:
                await asyncio.sleep(LOOK_AGAIN)
                if len(_without_socket(None)) < MOST_OF_STRANGERS:
                    return True
            return False
        finally:
            self._waiting -= 1


def _make_place(key: str) -> None:
    held = _without_socket(key)
    elements = sum(len(client.elements) for client in held)
    while len(held) >= MOST_OF_A_KEY or elements > MOST_ELEMENTS:
        oldest = held.pop(0)
        elements -= len(oldest.elements)
        delete_page(oldest)


def _without_socket(key: str | None) -> list[Client]:
    """Pages of a key, or of browsers without one, that no browser is connected to."""
    return [
        client
        for client in Client.instances.values()
        if not client.has_socket_connection and _key_of(client) == key
    ]


def _key_of(client: Client) -> str | None:
    session = client.request.scope.get(SESSION)
    return session.key if isinstance(session, Session) else None
