"""What handlers ask for: the service as the caller's tenant has it, a job that is there, the
answer's form.

Every route under /v1 asks for `CurrentTenant`, never for the whole service: what belongs to another
tenant cannot be reached from there.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, cast

import anyio.to_thread
from fastapi import Depends, Path, Request
from pydantic import BaseModel
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from app.api.http.content import JSON
from app.api.http.large_answers import LargeAnswer
from app.api.http.paging import next_link
from app.api.http_errors import SEND_A_KEY, Unauthenticated
from app.api.security import Caller
from app.api.shares import Shares
from app.definitions.errors import DefinitionNotFound
from app.service.service import Service
from app.service.tenants import Tenant
from app.store.errors import JobNotFound
from app.workers.answers import Rendered

JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Names that stand for calls at the same place in the address.
NO_SCHEMA = r"(?!(?:read|validate|compile|preview)$)"
SCHEMA_NAME = re.compile(NO_SCHEMA + r"(?!\.)[^\x00-\x1f\x7f/\ud800-\udfff]{1,200}")


class SchemaNameConvertor(StringConvertor):
    """`{name:schema_name}` in a route: leaves the addresses of calls to the calls."""

    regex = NO_SCHEMA + "[^/]+"


register_url_convertor("schema_name", SchemaNameConvertor())


# FastAPI runs a plain function in a thread, which costs more than what these do.
async def _service(request: Request) -> Service:
    return cast(Service, request.app.state.service)


async def _caller(request: Request) -> Caller:
    """Who the caller is. A request that no middleware has authenticated is refused."""
    caller = getattr(request.state, "caller", None)
    if caller is None:
        raise Unauthenticated(SEND_A_KEY)
    return cast(Caller, caller)


async def _tenant(request: Request) -> Tenant:
    """What the caller's tenant has; without API keys everybody is the default tenant."""
    service = await _service(request)
    caller = await _caller(request)
    return service.of(caller.tenant, caller.scope)


async def _root(request: Request) -> str:
    return cast(str, request.scope.get("root_path", ""))


async def _job_id(id: Annotated[str, Path(description="The job's id.")]) -> str:
    """The id of a job; what cannot be one is not asked for in the database."""
    if not JOB_ID.fullmatch(id):
        raise JobNotFound(id[:64])
    return id


async def _schema_name(name: Annotated[str, Path(description="Name of the definition.")]) -> str:
    if not SCHEMA_NAME.fullmatch(name):
        raise DefinitionNotFound(name[:64])
    return name


async def _shares(request: Request) -> Shares:
    return cast(Shares, request.app.state.shares)


Who = Annotated[Caller, Depends(_caller)]
StreamShares = Annotated[Shares, Depends(_shares)]
WholeService = Annotated[Service, Depends(_service)]
CurrentTenant = Annotated[Tenant, Depends(_tenant)]
Root = Annotated[str, Depends(_root)]
JobId = Annotated[str, Depends(_job_id)]
SchemaName = Annotated[str, Depends(_schema_name)]


def reply(body: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A small body as JSON."""
    return Response(body.model_dump_json(by_alias=True), status, headers, JSON)


async def reply_page(
    request: Request, bodies: Iterable[BaseModel], next_cursor: str | None
) -> Response:
    """A page of a list, written item by item, so that others get their turn in between; for
    nobody where the caller has gone.

    Raises ClientDisconnect.
    """
    items = []
    for body in bodies:
        items.append(body.model_dump_json(by_alias=True))
        if await request.is_disconnected():
            raise ClientDisconnect
        await asyncio.sleep(0)
    content = f'{{"items":[{",".join(items)}],"next_cursor":{json.dumps(next_cursor)}}}'
    return Response(content, headers=next_link(request, next_cursor), media_type=JSON)


async def reply_large(content: Mapping[str, Any]) -> Response:
    """Plain data of any size as JSON: as it was rendered, or else written in a thread so that the
    event loop goes on.

    The encoder runs piece by piece: in one go it would hold the interpreter all the time.
    """
    if isinstance(content, Rendered):
        return LargeAnswer(content)
    return Response(await anyio.to_thread.run_sync(_encode, content), media_type=JSON)


def _encode(content: Mapping[str, Any]) -> bytes:
    encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return "".join(encoder.iterencode(content)).encode("utf-8", "replace")
