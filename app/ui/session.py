"""What the service remembers of a browser: its API key, its draft, its colours.

Kept in memory only: a key that a person typed in is never written to a disk. A restart of the
service forgets it all.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

from app.ui.meter import Meter
from app.ui.model.draft import Draft
from app.ui.model.synthesis import SynthesisDraft

COOKIE = "tablesmith_session"
API = "tablesmith.api"
SESSION = "tablesmith.session"
NONCE = "tablesmith.nonce"
MOST_SESSIONS = 1000
MOST_OF_A_KEY = 20
LONGEST_COOKIE = 8192
# The toolkit evaluates small scripts of its own; nothing may be loaded from elsewhere, and no
# script runs that stands in a page without the page's own mark.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; font-src 'self' data:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


def _new_id() -> str:
    return secrets.token_urlsafe(32)


@dataclass(eq=False)
class Session:
    """One browser. `dark` is None where the browser's own wish decides.

    Args:
        syntheses: drafts of synthesis definitions by their sources, the latest last.
        ticket: lets this browser change over to a session with another key, once.
        sockets: what answers its open sockets; ended with the session.
    """

    id: str = field(default_factory=_new_id)
    key: str | None = field(default=None, repr=False)
    draft: Draft = field(default_factory=Draft)
    syntheses: OrderedDict[str, SynthesisDraft] = field(default_factory=OrderedDict)
    dark: bool | None = None
    known: bool = False
    ticket: tuple[str, str | None] | None = field(default=None, repr=False)
    meter: Meter = field(default_factory=Meter)
    sockets: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    @property
    def is_used(self) -> bool:
        """Whether there is anything to remember."""
        drafts = (self.draft, *self.syntheses.values())
        has_draft = any(each.version or each.unread for each in drafts)
        return bool(self.key) or has_draft or self.dark is not None

    def admit(self, key: str | None) -> str:
        """A ticket to a session with this key, or without one; the one before is none any more."""
        ticket = secrets.token_urlsafe(32)
        self.ticket = ticket, key
        return ticket

    def introduced(self, scope: Scope, send: Send) -> Send:
        """Answers that give the browser its cookie once, and carry the pages' policy."""
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        cookie = f"{COOKIE}={self.id}; Path=/; HttpOnly; SameSite=Lax{secure}"
        nonce = scope.setdefault(NONCE, secrets.token_urlsafe(16))

        async def introducing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
                headers["Referrer-Policy"] = "same-origin"
                headers["X-Frame-Options"] = "DENY"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                if not self.known:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        return introducing


class Sessions:
    """Sessions by the id in the browser's cookie.

    A visit alone leaves nothing behind: a session is there as long as a page of it is open, and
    is kept once there is something to remember. Those with a key and those without are counted
    apart, so that no number of strangers makes the service forget who has signed in; one key has
    so many sessions. The longest unused ones are forgotten.
    """

    def __init__(self, most: int = MOST_SESSIONS, most_of_a_key: int = MOST_OF_A_KEY) -> None:
        self._most, self._most_of_a_key = most, most_of_a_key
        self._met: WeakValueDictionary[str, Session] = WeakValueDictionary()
        self._visitors: OrderedDict[str, Session] = OrderedDict()
        self._members: OrderedDict[str, Session] = OrderedDict()

    def of(self, scope: Scope) -> Session:
        """The session of a request; a new one where the cookie names none."""
        session = self._met.get(_cookie(scope))
        if session is not None:
            session.known = True
            self.keep(session)
            return session
        session = Session()
        self._met[session.id] = session
        return session

    def keep(self, session: Session) -> None:
        """Remember a session that was just used, where there is anything to remember."""
        if self._met.get(session.id) is not session or not session.is_used:
            return
        store = self._members if session.key else self._visitors
        store[session.id] = session
        store.move_to_end(session.id)
        same = [each for each in store.values() if session.key and each.key == session.key]
        for each in same[: -self._most_of_a_key]:
            self._forget(each)
        while len(store) > self._most:
            store.popitem(last=False)

    def change_over(self, session: Session, ticket: str) -> Session | None:
        """A session in the place of this one, of another id and with the key of its ticket.

        Whoever knows the id from before has nothing of it. None where the ticket is no good.
        """
        held = session.ticket
        if held is None or not hmac.compare_digest(held[0].encode(), ticket.encode()):
            return None
        new = Session(key=held[1], draft=session.draft, dark=session.dark)
        self._met[new.id] = new
        self._forget(session)
        session.draft = Draft()
        self.keep(new)
        return new

    def _forget(self, session: Session) -> None:
        """A session that nobody can use any more, and neither can its open pages."""
        session.key = session.ticket = None
        for store in (self._met, self._visitors, self._members):
            store.pop(session.id, None)
        for socket in session.sockets:
            socket.cancel()


def _cookie(scope: Scope) -> str:
    """The session's id in the `Cookie` header, the first where there are several."""
    given = Headers(scope=scope).get("cookie", "")[:LONGEST_COOKIE]
    pairs = (part.partition("=") for part in given.split(";"))
    return next((value.strip() for name, _, value in pairs if name.strip() == COOKIE), "")
