"""Requests of a browser that are handed on to the API with the key of its session.

A browser cannot send an API key with a link that a person follows, or with a file that a script
uploads. What it sends and what it is answered goes through, and nothing is held in memory.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from app.ui.session import Session

# What a server says of a request; the rest of a scope is what routing has added.
KEPT = (
    "type", "asgi", "http_version", "method", "scheme", "query_string", "root_path", "client",
    "server", "extensions", "state",
)  # fmt: skip
OWN = frozenset({b"authorization", b"cookie"})


async def forward(
    api: FastAPI, session: Session, place: str, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer as the API answers at a place of its own.

    Args:
        place: an address of the API, without the prefix that a proxy takes off.
    """
    headers = [pair for pair in scope["headers"] if pair[0] not in OWN]
    if session.key:
        headers.append((b"authorization", f"Bearer {session.key}".encode()))
    address = f"{scope.get('root_path', '')}{place}"
    inner = {key: scope[key] for key in KEPT if key in scope}
    inner |= {"path": address, "raw_path": address.encode(), "headers": headers}
    await api(inner, receive, send)
