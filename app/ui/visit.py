"""Who is looking at the page that is being built or used, and the API behind it."""

from __future__ import annotations

from typing import Any, cast

import httpx
from nicegui import context

from app.engine.errors import DefinitionError, TablesmithError
from app.service.service import Service
from app.service.tenants import DEFAULT_TENANT
from app.ui.api import Api, Document
from app.ui.session import API, SESSION, Session


def session() -> Session:
    """The browser's session."""
    return cast(Session, _scope()[SESSION])


def root() -> str:
    """The path prefix that a proxy takes off."""
    return str(_scope().get("root_path", ""))


def api(key: str | None = None) -> Api:
    """The API that serves this page, called with `key` or else the session's own."""
    scope = _scope()
    key = key or session().key
    transport = httpx.ASGITransport(scope[API], client=tuple(scope.get("client") or ("", 0)))
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    client = httpx.AsyncClient(
        transport=transport, base_url="http://pages", headers=headers, trust_env=False
    )
    return Api(client)


async def read_columns(text: str) -> Document:
    """The columns of a CSV file or SQL text, guessed in a worker process, for who may come in.

    Raises ValueError where nothing can be read, JobsError where nobody may, and WorkersError where
    there is no time or room for it.
    """
    service: Service = _scope()[API].state.service
    tenant = DEFAULT_TENANT
    if service.settings.api_keys:
        tenant = (await service.authenticate(session().key or "")).tenant
    try:
        return await service.of(tenant).interactive.columns(text)
    except DefinitionError as error:
        raise ValueError(error.faults[0].message) from None
    except TablesmithError:  # a text that no reader was made for, such as one that is too deep
        raise ValueError("this text cannot be read") from None


def _scope() -> Any:
    return context.client.request.scope
