"""Synthesizers: what was learned, listed, named, exported and taken in."""

from __future__ import annotations

import re
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from app.api.dependencies import CurrentTenant, Root, reply
from app.api.description.documentation import (
    conditions,
    json_body,
    model_body,
    model_file,
    problems,
)
from app.api.http.content import JsonObject, read_bytes
from app.api.http.downloads import file_response
from app.api.http.idempotency import IdempotencyKey
from app.api.http.paging import Cursor, Limit, next_link
from app.api.http_errors import ResultGone
from app.api.models.job_requests import read_request
from app.api.models.synthesizer_models import (
    SynthesizerBody,
    SynthesizerPageBody,
    SynthesizerRename,
    synthesizer_address,
    synthesizer_body,
)
from app.engine.files import file_stem
from app.jobs.models import ResultDownload
from app.jobs.requests import Name
from app.models.errors import SynthesizerNotFound
from app.models.model_files import MEDIA_TYPE, SUFFIX

router = APIRouter(prefix="/v1/synthesizers", tags=["synthesizers"])

SYNTHESIZER_ID = re.compile(r"[a-z0-9_]{1,36}")
ModelName = Annotated[Name, Query(description="What the synthesizer is to be called.")]


async def _id(id: Annotated[str, Path(description="The synthesizer's id.")]) -> str:
    """An id that a synthesizer can have; what cannot be one is not asked for in the database."""
    if not SYNTHESIZER_ID.fullmatch(id):
        raise SynthesizerNotFound(id[:64])
    return id


SynthesizerId = Annotated[str, Depends(_id)]


@router.post(
    "",
    status_code=201,
    summary="Take in a model file",
    responses={201: {"model": SynthesizerBody}, **problems(400, 409, 413, 415, 422, 429, 503)},
    openapi_extra=model_body(),
)
async def create_synthesizer(
    request: Request,
    tenant: CurrentTenant,
    root: Root,
    name: ModelName = "imported",
    idempotency_key: IdempotencyKey = None,
) -> Response:
    content = await read_bytes(request, (MEDIA_TYPE, "application/octet-stream"))
    with tenant.synthesizers.draft() as draft:
        await anyio.to_thread.run_sync(draft.write_bytes, content)
        made = await tenant.synthesizers.take_in(draft, name, idempotency_key)
    headers = {"Location": synthesizer_address(made.id, root)}
    return reply(synthesizer_body(made, root), 201, headers)


@router.get(
    "",
    summary="Synthesizers, newest first",
    responses={200: {"model": SynthesizerPageBody}, **problems(422)},
)
async def list_synthesizers(
    request: Request, tenant: CurrentTenant, root: Root, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    page = await tenant.synthesizers.list(limit=limit, cursor=cursor)
    items = [synthesizer_body(each, root) for each in page.items]
    body = SynthesizerPageBody(items=items, next_cursor=page.next_cursor)
    return reply(body, headers=next_link(request, page.next_cursor))


@router.get(
    "/{id}",
    summary="A synthesizer: what was learned, from what, with which settings",
    responses={200: {"model": SynthesizerBody}, **problems(404)},
)
async def get_synthesizer(id: SynthesizerId, tenant: CurrentTenant, root: Root) -> Response:
    return reply(synthesizer_body(await tenant.synthesizers.get(id), root))


@router.patch(
    "/{id}",
    summary="Rename a synthesizer",
    responses={200: {"model": SynthesizerBody}, **problems(400, 404, 413, 415, 422)},
    openapi_extra=json_body(SynthesizerRename),
)
async def rename_synthesizer(
    id: SynthesizerId, body: JsonObject, tenant: CurrentTenant, root: Root
) -> Response:
    asked = read_request(SynthesizerRename, body)
    return reply(synthesizer_body(await tenant.synthesizers.rename(id, asked.name), root))


@router.delete(
    "/{id}",
    status_code=204,
    summary="Remove a synthesizer with its file",
    responses=problems(404),
)
async def delete_synthesizer(id: SynthesizerId, tenant: CurrentTenant) -> Response:
    await tenant.synthesizers.delete(id)
    return Response(status_code=204)


@router.get(
    "/{id}/file",
    response_class=Response,
    summary="The model file, which any installation can take in",
    responses={**model_file(), **problems(404, 410, 412, 416, 503)},
    openapi_extra=conditions(ranges=True, accept=False),
)
async def get_synthesizer_file(
    id: SynthesizerId, request: Request, tenant: CurrentTenant
) -> Response:
    stored = await tenant.synthesizers.get(id)
    try:
        path = await tenant.synthesizers.file(id)
    except FileNotFoundError:
        raise ResultGone("the file of this synthesizer was removed") from None
    filename = f"{file_stem(stored.name)}.{SUFFIX}"
    file = ResultDownload(path, MEDIA_TYPE, stored.sha256, stored.bytes, filename)
    return file_response(request, file)
