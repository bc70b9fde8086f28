"""Webhooks: addresses with their secrets, and what jobs have sent them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from app.api.dependencies import JOB_ID, CurrentTenant, Root, reply
from app.api.description.documentation import endpoint_links, json_body, problems
from app.api.http.content import JsonObject, OptionalJsonObject
from app.api.http.paging import Cursor, Limit, next_link
from app.api.models.job_requests import read_request
from app.api.models.webhook_models import (
    EndpointBody,
    EndpointChange,
    EndpointPageBody,
    EndpointRequest,
    MessageBody,
    MessagesBody,
    Rotation,
    SecretBody,
    endpoint_address,
    endpoint_body,
    message_body,
    secret_body,
)
from app.store.errors import JobNotFound
from app.webhooks.errors import EndpointNotFound, MessageNotFound

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def _endpoint_id(id: Annotated[str, Path(description="The endpoint's id.")]) -> str:
    """The id of an endpoint; what cannot be one is not asked for in the database."""
    if not ID.fullmatch(id):
        raise EndpointNotFound(id[:64])
    return id


async def _job_id(job: Annotated[str, Path(description="The job's id.")]) -> str:
    if not JOB_ID.fullmatch(job):
        raise JobNotFound(job[:64])
    return job


async def _message_id(message: Annotated[str, Path(description="The `webhook-id`.")]) -> str:
    if not ID.fullmatch(message):
        raise MessageNotFound(message[:64])
    return message


EndpointId = Annotated[str, Depends(_endpoint_id)]
Job = Annotated[str, Depends(_job_id)]
MessageId = Annotated[str, Depends(_message_id)]


@router.post(
    "",
    status_code=201,
    summary="Store an endpoint with a secret",
    responses={
        201: {"model": SecretBody, **endpoint_links()},
        **problems(400, 409, 413, 415, 422, 429),
    },
    openapi_extra=json_body(EndpointRequest),
)
async def create_endpoint(body: JsonObject, tenant: CurrentTenant, root: Root) -> Response:
    asked = read_request(EndpointRequest, body)
    endpoint, secret = await tenant.webhooks.create(asked.url, asked.secret)
    headers = {"Location": endpoint_address(endpoint.id, root)}
    return reply(secret_body(endpoint, secret, root), 201, headers)


@router.get(
    "",
    summary="Endpoints",
    responses={200: {"model": EndpointPageBody}, **problems(422)},
)
async def list_endpoints(
    request: Request, tenant: CurrentTenant, root: Root, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    page = await tenant.webhooks.list(limit=limit, cursor=cursor)
    items = [endpoint_body(endpoint, root) for endpoint in page.items]
    body = EndpointPageBody(items=items, next_cursor=page.next_cursor)
    return reply(body, headers=next_link(request, page.next_cursor))


@router.get(
    "/{id}",
    summary="An endpoint, without its secret",
    responses={200: {"model": EndpointBody}, **problems(404)},
)
async def get_endpoint(id: EndpointId, tenant: CurrentTenant, root: Root) -> Response:
    return reply(endpoint_body(await tenant.webhooks.get(id), root))


@router.patch(
    "/{id}",
    summary="Switch an endpoint on or off",
    responses={200: {"model": EndpointBody}, **problems(400, 404, 413, 415, 422)},
    openapi_extra=json_body(EndpointChange),
)
async def change_endpoint(
    id: EndpointId, body: JsonObject, tenant: CurrentTenant, root: Root
) -> Response:
    asked = read_request(EndpointChange, body)
    return reply(endpoint_body(await tenant.webhooks.enable(id, asked.enabled), root))


@router.delete("/{id}", status_code=204, summary="Remove an endpoint", responses=problems(404))
async def delete_endpoint(id: EndpointId, tenant: CurrentTenant) -> Response:
    await tenant.webhooks.delete(id)
    return Response(status_code=204)


@router.post(
    "/{id}/rotate",
    summary="Give an endpoint a new secret",
    responses={200: {"model": SecretBody}, **problems(400, 404, 413, 415, 422)},
    openapi_extra=json_body(Rotation, required=False),
)
async def rotate_secret(
    id: EndpointId, body: OptionalJsonObject, tenant: CurrentTenant, root: Root
) -> Response:
    asked = read_request(Rotation, body)
    overlap = timedelta(seconds=asked.overlap_seconds)
    endpoint, secret = await tenant.webhooks.rotate(id, asked.secret, overlap)
    return reply(secret_body(endpoint, secret, root))


@router.get(
    "/{job}/deliveries",
    summary="What a job has sent, with every attempt",
    responses={200: {"model": MessagesBody}, **problems(404)},
)
async def list_messages(job: Job, tenant: CurrentTenant, root: Root) -> Response:
    messages = await tenant.webhooks.messages(job)
    return reply(MessagesBody(items=[message_body(each, job, root) for each in messages]))


@router.post(
    "/{job}/deliveries/{message}/replay",
    status_code=202,
    summary="Send a message again",
    responses={202: {"model": MessageBody}, **problems(404, 409)},
)
async def replay_message(
    job: Job, message: MessageId, tenant: CurrentTenant, root: Root
) -> Response:
    return reply(message_body(await tenant.webhooks.replay(job, message), job, root), 202)
