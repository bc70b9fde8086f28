"""Whose name a request may carry while everybody who reaches the service may use it."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.errors import respond
from app.api.refusals import MisdirectedRequest


class LocalNames:
    """Answers only requests to a name of this machine.

    A page in a browser here may come from a name that leads to 127.0.0.1 (DNS rebinding). The
    browser takes the service for a part of that page's own site, and nothing but the `Host` header
    tells it from a program of this machine.

    Args:
        names: further names that are answered to, such as that of a proxy.
    """

    def __init__(self, app: ASGIApp, names: Collection[str] = ()) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = None if scope["type"] == "lifespan" else _host(scope)
        if name is None or name in self._names or is_loopback(name):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await respond(MisdirectedRequest(name))(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})


def is_loopback(host: str) -> bool:
    """Whether a name or address leads to this machine alone, whoever looks it up (RFC 6761)."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _host(scope: Scope) -> str:
    """The name in the `Host` header, without its port, in small letters."""
    try:
        return urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
    except ValueError:
        return ""
