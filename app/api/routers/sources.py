"""Real tables: uploaded, read and profiled, and what is to be learned from them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from app.accounts.keys import Scope
from app.api.auditing import record_reading
from app.api.dependencies import CurrentTenant, Root, Who, reply, reply_large
from app.api.description.documentation import problems
from app.api.description.source_components import (
    source_links,
    synthesis_body_in,
    synthesis_out,
    upload_body,
)
from app.api.http.conditional_requests import is_unmodified
from app.api.http.content import JSON, YAML, DocumentSource, read_body
from app.api.http.idempotency import IdempotencyKey
from app.api.http.large_answers import while_connected
from app.api.http.multipart import MEDIA_TYPE as MULTIPART
from app.api.http.multipart import Multipart, field_text
from app.api.http.paging import Cursor, Limit, next_link
from app.api.http.reading_options import ReadingOptionsQuery
from app.api.http.source_uploads import (
    announced_bytes,
    described,
    media_type_of,
    multipart_files,
    raw_file,
)
from app.api.http_errors import InvalidRequest
from app.api.models.job_requests import read_request
from app.api.models.source_models import (
    MAX_NAME,
    NAME,
    DeletedSourceBody,
    SourceBody,
    SourceDetailBody,
    SourceFromConnection,
    SourcePageBody,
    SourceRowsBody,
    SynthesisBody,
    checked_name,
    deleted_body,
    source_address,
    source_body,
    synthesis_body,
    unread_detail,
)
from app.api.stored_syntheses import etag, replace, wants_yaml
from app.engine.errors import DefinitionError, Fault
from app.privacy.errors import SourceIsPrivate
from app.service.tenants import Tenant
from app.sources.adding import NewSource
from app.sources.errors import SourceNotFound
from app.sources.models import AddedSource
from app.sources.uploads import UploadedFile
from app.store.source_status import SourceStatus

PLACE = "/v1/sources"

router = APIRouter(prefix=PLACE, tags=["sources"])

SOURCE_ID = re.compile(r"src_[0-9a-f]{32}")


async def _source_id(id: Annotated[str, Path(description="The source's id.")]) -> str:
    """The id of a source; what cannot be one is not asked for in the database."""
    if not SOURCE_ID.fullmatch(id):
        raise SourceNotFound(id[:64])
    return id


SourceId = Annotated[str, Depends(_source_id)]
Name = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=MAX_NAME,
        pattern=NAME,
        description="What the source is called; ends in the file's format where the Content-Type "
        "does not say it.",
        examples=["customers.csv"],
    ),
]
Table = Annotated[
    str | None, Query(max_length=MAX_NAME, description="The first table when left out.")
]
Rows = Annotated[int, Query(ge=1, le=1000, description="Most rows.")]
Version = Annotated[
    int | None,
    Query(
        ge=0,
        le=2**31 - 1,
        description="A version, 0 for what the source suggests; the latest when left out.",
    ),
]


@router.post(
    "",
    status_code=202,
    summary="Upload real tables",
    responses={
        202: {"model": SourceBody, **source_links()},
        **problems(400, 408, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=upload_body(),
)
async def upload_source(
    request: Request,
    tenant: CurrentTenant,
    root: Root,
    options: ReadingOptionsQuery,
    name: Name = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    media_type = media_type_of(request)
    if media_type == JSON:
        made = await _from_connection(request, tenant, idempotency_key)
    else:
        announced = announced_bytes(request)
        if media_type == MULTIPART:
            name, files = await _several(request, name)
        elif name is None:
            raise InvalidRequest(Fault("query.name", "is missing", "`?name=customers.csv`"))
        else:
            described(request, name)
            files = raw_file(request, name)
        new = NewSource(name, options, announced, idempotency_key)
        made = await tenant.sources.add(new, files)
    address = source_address(made.source.id, root)
    return reply(source_body(made.source, root), 202, {"Location": address})


async def _from_connection(request: Request, tenant: Tenant, key: str | None) -> AddedSource:
    """The source that a body of JSON asks for. Raises InvalidRequest."""
    body = await read_body(request, (JSON,))
    asked = read_request(SourceFromConnection, await body.json_object())
    if faults := asked.faults():
        raise InvalidRequest(*faults)
    try:
        return await tenant.sources.add_from(asked.name, asked.origin(), key)
    except DefinitionError as error:
        raise InvalidRequest(*error.faults) from None


async def _several(request: Request, name: str | None) -> tuple[str, AsyncIterator[UploadedFile]]:
    """What a body of several parts is to be called, and its files; a field `name` goes before
    them. Raises InvalidRequest, MalformedBody."""
    parts = Multipart(request.headers["content-type"], request.stream()).parts()
    async for part in parts:
        if part.filename:
            found = name or part.filename
            return checked_name(found), multipart_files(part, parts)
        if part.name == "name":
            name = await field_text(part)
    raise InvalidRequest(Fault("body", "holds no file", "send it as a part with a file name"))


@router.get(
    "",
    summary="Sources, newest first",
    responses={200: {"model": SourcePageBody}, **problems(422)},
)
async def list_sources(
    request: Request, tenant: CurrentTenant, root: Root, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    page = await tenant.sources.list(limit=limit, cursor=cursor)
    items = [source_body(source, root) for source in page.items]
    body = SourcePageBody(items=items, next_cursor=page.next_cursor)
    return reply(body, headers=next_link(request, page.next_cursor))


@router.get(
    "/{id}",
    summary="A source, and what was found in it",
    responses={200: {"model": SourceDetailBody}, **problems(404, 409, 422, 503)},
)
async def get_source(
    id: SourceId, request: Request, tenant: CurrentTenant, root: Root, who: Who
) -> Response:
    source = await tenant.sources.get(id)
    if source.status is not SourceStatus.READY:
        return reply(unread_detail(source, root))
    values = who.scope.covers(Scope.SOURCE)
    head = source_body(source, root).model_dump(mode="json")
    asked = tenant.sources.detail(id, head, values=values)
    try:
        found = await while_connected(request, asked)
    except SourceIsPrivate:
        return reply(unread_detail(source, root))
    if values:
        record_reading(request)
    return await reply_large(found)


@router.delete(
    "/{id}",
    summary="Remove a source, its files and its definitions at once; says what was derived",
    responses={200: {"model": DeletedSourceBody}, **problems(404)},
)
async def delete_source(id: SourceId, tenant: CurrentTenant, root: Root) -> Response:
    return reply(deleted_body(await tenant.sources.delete(id), root))


@router.post(
    "/{id}/refresh",
    status_code=202,
    summary="Read a source again, from its connection or its file: a new version",
    responses={202: {"model": SourceBody}, **problems(404, 409, 422)},
)
async def refresh_source(
    id: SourceId, tenant: CurrentTenant, root: Root, options: ReadingOptionsQuery
) -> Response:
    try:
        source = await tenant.sources.refresh(id, options or None)
    except DefinitionError as error:
        raise InvalidRequest(*error.faults) from None
    return reply(source_body(source, root), 202, {"Location": source_address(id, root)})


@router.get(
    "/{id}/rows",
    summary="The first rows of a table",
    responses={200: {"model": SourceRowsBody}, **problems(404, 409, 422, 503)},
)
async def get_source_rows(
    id: SourceId, request: Request, tenant: CurrentTenant, table: Table = None, limit: Rows = 20
) -> Response:
    return await reply_large(await while_connected(request, tenant.sources.rows(id, table, limit)))


@router.get(
    "/{id}/definition",
    summary="What is to be learned from a source, as stored or as it suggests",
    responses={**synthesis_out(), **problems(404, 409, 412, 422, 503)},
)
async def get_source_definition(
    id: SourceId, request: Request, tenant: CurrentTenant, version: Version = None
) -> Response:
    stored = await tenant.sources.definition(id, version)
    headers = {"ETag": etag(stored), "Vary": "Accept"}
    if is_unmodified(request.headers, etag(stored)):
        return Response(status_code=304, headers=headers)
    if wants_yaml(request.headers.get("accept")):
        content = await tenant.request_workers.synthesis_yaml(stored.document)
        return Response(content, headers=headers, media_type=YAML)
    answer = await reply_large(dict(stored.document))
    answer.headers.update(headers)
    return answer


@router.put(
    "/{id}/definition",
    summary="Store a new version of what is to be learned from a source",
    responses={
        200: {"model": SynthesisBody},
        201: {"model": SynthesisBody, "description": "The first version"},
        **problems(400, 404, 409, 412, 413, 415, 422, 429, 503),
    },
    openapi_extra=synthesis_body_in(),
)
async def put_source_definition(
    id: SourceId, request: Request, document: DocumentSource, tenant: CurrentTenant, root: Root
) -> Response:
    stored, created = await replace(tenant.sources, id, document, request.headers)
    address = f"{source_address(id, root)}/definition"
    headers = {"Location": address, "ETag": etag(stored)}
    return reply(synthesis_body(stored, root), 201 if created else 200, headers)
