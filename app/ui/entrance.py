"""The way in and out: strangers, who are asked for a key, and browsers that change their key."""

from __future__ import annotations

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from app.ui.session import Session, Sessions

SIGN_IN = "/sign-in"
# Pages that a person may come to first.
FIRST = frozenset({"/", "/design"})
DOOR = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>API key – Tablesmith</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Tablesmith</h1><p>This service wants an API key.</p>
<p><a href="{place}">Give a key</a></p></main></body></html>"""


async def answer_stranger(scope: Scope, receive: Receive, send: Send) -> None:
    """Nothing is built and kept for a browser without a key: it is asked to sign in."""
    root = str(scope.get("root_path", ""))
    if str(scope["path"]).removeprefix(root) in FIRST:
        response: Response = HTMLResponse(DOOR.format(place=f"{root}{SIGN_IN}"))
    else:
        response = RedirectResponse(f"{root}{SIGN_IN}", 303)
    response.headers["Cache-Control"] = "no-store"
    await response(scope, receive, send)


async def answer_ticket(
    sessions: Sessions, session: Session, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer `/sign-in/{ticket}`: the browser gets a session of another id, with the new key."""
    root = str(scope.get("root_path", ""))
    ticket = str(scope["path"]).rpartition("/")[2]
    new = sessions.change_over(session, ticket) if scope["method"] == "GET" else None
    if new is None:
        await RedirectResponse(f"{root}{SIGN_IN}", 303)(scope, receive, send)
        return
    place = "/" if new.key else SIGN_IN
    response = RedirectResponse(f"{root}{place}", 303, {"Cache-Control": "no-store"})
    await response(scope, receive, new.introduced(scope, send))
