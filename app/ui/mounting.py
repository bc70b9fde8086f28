"""The pages beside the API: what is mounted, and which addresses are theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.routing import Match, Mount
from starlette.types import Receive, Scope, Send

from app.ui.compressed import CompressedAssets
from app.ui.downloads import DOWNLOADS, answer_download
from app.ui.entrance import SIGN_IN, answer_stranger, answer_ticket
from app.ui.session import API, SESSION, Session, Sessions
from app.ui.shell import ASSETS, PAGES, shell
from app.ui.sockets import Sockets
from app.ui.toolkit import addresses
from app.ui.uploads import UPLOADS, answer_upload
from app.ui.visits import Visits

PLACES = frozenset(
    {
        *("/", *PAGES, ASSETS, DOWNLOADS, UPLOADS, "/favicon.ico"),
        *(addresses.FILES, addresses.SOCKETS),
    }
)
FILES = (f"{ASSETS}/", f"{addresses.FILES}/", "/favicon.ico")


def install_pages(app: FastAPI) -> None:
    """Serve the pages under `/`; every other address stays with the API."""
    app.router.routes.insert(0, Pages(app))
    of_api = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        pages = shell()
        async with pages.router.lifespan_context(pages), of_api(app) as state:
            yield state

    app.router.lifespan_context = lifespan


class Pages(Mount):
    """A mount at `/` that takes only the addresses of pages.

    The toolkit behind it is one for the whole process. Which API a page talks to stands in the
    scope of its requests.
    """

    def __init__(self, api: FastAPI) -> None:
        super().__init__("/", app=shell(), name="pages")
        self._api = api
        self._sessions = Sessions()
        self._files = CompressedAssets(super().handle)
        self._sockets = Sockets(super().handle)
        self._visits = Visits(super().handle)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] not in {"http", "websocket"} or not is_page(_path(scope)):
            return Match.NONE, {}
        return super().matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _path(scope).startswith(FILES):
            await self._files(scope, receive, send)
            return
        session = self._sessions.of(scope)
        scope[SESSION], scope[API] = session, self._api
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
            self._sessions.keep(session)
        else:
            await self._answer(session, scope, receive, session.introduced(scope, send))

    async def _answer(self, session: Session, scope: Scope, receive: Receive, send: Send) -> None:
        path = _path(scope)
        if path.startswith(DOWNLOADS):
            await answer_download(self._api, session, scope, receive, send)
        elif path.startswith(f"{UPLOADS}/"):
            await answer_upload(self._api, session, scope, receive, send)
        elif path.startswith(f"{SIGN_IN}/"):
            await answer_ticket(self._sessions, session, scope, receive, send)
        elif path != SIGN_IN and session.key is None and self._wants_key():
            await answer_stranger(scope, receive, send)
        else:
            await self._visits(scope, receive, send)

    def _wants_key(self) -> bool:
        return bool(self._api.state.service.settings.api_keys)


def is_page(path: str) -> bool:
    """Whether an address belongs to the pages: `/`, or one of theirs and what is below it."""
    return "/" + path.removeprefix("/").partition("/")[0] in PLACES


def _path(scope: Scope) -> str:
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))
