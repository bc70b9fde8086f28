"""The compiled plan of a job: read from its folder, compiled again where that cannot be read."""

from __future__ import annotations

import asyncio

from app.engine.errors import GenerationError
from app.engine.plan.plan import Plan
from app.jobs.models import JobRequest
from app.jobs.service_context import ServiceContext
from app.store.blobs.local import JobFolder
from app.store.tables.job_tables import JobRow
from app.workers.answers import Rendered
from app.workers.errors import Overloaded
from app.workers.plan_files import load_plan
from app.workers.request_workers import RequestWorkers


async def read_plan(context: ServiceContext, folder: JobFolder) -> Plan | None:
    """The stored plan; None where it is missing, was changed, or is of another version."""
    return await asyncio.to_thread(load_plan, folder.plan, context.plan_key.value)


async def compile_again(
    context: ServiceContext, folder: JobFolder, request: JobRequest, job: JobRow
) -> Plan:
    """Compile the stored request; the same seed gives the same plan. It was compiled before, so
    that a process that died or took too long says nothing about it."""
    for left in reversed(range(context.settings.max_attempts)):
        try:
            await _compile(context.request_workers, context, folder, request, job)
            break
        except Overloaded:
            if not left:
                raise
    plan = await read_plan(context, folder)
    if plan is None:
        raise GenerationError("the compiled plan could not be read back")
    return plan


async def explain_stored(context: ServiceContext, request: JobRequest, job: JobRow) -> Rendered:
    """The stored plan for reading. It is there before the job is queued; where another version
    of the program wrote it, it is compiled again."""
    request_workers, key = context.request_workers.of(job.tenant), context.plan_key.value
    folder = context.files.folder(job.id)
    explained = await request_workers.explain_plan(folder.plan, key)
    if explained is None:
        await _compile(request_workers, context, folder, request, job)
        explained = await request_workers.explain_plan(folder.plan, key)
    if explained is None:
        raise GenerationError("the compiled plan could not be read back")
    return explained


async def _compile(
    request_workers: RequestWorkers,
    context: ServiceContext,
    folder: JobFolder,
    request: JobRequest,
    job: JobRow,
) -> None:
    """Write the plan of the stored request into the job's folder."""
    await request_workers.compile_to_file(
        request.document,
        folder.plan,
        key=context.plan_key.value,
        rows=request.n_samples,
        seed=job.seed,
        tenant=job.tenant,
    )
