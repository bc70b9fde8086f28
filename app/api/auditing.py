"""An entry in the audit log for every call that changes something, or tells values of a source,
before it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.accounts.audit import AuditEvent
from app.api.security import Caller, changes_something, is_guarded, path_of, reads_rows

EVALUATE = "evaluate_source"
UNAUTHENTICATED, TOO_MANY, FAILED = 401, 429, 500

log = structlog.get_logger("app.audit")


class Auditing:
    """Has a change written down before the caller hears of it: none is acknowledged unrecorded.

    A call without a valid key, or above its rate, changes nothing and may come without end: it is
    in the log of the process alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_guarded(path_of(scope)):
            await self._app(scope, receive, send)
            return

        recorded = False

        async def recording(message: Message) -> None:
            nonlocal recorded
            if message["type"] == "http.response.start" and _is_recorded(scope):
                recorded = True
                await _record(scope, message["status"], Headers(raw=message["headers"]))
            await send(message)

        try:
            await self._app(scope, receive, recording)
        except Exception:
            if not recorded and _is_recorded(scope):
                await _record(scope, FAILED, Headers())
            raise


def record_reading(request: Request) -> None:
    """Have this call recorded though it changes nothing: it tells values of a source."""
    request.state.tells_values = True


def record_evaluations(request: Request, sources: Sequence[str]) -> None:
    """Have it recorded of each source, beside this call, that it is evaluated."""
    request.state.evaluated = tuple(sources)


def _is_recorded(scope: Scope) -> bool:
    path = path_of(scope)
    tells_values = reads_rows(path) or scope.get("state", {}).get("tells_values", False)
    return tells_values or changes_something(scope["method"], path)


async def _record(scope: Scope, status: int, headers: Headers) -> None:
    caller: Caller | None = scope.get("state", {}).get("caller")
    if caller is None or status in (UNAUTHENTICATED, TOO_MANY):
        actor = "unknown" if caller is None else caller.name
        log.warning("call refused", actor=actor, status=status, address=_address(scope))
        return
    event = AuditEvent(
        tenant=caller.tenant,
        actor=caller.name,
        action=_operation(scope),
        resource=headers.get("location") or scope["path"],
        address=_address(scope),
        status=status,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )
    service = scope["app"].state.service
    await service.record(event)
    for source in scope.get("state", {}).get("evaluated", ()):
        resource = f"{scope.get('root_path', '')}/v1/sources/{source}"
        await service.record(replace(event, action=EVALUATE, resource=resource))


def _operation(scope: Scope) -> str:
    """The name of the operation, also of a call that was refused before it came to its route."""
    name = getattr(scope.get("route"), "name", None) or _wanted(scope["app"], scope)
    return name or scope["method"].lower()[:64]


def _wanted(app: FastAPI, scope: Scope) -> str | None:
    path = path_of(scope)
    for route in iter_route_contexts(app.router.routes):
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and scope["method"] in (route.methods or ()) and pattern.match(path):
            return str(route.name)
    return None


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "unknown"
