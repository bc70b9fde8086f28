"""Files of a job for a browser, which cannot send an API key when a person follows a link.

The request is handed on to the API with the key of the session, so that nothing is held in memory.
"""

from __future__ import annotations

import re

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.ui.session import Session

DOWNLOADS = "/downloads"
# Reading what a job made, and nothing else.
ALLOWED = re.compile(r"/jobs/[A-Za-z0-9_-]{1,64}/(result|manifest)")

# What a server says of a request; the rest of a scope is what routing has added.
KEPT = (
    "type", "asgi", "http_version", "method", "scheme", "query_string", "root_path", "client",
    "server", "extensions", "state",
)  # fmt: skip


async def answer_download(
    api: FastAPI, session: Session, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer `/downloads/jobs/{id}/result` as the API answers `/v1/jobs/{id}/result`."""
    root = scope.get("root_path", "")
    path = str(scope["path"]).removeprefix(root).removeprefix(DOWNLOADS)
    if scope["method"] not in {"GET", "HEAD"} or not ALLOWED.fullmatch(path):
        await PlainTextResponse("Nothing is here.", 404)(scope, receive, send)
        return
    headers = [pair for pair in scope["headers"] if pair[0] not in {b"authorization", b"cookie"}]
    if session.key:
        headers.append((b"authorization", f"Bearer {session.key}".encode()))
    address = f"{root}/v1{path}"
    inner = {key: scope[key] for key in KEPT if key in scope}
    inner |= {"path": address, "raw_path": address.encode(), "headers": headers}
    await api(inner, receive, send)
