"""Jobs of kind `generate`: rows as a definition says."""

from __future__ import annotations

from concurrent.futures import Executor

from app.engine.errors import DefinitionError
from app.jobs.checks import chosen_formats, chosen_targets, data_faults, readable_formats
from app.jobs.estimates import expected
from app.jobs.holding import Holding
from app.jobs.kinds import Admission, NewJob, Outcome
from app.jobs.models import JobRequest
from app.jobs.tools import Tools
from app.jobs.work import Compiled
from app.kinds.generate.making import Making


class Generate:
    """The definition is compiled before the job is queued; what the job carries out is the plan."""

    name = "generate"

    async def admit(self, request: JobRequest, new: NewJob, tools: Tools) -> Admission:
        compiled = await self._compile(request, new, tools)
        formats = chosen_formats(request, compiled.output_file)
        formats = readable_formats(formats, request.sinks, tools.sinks)
        targets, unserved = chosen_targets(request, formats, compiled, tools.sinks)
        return Admission(
            name=compiled.name,
            seed=compiled.seed,
            rows=compiled.rows,
            formats=formats,
            targets=tuple(targets),
            estimated_bytes=expected(compiled.sizes, formats),
            warnings=(*compiled.warnings, *unserved),
        )

    async def run(
        self, request: JobRequest, holding: Holding, tools: Tools, threads: Executor
    ) -> Outcome:
        return await Making(holding, tools, threads).run(request)

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
