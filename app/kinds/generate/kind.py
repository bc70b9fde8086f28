"""Jobs of kind `generate`: rows as a definition says."""

from __future__ import annotations

import functools
from concurrent.futures import Executor
from pathlib import Path

from app.engine.errors import DefinitionError
from app.engine.execution.results import CancelToken
from app.engine.execution.run import render
from app.engine.formats import FormatOptions
from app.engine.plan.plan import Plan
from app.jobs.checks import chosen_formats, chosen_targets, data_faults, readable_formats
from app.jobs.kinds import Admission, JobOutcome, NewJob, Render, WantedFile
from app.jobs.models import JobRequest
from app.jobs.queue.holding import Holding
from app.jobs.requests import JobEnvelope
from app.jobs.schemas import stored_definition
from app.jobs.tools import Tools
from app.kinds.generate.making import Making
from app.kinds.generate.plans import compile_again, explain_stored, read_plan
from app.kinds.generate.request import JobSubmission
from app.store.rows import JobRow
from app.workers.answers import Rendered
from app.workers.estimates import expected
from app.workers.work import Compiled


class Generate:
    """The definition is compiled before the job is queued; what the job carries out is the plan."""

    name = "generate"
    request = JobSubmission

    async def admit(self, request: JobRequest, new: NewJob, tools: Tools) -> Admission:
        compiled = await self._compile(request, new, tools)
        formats = chosen_formats(request, compiled.output_file)
        formats = readable_formats(formats, request.sinks, tools.sinks)
        targets, unserved = chosen_targets(request, formats, compiled, tools.sinks)
        return Admission(
            name=compiled.name,
            seed=compiled.seed,
            rows=compiled.rows,
            cost=compiled.cost * (1 + request.verify),
            formats=formats,
            targets=tuple(targets),
            estimated_bytes=expected(compiled.sizes, formats),
            warnings=(*compiled.warnings, *unserved),
        )

    async def read(
        self, asked: JobEnvelope, tenant: str, tools: Tools
    ) -> tuple[JobRequest, bytes | None]:
        assert isinstance(asked, JobSubmission)
        if asked.definition is not None:
            return asked.request(asked.definition), None
        if asked.schema_yaml is not None:
            text = asked.schema_yaml.encode()
            return asked.request(await tools.interactive.of(tenant).read(text)), text
        name = asked.schema_name or ""
        stored = await stored_definition(tools.board.database, tenant, name)
        return asked.request({"name": name, **stored.document}), None

    async def run(
        self, request: JobRequest, holding: Holding, tools: Tools, threads: Executor
    ) -> JobOutcome:
        return await Making(holding, tools, threads).run(request)

    async def renderer(
        self, request: JobRequest, job: JobRow, file: WantedFile, tools: Tools
    ) -> Render:
        folder = tools.files.folder(job.id)
        plan = await read_plan(tools, folder)
        if plan is None:
            plan = await compile_again(tools, folder, request, job.seed)
        return functools.partial(_render, plan, file, request, tools)

    async def explain(self, request: JobRequest, job: JobRow, tools: Tools) -> Rendered | None:
        return await explain_stored(tools, request, job)

    async def _compile(self, request: JobRequest, new: NewJob, tools: Tools) -> Compiled:
        faults = data_faults(request)
        try:
            compiled = await tools.interactive.of(new.tenant).compile_to_file(
                request.document,
                tools.files.folder(new.id).plan,
                key=tools.plan_key.value,
                rows=request.n_samples,
                seed=request.seed,
            )
        except DefinitionError as error:
            raise type(error)([*faults, *error.faults]) if faults else error from None
        if faults:
            raise DefinitionError(faults)
        return compiled


def _render(
    plan: Plan, file: WantedFile, request: JobRequest, tools: Tools, path: Path, token: CancelToken
) -> tuple[int, str]:
    made = render(
        plan,
        file.table,
        file.format,
        path,
        workers=tools.settings.workers,
        options=FormatOptions(**request.options),
        cancel=token,
        limits=tools.limits_of(plan.table(file.table).rows),
    )
    return made.bytes, made.sha256
