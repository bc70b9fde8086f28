"""Jobs of kind `generate`: rows as a definition says."""

from __future__ import annotations

import functools
from concurrent.futures import Executor

from app.definitions.definitions import stored_definition
from app.engine.errors import DefinitionError
from app.engine.plan.plan import kept_document
from app.jobs.kinds import Admission, JobOutcome, NewJob, Render
from app.jobs.models import REPORT, TABLE, ArtifactKey, JobRequest
from app.jobs.queue.lease import JobLease
from app.jobs.requests import JobEnvelope
from app.jobs.service_context import ServiceContext
from app.jobs.validation import chosen_formats, chosen_targets, data_faults, readable_formats
from app.kinds.generate.making import Making
from app.kinds.generate.plans import compile_again, explain_stored, read_plan
from app.kinds.generate.rendering import render_table
from app.kinds.generate.request import JobSubmission
from app.kinds.reports import MADE, made_report_of
from app.store.tables.job_tables import JobRow
from app.workers.answers import Rendered
from app.workers.estimates import expected
from app.workers.worker_tasks import Compiled


class Generate:
    """The definition is compiled before the job is queued; what the job carries out is the plan."""

    name = "generate"
    request = JobSubmission
    details = None
    artifacts = (MADE,)

    async def admit(self, request: JobRequest, new: NewJob, context: ServiceContext) -> Admission:
        compiled = await self._compile(request, new, context)
        formats = chosen_formats(request, compiled.output_file)
        formats = readable_formats(formats, request.sinks, context.sinks)
        targets, unserved = chosen_targets(request, formats, compiled, context.sinks)
        return Admission(
            name=compiled.name,
            seed=compiled.seed,
            rows=compiled.rows,
            cost=compiled.cost * (1 + request.verify),
            formats=formats,
            targets=tuple(targets),
            estimated_bytes=expected(compiled.sizes, formats),
            warnings=(*compiled.warnings, *unserved),
            document=kept_document(request.document, compiled.today, compiled.models),
        )

    async def read(
        self, asked: JobEnvelope, tenant: str, context: ServiceContext
    ) -> tuple[JobRequest, bytes | None]:
        assert isinstance(asked, JobSubmission)
        if asked.definition is not None:
            return asked.request(asked.definition), None
        if asked.schema_yaml is not None:
            text = asked.schema_yaml.encode()
            return asked.request(await context.request_workers.of(tenant).read(text)), text
        name = asked.schema_name or ""
        stored = await stored_definition(context.state_writer.database, tenant, name)
        return asked.request({"name": name, **stored.document}), None

    async def run(
        self, request: JobRequest, lease: JobLease, context: ServiceContext, threads: Executor
    ) -> JobOutcome:
        folder = context.files.folder(lease.row.id)
        again = functools.partial(compile_again, context, folder, request, lease.row)
        return await Making(lease, context, threads, again).run(request)

    async def artifact(
        self, request: JobRequest, job: JobRow, key: ArtifactKey, context: ServiceContext
    ) -> Render | None:
        if key.name not in (TABLE, REPORT):
            return None
        folder = context.files.folder(job.id)
        plan = await read_plan(context, folder)
        if plan is None:
            plan = await compile_again(context, folder, request, job)
        if key.name == REPORT:
            return await made_report_of(plan, request, job, key, context)
        return functools.partial(render_table, plan, key, request, context)

    async def explain(
        self, request: JobRequest, job: JobRow, context: ServiceContext
    ) -> Rendered | None:
        return await explain_stored(context, request, job)

    async def _compile(self, request: JobRequest, new: NewJob, context: ServiceContext) -> Compiled:
        faults = data_faults(request)
        try:
            compiled = await context.request_workers.of(new.tenant).compile_to_file(
                request.document,
                context.files.folder(new.id).plan,
                key=context.plan_key.value,
                rows=request.n_samples,
                seed=request.seed,
            )
        except DefinitionError as error:
            raise type(error)([*faults, *error.faults]) if faults else error from None
        if faults:
            raise DefinitionError(faults)
        return compiled


KIND = Generate()
