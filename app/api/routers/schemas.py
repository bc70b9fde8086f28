"""Definitions: checked, compiled and tried out at once, or stored in versions."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.api.dependencies import CurrentTenant, Root, SchemaName, reply, reply_large
from app.api.description.documentation import (
    document_body,
    draft_body,
    import_body,
    problems,
    schema_links,
)
from app.api.http.conditional_requests import is_unmodified
from app.api.http.content import DocumentBody, DocumentSource
from app.api.http.large_answers import while_connected
from app.api.http.paging import Cursor, Limit, next_link
from app.api.models.response_models import (
    ImportedBody,
    PreviewBody,
    SchemaBody,
    SchemaPageBody,
    SpellingsBody,
    SqlBody,
    ValidBody,
    schema_address,
    schema_body,
)
from app.api.models.schema_requests import imported_file
from app.api.stored_schemas import create, etag, remove, replace
from app.engine.plan.explanation import PlanExplanation

router = APIRouter(prefix="/v1/schemas", tags=["schemas"])

READING = (400, 413, 415, 422, 503)
Rows = Annotated[int, Query(ge=1, le=1000, description="Rows of each table.")]
ImportName = Annotated[
    str | None,
    Query(min_length=1, max_length=100, description="Name of the definition; that of its table."),
]
Dialect = Annotated[
    Literal["postgresql", "sqlite", "mysql", "mssql", "oracle"],
    Query(description="The kind of database."),
]
Summary = Annotated[bool, Query(description="Whether to tell what each column looks like.")]
Plots = Annotated[
    bool,
    Query(description="Whether to tell declared densities, and the target by each column."),
]
Version = Annotated[
    int | None, Query(ge=1, le=2**31 - 1, description="A version; the latest when left out.")
]


@router.post(
    "/read",
    summary="A definition in JSON and in YAML, not checked any further",
    responses={200: {"model": SpellingsBody}, **problems(*READING)},
    openapi_extra=draft_body(),
)
async def read_schema(body: DocumentBody, request: Request, tenant: CurrentTenant) -> Response:
    call = tenant.request_workers.spellings(await body.source())
    return await reply_large(await while_connected(request, call))


@router.post(
    "/import",
    summary="A first definition of tables that are there: an SQL script, or a file of rows",
    responses={200: {"model": ImportedBody}, **problems(*READING)},
    openapi_extra=import_body(),
)
async def import_schema(
    request: Request, tenant: CurrentTenant, name: ImportName = None
) -> Response:
    file = await imported_file(request)
    call = tenant.request_workers.imported(file.content, file.suffix, name)
    return await reply_large(await while_connected(request, call))


@router.post(
    "/ddl",
    summary="SQL that makes the tables of a definition, and loads them",
    responses={200: {"model": SqlBody}, **problems(*READING)},
    openapi_extra=document_body(),
)
async def ddl_of_schema(
    source: DocumentSource, request: Request, tenant: CurrentTenant, dialect: Dialect = "postgresql"
) -> Response:
    call = tenant.request_workers.sql_of(source, dialect)
    return await reply_large(await while_connected(request, call))


@router.post(
    "/validate",
    summary="Check a definition",
    responses={200: {"model": ValidBody}, **problems(*READING)},
    openapi_extra=document_body(),
)
async def validate_schema(
    source: DocumentSource, request: Request, tenant: CurrentTenant
) -> Response:
    return await reply_large(
        await while_connected(request, tenant.request_workers.validate(source))
    )


@router.post(
    "/compile",
    summary="Compile a definition into its plan, for reading",
    responses={200: {"model": PlanExplanation}, **problems(*READING)},
    openapi_extra=document_body(),
)
async def compile_schema(
    source: DocumentSource, request: Request, tenant: CurrentTenant
) -> Response:
    return await reply_large(await while_connected(request, tenant.request_workers.compile(source)))


@router.post(
    "/preview",
    summary="The first rows that a job would make",
    responses={200: {"model": PreviewBody}, **problems(*READING)},
    openapi_extra=document_body(),
)
async def preview_schema(
    source: DocumentSource,
    request: Request,
    tenant: CurrentTenant,
    rows: Rows = 20,
    summary: Summary = False,
    plots: Plots = False,
) -> Response:
    call = tenant.request_workers.preview(source, rows, summary=summary, plots=plots)
    return await reply_large(await while_connected(request, call))


@router.post(
    "",
    status_code=201,
    summary="Store a definition under the name in it",
    responses={201: {"model": SchemaBody, **schema_links()}, **problems(*READING, 409, 429)},
    openapi_extra=document_body(),
)
async def create_schema(source: DocumentSource, tenant: CurrentTenant, root: Root) -> Response:
    stored = await create(tenant, source)
    headers = {"Location": schema_address(stored.name, root), "ETag": etag(stored)}
    return reply(schema_body(stored, root), 201, headers)


@router.get(
    "",
    summary="Stored definitions, by name",
    responses={200: {"model": SchemaPageBody}, **problems(422)},
)
async def list_schemas(
    request: Request, tenant: CurrentTenant, root: Root, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    page = await tenant.definitions.list(limit=limit, cursor=cursor)
    items = [schema_body(stored, root, listed=True) for stored in page.items]
    body = SchemaPageBody(items=items, next_cursor=page.next_cursor)
    return reply(body, headers=next_link(request, page.next_cursor))


@router.get(
    "/{name:schema_name}",
    summary="A stored definition",
    responses={
        200: {"model": SchemaBody},
        304: {"description": "Unchanged"},
        **problems(404, 412, 422),
    },
)
async def get_schema(
    name: SchemaName, request: Request, tenant: CurrentTenant, root: Root, version: Version = None
) -> Response:
    stored = await tenant.definitions.get(name, version)
    headers = {"ETag": etag(stored)}
    if is_unmodified(request.headers, etag(stored)):
        return Response(status_code=304, headers=headers)
    return reply(schema_body(stored, root), headers=headers)


@router.put(
    "/{name:schema_name}",
    summary="Store a new version of a definition",
    responses={
        200: {"model": SchemaBody},
        201: {"model": SchemaBody, "description": "The first version"},
        **problems(*READING, 404, 412, 429),
    },
    openapi_extra=document_body(),
)
async def put_schema(
    name: SchemaName, request: Request, source: DocumentSource, tenant: CurrentTenant, root: Root
) -> Response:
    stored, created = await replace(tenant, name, source, request.headers)
    status = 201 if created else 200
    headers = {"Location": schema_address(name, root), "ETag": etag(stored)}
    return reply(schema_body(stored, root), status, headers)


@router.delete(
    "/{name:schema_name}",
    status_code=204,
    summary="Remove a stored definition in all its versions",
    responses=problems(404, 412),
)
async def delete_schema(name: SchemaName, request: Request, tenant: CurrentTenant) -> Response:
    await remove(tenant, name, request.headers)
    return Response(status_code=204)
