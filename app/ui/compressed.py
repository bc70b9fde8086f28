"""Scripts and styles of the pages, compressed once and kept, not for every browser again."""

from __future__ import annotations

import asyncio
import posixpath
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_ASSETS = 500
MOST_BYTES = 32 * 2**20
# Headers of the answer to somebody else.
PERSONAL = ("set-cookie", "transfer-encoding", "content-length")


@dataclass(frozen=True)
class Asset:
    """A file as it is sent: its headers, and its bytes as they go over the wire."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    async def send(self, send: Send) -> None:
        length = (b"content-length", str(len(self.body)).encode())
        headers = [*self.headers, length]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class CompressedAssets:
    """Answers from memory what was asked for before; every file has one address for ever.

    Only for addresses of files that do not change while the service runs. Another spelling of an
    address is none. Parts of files, conditions and browsers that do not take gzip are left to
    `app`, which compresses nothing then: that takes time of everybody.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[str, Asset] = {}
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_plain(scope["path"]):
            await PlainTextResponse("Nothing is here.", 404)(scope, receive, send)
            return
        asset = await self._find(scope) if _takes_whole(scope) else None
        if asset is None:
            await self._app(_as_it_is(scope), receive, send)
        else:
            await asset.send(send)

    async def _find(self, scope: Scope) -> Asset | None:
        address = str(scope["path"])
        if address not in self._kept:
            made = await self._make(scope)
            if made is None or not self._has_room(made):
                return made
            self._bytes += len(made.body)
            self._kept[address] = made
        return self._kept[address]

    def _has_room(self, asset: Asset) -> bool:
        return len(self._kept) < MOST_ASSETS and self._bytes + len(asset.body) <= MOST_BYTES

    async def _make(self, scope: Scope) -> Asset | None:
        """The whole answer of `app` as an asset; None where it is no file.

        A browser that leaves in the middle is not heard: half a file would be kept for all others.
        """
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(dict(scope), _patient(), keep)
        if messages[0]["status"] != 200:
            return None
        headers = MutableHeaders(raw=list(messages[0]["headers"]))
        for name in PERSONAL:
            del headers[name]
        body = b"".join(each.get("body", b"") for each in messages[1:])
        return Asset(tuple(headers.raw), body)


def _patient() -> Receive:
    """What comes from a browser that has asked for a file and waits for all of it."""
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    return receive


def _is_plain(path: str) -> bool:
    return posixpath.normpath(path) == path and not path.startswith("//")


def _as_it_is(scope: Scope) -> Scope:
    """The same request, for bytes that are not compressed."""
    kept = [pair for pair in scope["headers"] if pair[0].lower() != b"accept-encoding"]
    return {**scope, "headers": kept}


def _takes_whole(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    asks_for_part = any(name in headers for name in ("range", "if-none-match", "if-modified-since"))
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and "gzip" in headers.get("accept-encoding", "")
        and not asks_for_part
    )
