"""The compiled plan of a job: read from its folder, compiled again where that cannot be read."""

from __future__ import annotations

import asyncio

from app.engine.errors import GenerationError
from app.engine.plan.plan import Plan
from app.jobs.models import JobRequest
from app.jobs.tools import Tools
from app.store.files import JobFolder
from app.store.rows import JobRow
from app.workers.answers import Rendered
from app.workers.errors import Overloaded
from app.workers.plan_files import load_plan


async def read_plan(tools: Tools, folder: JobFolder) -> Plan | None:
    """The stored plan; None where it is missing, was changed, or is of another version."""
    return await asyncio.to_thread(load_plan, folder.plan, tools.plan_key.value)


async def compile_again(
    tools: Tools, folder: JobFolder, request: JobRequest, seed: int | None
) -> Plan:
    """Compile the stored request; the same seed gives the same plan. It was compiled before, so
    that a process that died or took too long says nothing about it."""
    key = tools.plan_key.value
    for left in reversed(range(tools.settings.max_attempts)):
        try:
            await tools.interactive.compile_to_file(
                request.document, folder.plan, key=key, rows=request.n_samples, seed=seed
            )
            break
        except Overloaded:
            if not left:
                raise
    plan = await read_plan(tools, folder)
    if plan is None:
        raise GenerationError("the compiled plan could not be read back")
    return plan


async def explain_stored(tools: Tools, request: JobRequest, job: JobRow) -> Rendered:
    """The stored plan for reading. It is there before the job is queued; where another version
    of the program wrote it, it is compiled again."""
    interactive, key = tools.interactive.of(job.tenant), tools.plan_key.value
    folder = tools.files.folder(job.id)
    explained = await interactive.explain_plan(folder.plan, key)
    if explained is None:
        await interactive.compile_to_file(
            request.document, folder.plan, key=key, rows=request.n_samples, seed=job.seed
        )
        explained = await interactive.explain_plan(folder.plan, key)
    if explained is None:
        raise GenerationError("the compiled plan could not be read back")
    return explained
