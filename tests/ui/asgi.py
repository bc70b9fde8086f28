"""The application without a server: visits of pages, and the sockets of browsers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from fastapi import FastAPI
from nicegui import Client

from app.main import create_app
from app.settings import Settings
from app.ui.session import COOKIE

PATIENCE = 120.0
HOST = "127.0.0.1"
SOCKETS = "/_nicegui_ws/socket.io/"


@asynccontextmanager
async def running(folder: Path, **settings: Any) -> AsyncIterator[FastAPI]:
    """The pages with the service behind them."""
    values = {"data_dir": folder / "data", "runner": False, "log_level": "error", "_env_file": None}
    app = create_app(Settings(**{**values, **settings}))
    async with app.router.lifespan_context(app):
        yield app
        # The toolkit is one for the whole process, and its pages are of this event loop.
        for client in list(Client.instances.values()):
            client.delete()


def visitor(app: FastAPI, **headers: str) -> httpx.AsyncClient:
    """A browser with cookies of its own, which opens no socket by itself."""
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(
        transport=transport, base_url=f"http://{HOST}", headers=headers, timeout=PATIENCE
    )


def client_id(page: httpx.Response) -> str:
    """The id of the page that the toolkit has put into it."""
    found = re.search(r"'client_id': '([0-9a-f-]{36})'", page.text)
    assert found is not None, page.text[:500]
    return found[1]


class Socket:
    """A socket as a browser opens it."""

    def __init__(self, app: FastAPI, cookie: str = "", **headers: str) -> None:
        named = {"host": HOST, **headers}
        if cookie:
            named["cookie"] = f"{COOKIE}={cookie}"
        self._app = app
        self._headers = [(key.lower().encode(), value.encode()) for key, value in named.items()]
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None

    async def open(self, client: str = "", tab: str = "tab", **query: str) -> str:
        """How far it gets: "refused" before the page, "unjoined" at the page, or "joined"."""
        asked = {"EIO": "4", "transport": "websocket", **query}
        if client:
            asked |= {"client_id": client, "implicit_handshake": "true", "tab_id": tab}
            asked |= {"document_id": "document", "next_message_id": "0"}
        scope = {
            "type": "websocket",
            "scheme": "ws",
            "path": SOCKETS,
            "raw_path": SOCKETS.encode(),
            "root_path": "",
            "query_string": urlencode(asked).encode(),
            "headers": [*self._headers, (b"upgrade", b"websocket"), (b"connection", b"Upgrade")],
            "client": (HOST, 1),
            "server": (HOST, 80),
            "subprotocols": [],
            "state": {},
        }
        self._to_app.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(
            self._app(scope, self._to_app.get, self._from_app.put)  # type: ignore[arg-type]
        )
        if (await self._next())["type"] != "websocket.accept":
            return "refused"
        assert (await self._text()).startswith("0")
        self.send("40")
        return "joined" if (await self._text()).startswith("40") else "unjoined"

    def send(self, text: str) -> None:
        self._to_app.put_nowait({"type": "websocket.receive", "text": text})

    def emit(self, name: str, message: Any) -> None:
        self.send("42" + json.dumps([name, message]))

    async def ask(self, name: str, message: Any) -> Any:
        """An event that is answered."""
        self.send("427" + json.dumps([name, message]))
        while not (text := await self._text()).startswith("437"):
            pass
        [answer] = json.loads(text[3:])
        return answer

    async def settle(self) -> None:
        """Until the messages so far are dealt with: an event that nobody knows is not answered,
        and a page that is not there is."""
        await self.ask("handshake", {"client_id": "nobody"})

    async def ended(self) -> None:
        """Until the application has ended it."""
        assert self.task is not None
        await asyncio.wait_for(self.task, PATIENCE)

    async def close(self) -> None:
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self.ended()

    async def _text(self) -> str:
        while not (message := await self._next()).get("text"):
            assert message["type"] == "websocket.send", message
        return str(message["text"])

    async def _next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._from_app.get(), PATIENCE)
