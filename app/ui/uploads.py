"""Files that a page sends: tables to learn from, and model files.

They do not come through the page's socket, whose messages are small, but as a request of their
own, which is handed on to the API while it comes in.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.ui.forwarding import forward
from app.ui.session import Session

UPLOADS = "/uploads"
SOURCES, SYNTHESIZERS = f"{UPLOADS}/sources", f"{UPLOADS}/synthesizers"
ALLOWED = frozenset({SOURCES, SYNTHESIZERS})


async def answer_upload(
    api: FastAPI, session: Session, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer a `POST` to `/uploads/sources` as the API answers one to `/v1/sources`."""
    path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
    if scope["method"] != "POST" or path not in ALLOWED:
        await PlainTextResponse("Nothing is here.", 404)(scope, receive, send)
        return
    await forward(api, session, f"/v1{path.removeprefix(UPLOADS)}", scope, receive, send)
