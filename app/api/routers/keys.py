"""API keys of the caller's tenant: made, listed, ended."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from app.accounts.errors import KeyNotFound
from app.accounts.keys import Scope
from app.api.dependencies import CurrentTenant, Root, WholeService, reply
from app.api.description.documentation import json_body, problems
from app.api.http.content import JsonObject
from app.api.http.paging import Cursor, Limit, next_link
from app.api.http_errors import InvalidRequest
from app.api.models.account_models import (
    KeyBody,
    KeyPageBody,
    KeyRequest,
    NewKeyBody,
    key_address,
    key_body,
    new_key_body,
)
from app.api.models.job_requests import read_request
from app.engine.errors import Fault

router = APIRouter(prefix="/v1/keys", tags=["keys"])

KEY_ID = re.compile(r"[0-9a-f]{1,16}")


async def _key_id(id: Annotated[str, Path(description="The key's id.")]) -> str:
    if not KEY_ID.fullmatch(id):
        raise KeyNotFound(id[:64])
    return id


KeyId = Annotated[str, Depends(_key_id)]


@router.post(
    "",
    status_code=201,
    summary="Make a key",
    responses={201: {"model": NewKeyBody}, **problems(400, 413, 415, 422, 429)},
    openapi_extra=json_body(KeyRequest),
)
async def create_key(
    body: JsonObject, tenant: CurrentTenant, whole: WholeService, root: Root
) -> Response:
    asked = read_request(KeyRequest, body)
    _check_rate(asked.requests_per_minute, whole.settings.rate_limit)
    days = asked.expires_in_days
    made = await tenant.keys.create(
        asked.name,
        Scope(asked.scope),
        expires_in=None if days is None else timedelta(days=days),
        requests_per_minute=asked.requests_per_minute,
    )
    headers = {"Location": key_address(made.key.id, root), "Cache-Control": "no-store"}
    return reply(new_key_body(made, root), 201, headers)


def _check_rate(asked: int | None, most: int | None) -> None:
    """An administrator of a tenant is held to the service's own rate."""
    if asked is not None and most is not None and asked > most:
        message = f"{asked} is above what this service allows a key"
        raise InvalidRequest(Fault("requests_per_minute", message, f"at most {most}"))


@router.get(
    "", summary="Keys, newest first", responses={200: {"model": KeyPageBody}, **problems(422)}
)
async def list_keys(
    request: Request, tenant: CurrentTenant, root: Root, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    page = await tenant.keys.list(limit=limit, cursor=cursor)
    items = [key_body(key, root) for key in page.items]
    body = KeyPageBody(items=items, next_cursor=page.next_cursor)
    return reply(body, headers=next_link(request, page.next_cursor))


@router.get("/{id}", summary="A key", responses={200: {"model": KeyBody}, **problems(404)})
async def get_key(id: KeyId, tenant: CurrentTenant, root: Root) -> Response:
    return reply(key_body(await tenant.keys.get(id), root))


@router.delete("/{id}", status_code=204, summary="End a key at once", responses=problems(404))
async def revoke_key(id: KeyId, tenant: CurrentTenant) -> Response:
    await tenant.keys.revoke(id)
    return Response(status_code=204)
