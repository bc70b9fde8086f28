"""Jobs: asked for, followed, ended, run again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from app.api.auditing import record_evaluations
from app.api.dependencies import (
    CurrentTenant,
    JobId,
    Root,
    StreamShares,
    Who,
    reply,
    reply_large,
    reply_page,
)
from app.api.description.documentation import job_links, job_request_body, json_body, problems
from app.api.http.content import DocumentBody, JsonObject, OptionalJsonObject
from app.api.http.idempotency import IdempotencyKey
from app.api.http.large_answers import while_connected
from app.api.http.paging import Cursor, Limit
from app.api.http.preferences import Prefer, wait_seconds
from app.api.http_errors import InvalidRequest
from app.api.models.job_requests import Rename, Rerun, read_request
from app.api.models.kind_names import JobKindName, check_kind
from app.api.models.response_models import JobBody, JobPageBody, job_address, job_body
from app.api.submit import submit
from app.engine.errors import Fault
from app.engine.plan.explanation import PlanExplanation
from app.jobs.models import Job
from app.service.tenants import Tenant
from app.store.job_status import JobStatus

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

Origin = Annotated[
    str | None,
    Query(
        pattern="^[A-Za-z0-9_-]{1,64}$",
        description="Only jobs that work from this source or synthesizer; with a kind.",
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
    request: Request,
    body: DocumentBody,
    tenant: CurrentTenant,
    root: Root,
    caller: Who,
    shares: StreamShares,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> Response:
    submitted = await submit(tenant, body, idempotency_key)
    record_evaluations(request, submitted.evaluates)
    job = submitted.job
    headers = {"Location": job_address(job.id, root)}
    seconds = wait_seconds(prefer)
    if seconds and shares.has_room(caller):
        with shares.held(caller):
            job = await tenant.jobs.wait(job.id, seconds)
        headers["Preference-Applied"] = f"wait={seconds}"
    return reply(_body(tenant, job, root), 202, headers)


@router.get(
    "",
    summary="Jobs, newest first",
    responses={200: {"model": JobPageBody}, **problems(422, 503)},
)
async def list_jobs(
    request: Request,
    tenant: CurrentTenant,
    root: Root,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
    kind: Annotated[JobKindName | None, Query(description="Only jobs of this kind.")] = None,
    origin: Origin = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    if kind is not None:
        check_kind(kind, tenant.jobs.request_models)
    elif origin is not None:
        hint = "`kind=synthesize`, or `kind=train` for those of a source"
        raise InvalidRequest(Fault("query.origin", "wants a kind beside it", hint))

    async def listed() -> Response:
        async with tenant.jobs.turn_to_list():
            page = await tenant.jobs.list(
                status=status, kind=kind, origin=origin, limit=limit, cursor=cursor
            )
            bodies = (_body(tenant, job, root) for job in page.items)
            return await reply_page(request, bodies, page.next_cursor)

    return await while_connected(request, listed())


@router.get("/{id}", summary="A job", responses={200: {"model": JobBody}, **problems(404)})
async def get_job(id: JobId, tenant: CurrentTenant, root: Root) -> Response:
    return reply(_body(tenant, await tenant.jobs.get(id), root))


@router.patch(
    "/{id}",
    summary="Rename a job",
    responses={200: {"model": JobBody}, **problems(400, 404, 413, 415, 422)},
    openapi_extra=json_body(Rename),
)
async def rename_job(id: JobId, body: JsonObject, tenant: CurrentTenant, root: Root) -> Response:
    job = await tenant.jobs.rename(id, read_request(Rename, body).name)
    return reply(_body(tenant, job, root))


@router.delete(
    "/{id}", status_code=204, summary="Delete a job with its files", responses=problems(404)
)
async def delete_job(id: JobId, tenant: CurrentTenant) -> Response:
    await tenant.jobs.delete(id)
    return Response(status_code=204)


@router.post(
    "/{id}/cancel",
    status_code=202,
    summary="Cancel a job",
    responses={202: {"model": JobBody}, **problems(404, 409)},
)
async def cancel_job(id: JobId, tenant: CurrentTenant, root: Root) -> Response:
    return reply(_body(tenant, await tenant.jobs.cancel(id), root), 202)


@router.post(
    "/{id}/rerun",
    status_code=202,
    summary="Run a job's request again",
    responses={202: {"model": JobBody}, **problems(400, 404, 409, 413, 415, 422, 429, 503)},
    openapi_extra=json_body(Rerun, required=False),
)
async def rerun_job(
    id: JobId, request: Request, body: OptionalJsonObject, tenant: CurrentTenant, root: Root
) -> Response:
    change = read_request(Rerun, body)
    submitted = await tenant.jobs.rerun(id, seed=change.seed, n_samples=change.n_samples)
    record_evaluations(request, submitted.evaluates)
    job = submitted.job
    return reply(_body(tenant, job, root), 202, {"Location": job_address(job.id, root)})


@router.post(
    "/{id}/deliveries/{number}/retry",
    status_code=202,
    summary="Try a failed delivery again, with the files that were made",
    responses={202: {"model": JobBody}, **problems(404, 409, 422)},
)
async def retry_delivery(
    id: JobId,
    number: Annotated[int, Path(ge=0, le=99, description="Place among `deliveries`, from 0.")],
    tenant: CurrentTenant,
    root: Root,
) -> Response:
    return reply(_body(tenant, await tenant.jobs.redeliver(id, number), root), 202)


@router.get(
    "/{id}/rules",
    summary="The compiled plan of a job, for reading",
    responses={200: {"model": PlanExplanation}, **problems(404, 422, 503)},
)
async def get_job_rules(id: JobId, tenant: CurrentTenant) -> Response:
    return await reply_large(await tenant.jobs.rules(id))


def _body(tenant: Tenant, job: Job, root: str) -> JobBody:
    return job_body(job, root, reported=tenant.jobs.has_reports(job.kind))
