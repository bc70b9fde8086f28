"""Who is looking at the page that is being built or used, and the API behind it."""

from __future__ import annotations

from typing import Any, cast

import httpx
from nicegui import context

from app.ui.client import ApiClient
from app.ui.session import API, SESSION, Session


def session() -> Session:
    """The browser's session."""
    return cast(Session, _scope()[SESSION])


def root() -> str:
    """The path prefix that a proxy takes off."""
    return str(_scope().get("root_path", ""))


def api(key: str | None = None) -> ApiClient:
    """The API that serves this page, called with `key` or else the session's own."""
    scope = _scope()
    key = key or session().key
    transport = httpx.ASGITransport(scope[API], client=tuple(scope.get("client") or ("", 0)))
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    client = httpx.AsyncClient(
        transport=transport, base_url="http://pages", headers=headers, trust_env=False
    )
    return ApiClient(client)


def _scope() -> Any:
    return context.client.request.scope
