"""Files of jobs and synthesizers for a browser, which cannot send an API key when a person follows
a link."""

from __future__ import annotations

import re

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.ui.forwarding import forward
from app.ui.session import Session

DOWNLOADS = "/downloads"
# Reading what a job made or what was learned, and nothing else.
ALLOWED = re.compile(
    r"/jobs/[A-Za-z0-9_-]{1,64}/(result|manifest|report)|/synthesizers/[a-z0-9_]{1,36}/file"
)


async def answer_download(
    api: FastAPI, session: Session, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer `/downloads/jobs/{id}/result` as the API answers `/v1/jobs/{id}/result`."""
    root = scope.get("root_path", "")
    path = str(scope["path"]).removeprefix(root).removeprefix(DOWNLOADS)
    if scope["method"] not in {"GET", "HEAD"} or not ALLOWED.fullmatch(path):
        await PlainTextResponse("Nothing is here.", 404)(scope, receive, send)
        return
    await forward(api, session, f"/v1{path}", scope, receive, send)
