"""The mark of the scripts that a page is made with: no other script in it runs."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.ui.session import NONCE


class MarkedScripts:
    """Puts the mark of the request's policy at every `<script>` of a page.

    What comes from people is escaped wherever it stands in a page, so that no `<script` of theirs
    is there to be marked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or NONCE not in scope:
            await self._app(scope, receive, send)
            return
        mark = f'<script nonce="{scope[NONCE]}"'.encode()
        start: list[Message] = []
        body = bytearray()

        async def marking(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            marked = bytes(body).replace(b"<script", mark)
            MutableHeaders(scope=start[0])["content-length"] = str(len(marked))
            await send(start[0])
            await send({"type": "http.response.body", "body": marked})

        await self._app(scope, receive, marking)
