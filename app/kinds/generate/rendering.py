"""Tables of a job in formats that were not asked for when it ran."""

from __future__ import annotations

from pathlib import Path

from app.engine.execution.results import CancelToken
from app.engine.execution.run import render
from app.engine.formats import FormatOptions
from app.engine.plan.plan import Plan
from app.jobs.models import ArtifactKey, JobRequest
from app.jobs.service_context import ServiceContext


def render_table(
    plan: Plan,
    key: ArtifactKey,
    request: JobRequest,
    context: ServiceContext,
    path: Path,
    token: CancelToken,
) -> tuple[int, str]:
    """Write a table of a job in another format; its bytes and SHA-256."""
    made = render(
        plan,
        key.table,
        key.format,
        path,
        workers=context.settings.workers,
        options=FormatOptions.of(request.options),
        cancel=token,
        limits=context.limits_of(plan.table(key.table).rows),
    )
    return made.bytes, made.sha256
