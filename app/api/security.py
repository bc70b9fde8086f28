"""Who comes in: keys, scopes and rates, looked at before anything else of a request is.

With keys on, every call under /v1 and /metrics wants `Authorization: Bearer <key>`. The tenant of
the key is what the rest of the request sees; see `dependencies.CurrentTenant`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.accounts.errors import KeyRefused
from app.accounts.keys import Scope as KeyScope
from app.accounts.rate_limit import RateLimits
from app.api.errors import problem_type, respond
from app.api.http_errors import (
    SEND_A_KEY,
    InsufficientScope,
    TooManyRequests,
    Unauthenticated,
)
from app.service.tenants import DEFAULT_TENANT

API = "/v1"
METRICS = "/metrics"
# Numbers of all tenants: for the operator, who is an administrator of the default tenant.
OPERATORS = (METRICS,)
ADMINISTRATION = ("/v1/keys", "/v1/audit")
# What is kept in them lets the service in elsewhere: to store and to remove is administration.
CONNECTIONS = "/v1/connections"
# Rows of real tables: to see them is a scope of its own, and is written down.
SOURCE_ROWS = re.compile(r"/v1/sources/[^/]+/rows")
# Calls that only look, though they take a body.
LOOKING = frozenset(f"/v1/schemas/{name}" for name in ("read", "validate", "compile", "preview"))
# How much may be published of a source: for those who may see its rows.
SOURCE_ACCOUNT = re.compile(r"/v1/sources/[^/]+/account")
SOURCE_ESTIMATE = re.compile(r"/v1/sources/[^/]+/estimate")
SAFE_METHODS = frozenset({"GET", "HEAD"})
MAX_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request; `key` is None where keys are off."""

    tenant: str
    scope: KeyScope
    key: str | None = None

    @property
    def name(self) -> str:
        return "anonymous" if self.key is None else f"key {self.key}"


ANYBODY = Caller(DEFAULT_TENANT, KeyScope.ADMIN)


def path_of(scope: Scope) -> str:
    """The path without the prefix that a proxy takes off."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def is_guarded(path: str) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in (API, METRICS))


def changes_something(method: str, path: str) -> bool:
    """Whether a call may change what is stored."""
    looks = path in LOOKING or SOURCE_ESTIMATE.fullmatch(path) is not None
    return method not in SAFE_METHODS and not looks


def reads_rows(path: str) -> bool:
    """Whether a call is for rows of a source."""
    return SOURCE_ROWS.fullmatch(path) is not None


def required_scope(method: str, path: str) -> KeyScope:
    """What a key must be allowed for this call."""
    if any(path == place or path.startswith(f"{place}/") for place in (*ADMINISTRATION, METRICS)):
        return KeyScope.ADMIN
    if reads_rows(path):
        return KeyScope.SOURCE
    if not changes_something(method, path):
        return KeyScope.READ
    if SOURCE_ACCOUNT.fullmatch(path):
        return KeyScope.SOURCE
    is_connection = path == CONNECTIONS or path.startswith(f"{CONNECTIONS}/")
    return KeyScope.ADMIN if is_connection else KeyScope.WRITE


class AuthMiddleware:
    """Lets in who has a key for what is asked; everybody where keys are off.

    Args:
        keys: whether keys are wanted.
        rate_limit: requests a minute of a key that has no limit of its own; None: no limit.
    """

    def __init__(self, app: ASGIApp, *, keys: bool, rate_limit: int | None) -> None:
        self._app = app
        self._keys = keys
        self._rate_limit = rate_limit
        self._rates = RateLimits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_guarded(path_of(scope)):
            state = scope.setdefault("state", {})
            try:
                state["caller"] = await self._caller(scope)
                self._admit(state["caller"], scope)
            except Exception as error:
                if problem_type(error) is None:
                    raise
                await respond(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller:
        if not self._keys:
            return ANYBODY
        try:
            key = await scope["app"].state.service.authenticate(_token(Headers(scope=scope)))
        except KeyRefused as refusal:
            raise Unauthenticated(str(refusal), invalid=True) from None
        limit = key.requests_per_minute or self._rate_limit
        if limit and (seconds := self._rates.wait(key.id, limit)):
            raise TooManyRequests(limit, math.ceil(seconds))
        return Caller(key.tenant, key.scope, key.id)

    def _admit(self, caller: Caller, scope: Scope) -> None:
        path = path_of(scope)
        wanted = required_scope(scope["method"], path)
        if not caller.scope.covers(wanted):
            raise InsufficientScope(wanted, caller.scope)
        if path in OPERATORS and caller.tenant != DEFAULT_TENANT:
            raise InsufficientScope(KeyScope.ADMIN, caller.scope, of_default=True)


def _token(headers: Headers) -> str:
    """The key in a request. Raises Unauthenticated where there is none, or more than one."""
    given = headers.getlist("authorization")
    kind, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if kind.lower() != "bearer" or not 0 < len(token.strip()) <= MAX_TOKEN:
        raise Unauthenticated(SEND_A_KEY)
    return token.strip()
