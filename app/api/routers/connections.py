"""Named credentials of sinks: stored sealed, used for deliveries, never shown."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from app.api.dependencies import CurrentTenant, Root, reply
from app.api.description.documentation import json_body, problems
from app.api.http.content import JsonObject
from app.api.http.paging import Cursor, Limit, next_link
from app.api.models.account_models import (
    CONNECTION_NAME,
    ConnectionBody,
    ConnectionPageBody,
    ConnectionRequest,
    NewConnection,
    connection_address,
    connection_body,
)
from app.api.models.job_requests import read_request
from app.connections.errors import ConnectionNotFound

router = APIRouter(prefix="/v1/connections", tags=["connections"])


async def _name(name: Annotated[str, Path(description="Name of the connection.")]) -> str:
    """A name that a connection can have; what cannot be one is not asked for in the database."""
    if not re.fullmatch(CONNECTION_NAME, name):
        raise ConnectionNotFound(name[:64])
    return name


ConnectionName = Annotated[str, Depends(_name)]


@router.post(
    "",
    status_code=201,
    summary="Store credentials under a name",
    responses={201: {"model": ConnectionBody}, **problems(400, 409, 413, 415, 422, 429)},
    openapi_extra=json_body(NewConnection),
)
async def create_connection(body: JsonObject, tenant: CurrentTenant, root: Root) -> Response:
    asked = read_request(NewConnection, body)
    made = await tenant.connections.create(asked.name, asked.kind, asked.credentials, asked.target)
    return reply(
        connection_body(made, root), 201, {"Location": connection_address(made.name, root)}
    )


@router.get(
    "",
    summary="Connections, by name",
    responses={200: {"model": ConnectionPageBody}, **problems(422)},
)
async def list_connections(
    request: Request, tenant: CurrentTenant, root: Root, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    page = await tenant.connections.list(limit=limit, cursor=cursor)
    items = [connection_body(connection, root) for connection in page.items]
    body = ConnectionPageBody(items=items, next_cursor=page.next_cursor)
    return reply(body, headers=next_link(request, page.next_cursor))


@router.get(
    "/{name}",
    summary="A connection, without its secrets",
    responses={200: {"model": ConnectionBody}, **problems(404)},
)
async def get_connection(name: ConnectionName, tenant: CurrentTenant, root: Root) -> Response:
    return reply(connection_body(await tenant.connections.get(name), root))


@router.put(
    "/{name}",
    summary="Replace the credentials of a connection, or store the first ones",
    responses={
        200: {"model": ConnectionBody},
        201: {"model": ConnectionBody, "description": "The first ones"},
        **problems(400, 404, 413, 415, 422, 429),
    },
    openapi_extra=json_body(ConnectionRequest),
)
async def put_connection(
    name: ConnectionName, body: JsonObject, tenant: CurrentTenant, root: Root
) -> Response:
    asked = read_request(ConnectionRequest, body)
    stored, created = await tenant.connections.replace(
        name, asked.kind, asked.credentials, asked.target
    )
    headers = {"Location": connection_address(name, root)}
    return reply(connection_body(stored, root), 201 if created else 200, headers)


@router.delete("/{name}", status_code=204, summary="Remove a connection", responses=problems(404))
async def delete_connection(name: ConnectionName, tenant: CurrentTenant) -> Response:
    await tenant.connections.delete(name)
    return Response(status_code=204)
