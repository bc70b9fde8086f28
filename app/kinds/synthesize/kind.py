"""Jobs of kind `synthesize`: rows that a stored model draws, made as those of declared tables."""

from __future__ import annotations

import functools
from concurrent.futures import Executor

from app.engine.errors import DefinitionError, Fault
from app.engine.plan.learned import in_format
from app.jobs.kinds import Admission, JobOutcome, NewJob, Render
from app.jobs.models import REPORT, TABLE, ArtifactKey, JobRequest
from app.jobs.queue.lease import JobLease
from app.jobs.requests import JobEnvelope
from app.jobs.service_context import ServiceContext
from app.jobs.validation import chosen_formats, data_faults, readable_formats
from app.kinds.generate.making import Making
from app.kinds.generate.plans import read_plan
from app.kinds.generate.rendering import render_table
from app.kinds.reports import MADE, made_report_of
from app.kinds.stored_models import synthesizers_of
from app.kinds.synthesize.admission import admission_of
from app.kinds.synthesize.plans import ModelPlans, is_planned_later, plan_again
from app.kinds.synthesize.request import SynthesizeRequest
from app.kinds.synthesize.running import PlanningRun
from app.sources.errors import SourceNotFound
from app.sources.sources import TenantSources
from app.store.tables.job_tables import JobRow
from app.workers.answers import Rendered
from app.workers.estimates import expected


class Synthesize:
    """The model becomes a plan before the job is queued, and is not looked for afterwards."""

    name = "synthesize"
    request = SynthesizeRequest
    details = None
    artifacts = (MADE,)

    async def read(
        self, asked: JobEnvelope, tenant: str, context: ServiceContext
    ) -> tuple[JobRequest, bytes | None]:
        assert isinstance(asked, SynthesizeRequest)
        if asked.synthesizer is not None:
            await synthesizers_of(context, tenant).get(asked.synthesizer)
        sources = context.sources.of(tenant)
        for name in ("source", "given", "impute"):
            if (source_id := getattr(asked, name)) is not None:
                await _found(sources, source_id, name)
        return asked.request(), None

    async def admit(self, request: JobRequest, new: NewJob, context: ServiceContext) -> Admission:
        if faults := data_faults(request):
            raise DefinitionError(faults)
        formats = readable_formats(chosen_formats(request, None), request.sinks, context.sinks)
        if is_planned_later(request.document):
            return await admission_of(request, new, context, formats)
        stored = await synthesizers_of(context, new.tenant).get(request.document["synthesizer"])
        name = request.name or stored.name
        folder = context.files.folder(new.id)
        plans = ModelPlans(context, new.tenant)
        compiled = await plans.write(request, folder, name, request.seed, formats)
        return Admission(
            name=compiled.name,
            seed=compiled.seed,
            rows=compiled.rows,
            cost=compiled.cost,
            formats=formats,
            targets=tuple(request.sinks),
            estimated_bytes=expected(compiled.sizes, formats),
            warnings=compiled.warnings,
        )

    async def run(
        self, request: JobRequest, lease: JobLease, context: ServiceContext, threads: Executor
    ) -> JobOutcome:
        again = functools.partial(plan_again, context, request, lease.row)
        making = Making(lease, context, threads, again)
        if is_planned_later(request.document):
            return await making.make(await PlanningRun(lease, context, request).plan(), request)
        return await making.run(request)

    async def artifact(
        self, request: JobRequest, job: JobRow, key: ArtifactKey, context: ServiceContext
    ) -> Render | None:
        if key.name not in (TABLE, REPORT):
            return None
        plan = await read_plan(context, context.files.folder(job.id))
        if plan is None:
            plan = await plan_again(context, request, job)
        if key.name == REPORT:
            return await made_report_of(plan, request, job, key, context)
        return functools.partial(render_table, in_format(plan, key.format), key, request, context)

    async def explain(
        self, request: JobRequest, job: JobRow, context: ServiceContext
    ) -> Rendered | None:
        return None


async def _found(sources: TenantSources, source_id: str, name: str) -> None:
    """Raises DefinitionError at the field that names a source which is not there."""
    try:
        await sources.get(source_id)
    except SourceNotFound as error:
        raise DefinitionError([Fault(name, str(error))]) from None


KIND = Synthesize()
