"""An entry in the audit log for every call that changes something, before it is answered."""

from __future__ import annotations

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.security import Caller, changes_something, is_guarded, path_of
from app.jobs.accounts.audit import Deed

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
        if scope["type"] != "http" or not _is_recorded(scope):
            await self._app(scope, receive, send)
            return

        recorded = False

        async def recording(message: Message) -> None:
            nonlocal recorded
            if message["type"] == "http.response.start":
                recorded = True
                await _record(scope, message["status"], Headers(raw=message["headers"]))
            await send(message)

        try:
            await self._app(scope, receive, recording)
        except Exception:
            if not recorded:
                await _record(scope, FAILED, Headers())
            raise


def _is_recorded(scope: Scope) -> bool:
    path = path_of(scope)
    return is_guarded(path) and changes_something(scope["method"], path)


async def _record(scope: Scope, status: int, headers: Headers) -> None:
    caller: Caller | None = scope.get("state", {}).get("caller")
    if caller is None or status in (UNAUTHENTICATED, TOO_MANY):
        actor = "unknown" if caller is None else caller.name
        log.warning("call refused", actor=actor, status=status, address=_address(scope))
        return
    deed = Deed(
        tenant=caller.tenant,
        actor=caller.name,
        action=getattr(scope.get("route"), "name", None) or scope["method"].lower()[:64],
        resource=headers.get("location") or scope["path"],
        address=_address(scope),
        status=status,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )
    await scope["app"].state.service.record(deed)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "unknown"
