"""Whose name a request may carry while everybody who reaches the service may use it, and which
site a browser may send one from."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.errors import respond
from app.api.http_errors import ForeignSite, MisdirectedRequest

LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
FOREIGN = frozenset({"cross-site", "same-site"})
USUAL_PORTS = frozenset({80, 443})


class HostCheck:
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


class OwnSite:
    """Lets no page of another site have this service do something in the name of its visitor.

    A browser sends along what opens the service for its user: a cookie, or the way to this
    machine. It also says where the page is from, in headers that no script can set. Programs
    that are no browsers have no such headers, and a key in `Authorization` comes from nobody's
    browser by itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_harmless = scope["type"] == "lifespan" or not _does_something(scope)
        if is_harmless or not is_foreign(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await respond(ForeignSite())(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})


def is_foreign(headers: Headers) -> bool:
    """Whether a browser says that a page of another site, or of another port here, has asked."""
    site = headers.get("sec-fetch-site", "").lower()
    if site in FOREIGN:
        return True
    origin = headers.get("origin")
    if origin is None or site == "same-origin":
        return False
    asked = _place(origin)
    # A page of another site cannot set X-Forwarded-Host without asking first; a proxy can.
    forwarded = headers.get("x-forwarded-host", "").partition(",")[0].strip()
    own = [_place(f"//{host}") for host in (headers.get("host", ""), forwarded) if host]
    return not any(_is_same(asked, each) for each in own)


def _does_something(scope: Scope) -> bool:
    """Whether a request may change something without a key to answer for it."""
    if scope["type"] == "websocket":
        return True
    kind = Headers(scope=scope).get("authorization", "").partition(" ")[0]
    return scope["method"] not in LOOKING and kind.lower() != "bearer"


def _is_same(asked: tuple[str, int | None], own: tuple[str, int | None]) -> bool:
    """Where the service's own name comes without a port, a proxy may have taken it off."""
    return bool(asked[0]) and asked[0] == own[0] and (own[1] is None or asked[1] == own[1])


def _place(address: str) -> tuple[str, int | None]:
    """Name and port of an address; a port that is the scheme's own is none."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "").lower(), None if parts.port in USUAL_PORTS else parts.port
    except ValueError:
        return "", None


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
