"""What a job made: files, and the events on the way there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import TypeAliasType

from app.api.dependencies import CurrentTenant, JobId, StreamShares, Who
from app.api.description.documentation import (
    artifact_body,
    conditions,
    event_stream,
    file_body,
    file_headers,
    manifest_body,
    problems,
    report_body,
)
from app.api.formats import FormatName, ReportFormat, accepted_format, accepted_report
from app.api.http.downloads import file_response
from app.api.http_errors import NoReport, ResultGone
from app.engine.reports.writing import MEDIA_TYPES as REPORT_TYPES
from app.jobs.artifacts.manifests import ManifestPart
from app.jobs.errors import ArtifactNotFound
from app.jobs.models import REPORT, ArtifactKey, JobEvent

router = APIRouter(prefix="/v1/jobs", tags=["results"])

HEARTBEAT = 15
SEND_TIMEOUT = 60
RETRY = 2000

LastEventId = Annotated[
    int | None,
    Header(ge=0, le=2**63 - 1, description="Resumes behind this event; browsers send it."),
]
# By a name of its own, so that generated code has one for it.
FileFormat = TypeAliasType("FileFormat", FormatName)
Format = Annotated[
    FileFormat | None,
    Query(description="Any format, whatever was asked at submission; wins over Accept."),
]
Table = Annotated[
    str | None,
    Query(min_length=1, max_length=200, description="One table; all of them as a zip without."),
]

Part = Annotated[
    ManifestPart,
    Query(description="The manifest, its Ed25519 signature (64 bytes), or the public key (PEM)."),
]

ArtifactName = Annotated[
    str, Path(max_length=32, pattern="^[a-z][a-z0-9_]*$", description="As `result.artifacts` says.")
]
ArtifactFormat = Annotated[
    str | None,
    Query(
        max_length=16, pattern="^[a-z][a-z0-9]*$", description="Any that the kind of job offers."
    ),
]
ReportForm = TypeAliasType("ReportForm", ReportFormat)
FormatOfReport = Annotated[ReportForm | None, Query(description="Wins over Accept.")]
ArtifactTable = Annotated[
    str | None, Query(min_length=1, max_length=200, description="The table that it is about.")
]


@router.head(
    "/{id}/result",
    operation_id="get_job_result_headers",
    response_class=Response,
    summary="Size, name and digest of the data",
    responses=file_headers(404, 406, 409, 412, 422),
    openapi_extra=conditions(),
)
@router.get(
    "/{id}/result",
    response_class=Response,
    summary="The data",
    responses={**file_body(), **problems(404, 406, 409, 410, 412, 416, 422)},
    openapi_extra=conditions(ranges=True),
)
async def get_job_result(
    id: JobId,
    request: Request,
    tenant: CurrentTenant,
    format: Format = None,
    table: Table = None,
) -> Response:
    name = format or accepted_format(request.headers.get("accept"))
    return file_response(request, await tenant.jobs.result(id, format=name, table=table))


@router.get(
    "/{id}/manifest",
    response_class=Response,
    summary="The signed manifest of the data",
    responses={**manifest_body(), **problems(404, 409, 410, 412, 416, 422)},
    openapi_extra=conditions(ranges=True, accept=False),
)
async def get_job_manifest(
    id: JobId, request: Request, tenant: CurrentTenant, part: Part = "manifest"
) -> Response:
    try:
        file = await tenant.jobs.manifest(id, part)
    except FileNotFoundError:
        raise ResultGone("this result has no manifest") from None
    return file_response(request, file)


@router.get(
    "/{id}/artifacts/{name}",
    response_class=Response,
    summary="A file that the job made besides tables, such as a report or a model",
    responses={**artifact_body(), **problems(404, 409, 410, 412, 416, 422)},
    openapi_extra=conditions(ranges=True, accept=False),
)
async def get_job_artifact(
    id: JobId,
    name: ArtifactName,
    request: Request,
    tenant: CurrentTenant,
    format: ArtifactFormat = None,
    table: ArtifactTable = None,
) -> Response:
    key = ArtifactKey(name, table or "", format or "")
    return file_response(request, await tenant.jobs.artifact(id, key))


@router.get(
    "/{id}/report",
    response_class=Response,
    summary="What was asked for beside what was made, or how synthetic rows were judged",
    responses={**report_body(), **problems(404, 406, 409, 410, 412, 416, 422)},
    openapi_extra=conditions(ranges=True),
)
async def get_job_report(
    id: JobId, request: Request, tenant: CurrentTenant, format: FormatOfReport = None
) -> Response:
    form: str | None = format
    if form is None:
        formats = await tenant.jobs.artifact_formats(id, REPORT) or REPORT_TYPES
        form = accepted_report(request.headers.get("accept"), formats)
    try:
        file = await tenant.jobs.artifact(id, ArtifactKey(REPORT, format=form or ""))
    except ArtifactNotFound as error:
        raise NoReport(str(error)) from None
    return file_response(request, file)


@router.get(
    "/{id}/events",
    response_class=Response,
    summary="Every change of status and progress, as Server-Sent Events",
    responses={**event_stream(), **problems(404, 422, 429)},
)
async def get_job_events(
    id: JobId,
    tenant: CurrentTenant,
    caller: Who,
    shares: StreamShares,
    last_event_id: LastEventId = None,
) -> Response:
    job = await tenant.jobs.get(id)
    if job.ended and last_event_id is not None and last_event_id >= job.sequence:
        return Response(status_code=204)
    shares.take(caller)
    events = tenant.jobs.events(id, after=last_event_id)
    return _Stream(_told(events), lambda: shares.give_back(caller))


class _Stream(EventSourceResponse):
    """Tells events, and says when it has ended, however that was."""

    def __init__(self, events: AsyncIterator[ServerSentEvent], ended: Callable[[], None]) -> None:
        super().__init__(events, ping=HEARTBEAT, send_timeout=SEND_TIMEOUT)
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._ended()


async def _told(events: AsyncIterator[JobEvent]) -> AsyncIterator[ServerSentEvent]:
    async for event in events:
        data = json.dumps(event.data, ensure_ascii=False)
        yield ServerSentEvent(data, event=event.kind, id=str(event.sequence), retry=RETRY)
