"""Jobs: asked for, followed, ended, run again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from app.api.dependencies import (
    JobId,
    Root,
    Services,
    StreamShares,
    Who,
    reply,
    reply_large,
    reply_page,
)
from app.api.description.documentation import job_links, job_request_body, json_body, problems
from app.api.http.content import DocumentBody, JsonObject, OptionalJsonObject
from app.api.http.large_answers import while_connected
from app.api.http.paging import Cursor, Limit
from app.api.http.preferences import Prefer, wait_seconds
from app.api.models.bodies import JobBody, JobPageBody, job_address, job_body
from app.api.models.kind_names import JobKindName, check_kind
from app.api.models.submissions import Rename, Rerun, read_request
from app.api.refusals import NoReport
from app.api.submitting import submit
from app.engine.plan.explanation import PlanExplanation
from app.jobs.models import JobStatus

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key and body give the same job; with another body: 409.",
    ),
]


@router.post(
    "",
    status_code=202,
    summary="Submit a job",
    responses={
        202: {"model": JobBody, **job_links()},
        **problems(400, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=job_request_body(),
)
async def submit_job(
    body: DocumentBody,
    service: Services,
    root: Root,
    caller: Who,
    shares: StreamShares,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> Response:
    job = (await submit(service, body, idempotency_key)).job
    headers = {"Location": job_address(job.id, root)}
    seconds = wait_seconds(prefer)
    if seconds and shares.has_room(caller):
        with shares.held(caller):
            job = await service.jobs.wait(job.id, seconds)
        headers["Preference-Applied"] = f"wait={seconds}"
    return reply(job_body(job, root), 202, headers)


@router.get(
    "",
    summary="Jobs, newest first",
    responses={200: {"model": JobPageBody}, **problems(422, 503)},
)
async def list_jobs(
    request: Request,
    service: Services,
    root: Root,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
    kind: Annotated[JobKindName | None, Query(description="Only jobs of this kind.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    if kind is not None:
        check_kind(kind, service.jobs.request_models)

    async def listed() -> Response:
        async with service.jobs.turn_to_list():
            page = await service.jobs.list(status=status, kind=kind, limit=limit, cursor=cursor)
            bodies = (job_body(job, root) for job in page.items)
            return await reply_page(request, bodies, page.next_cursor)

    return await while_connected(request, listed())


@router.get("/{id}", summary="A job", responses={200: {"model": JobBody}, **problems(404)})
async def get_job(id: JobId, service: Services, root: Root) -> Response:
    return reply(job_body(await service.jobs.get(id), root))


@router.patch(
    "/{id}",
    summary="Rename a job",
    responses={200: {"model": JobBody}, **problems(400, 404, 413, 415, 422)},
    openapi_extra=json_body(Rename),
)
async def rename_job(id: JobId, body: JsonObject, service: Services, root: Root) -> Response:
    job = await service.jobs.rename(id, read_request(Rename, body).name)
    return reply(job_body(job, root))


@router.delete(
    "/{id}", status_code=204, summary="Delete a job with its files", responses=problems(404)
)
async def delete_job(id: JobId, service: Services) -> Response:
    await service.jobs.delete(id)
    return Response(status_code=204)


@router.post(
    "/{id}/cancel",
    status_code=202,
    summary="Cancel a job",
    responses={202: {"model": JobBody}, **problems(404, 409)},
)
async def cancel_job(id: JobId, service: Services, root: Root) -> Response:
    return reply(job_body(await service.jobs.cancel(id), root), 202)


@router.post(
    "/{id}/rerun",
    status_code=202,
    summary="Run a job's request again",
    responses={202: {"model": JobBody}, **problems(400, 404, 409, 413, 415, 422, 429, 503)},
    openapi_extra=json_body(Rerun, required=False),
)
async def rerun_job(id: JobId, body: OptionalJsonObject, service: Services, root: Root) -> Response:
    change = read_request(Rerun, body)
    job = await service.jobs.rerun(id, seed=change.seed, n_samples=change.n_samples)
    return reply(job_body(job, root), 202, {"Location": job_address(job.id, root)})


@router.post(
    "/{id}/deliveries/{number}/retry",
    status_code=202,
    summary="Try a failed delivery again, with the files that were made",
    responses={202: {"model": JobBody}, **problems(404, 409, 422)},
)
async def retry_delivery(
    id: JobId,
    number: Annotated[int, Path(ge=0, le=99, description="Place among `deliveries`, from 0.")],
    service: Services,
    root: Root,
) -> Response:
    return reply(job_body(await service.jobs.redeliver(id, number), root), 202)


@router.get(
    "/{id}/rules",
    summary="The compiled plan of a job, for reading",
    responses={200: {"model": PlanExplanation}, **problems(404, 422, 503)},
)
async def get_job_rules(id: JobId, service: Services) -> Response:
    return await reply_large(await service.jobs.rules(id))


@router.get("/{id}/report", include_in_schema=False)
async def get_job_report(id: JobId, service: Services) -> Response:
    job = await service.jobs.get(id)
    raise NoReport(f"there is no report about job {job.id!r}; what was measured is in its `result`")
