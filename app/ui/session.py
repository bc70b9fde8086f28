"""What the service remembers of a browser: its API key, its draft, its colours.

Kept in memory only: a key that a person typed in is never written to a disk. A restart of the
service forgets it all.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

from app.ui.model.draft import Draft

COOKIE = "tablesmith_session"
API = "tablesmith.api"
SESSION = "tablesmith.session"
MOST_SESSIONS = 1000
# The toolkit evaluates small scripts of its own; nothing may be loaded from elsewhere.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; font-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
)


@dataclass
class Session:
    """One browser. `dark` is None where the browser's own wish decides."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    key: str | None = field(default=None, repr=False)
    draft: Draft = field(default_factory=Draft)
    dark: bool | None = None
    known: bool = False

    def introduced(self, scope: Scope, send: Send) -> Send:
        """Answers that give the browser its cookie once, and carry the pages' policy."""
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        cookie = f"{COOKIE}={self.id}; Path=/; HttpOnly; SameSite=Lax{secure}"

        async def introducing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = POLICY
                headers["Referrer-Policy"] = "same-origin"
                if not self.known:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        return introducing


class Sessions:
    """Sessions by the id in the browser's cookie; the longest unused ones are forgotten."""

    def __init__(self, most: int = MOST_SESSIONS) -> None:
        self._most = most
        self._by_id: OrderedDict[str, Session] = OrderedDict()

    def of(self, scope: Scope) -> Session:
        """The session of a request; a new one where the cookie names none."""
        session = self._by_id.get(_cookie(scope))
        if session is not None:
            session.known = True
            self._by_id.move_to_end(session.id)
            return session
        session = Session()
        self._by_id[session.id] = session
        while len(self._by_id) > self._most:
            self._by_id.popitem(last=False)
        return session


def _cookie(scope: Scope) -> str:
    try:
        found = SimpleCookie(Headers(scope=scope).get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
