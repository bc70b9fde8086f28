"""Making a job's files: the plan is read, run, and what came out is looked at."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import replace
from pathlib import Path

import structlog

from app.engine.errors import Cancelled, Fault, TablesmithError
from app.engine.execution.results import Generated, Progress
from app.engine.execution.run import run_generation
from app.engine.formats import FORMATS, FormatOptions
from app.engine.manifest import ManifestError
from app.engine.plan.plan import Plan
from app.jobs.artifacts.manifests import MANIFESTS, key_folder, sign_result
from app.jobs.artifacts.outcomes import finished
from app.jobs.kinds import JobOutcome
from app.jobs.mappers import fault_data
from app.jobs.models import (
    TABLE,
    Artifact,
    ArtifactKey,
    JobRequest,
    JobResult,
    ResultFile,
    ResultTable,
)
from app.jobs.queue.lease import JobLease
from app.jobs.service_context import ServiceContext
from app.jobs.validation import formats_for_sinks
from app.kinds.generate.plans import read_plan
from app.kinds.processes import in_process
from app.store.blobs.local import JobFolder
from app.store.private import make_private
from app.workers.worker_tasks import Measured

PlanAgain = Callable[[], Awaitable[Plan]]

log = structlog.get_logger(__name__)


class Making:
    """The stages load, prepare, generate and report of a held job.

    Args:
        plan_again: makes the plan where the stored one cannot be read.
    """

    def __init__(
        self,
        lease: JobLease,
        context: ServiceContext,
        threads: Executor,
        plan_again: PlanAgain,
    ) -> None:
        self._plan_again = plan_again
        self._row = lease.row
        self._lease = lease
        self._context = context
        self._threads = threads
        self._folder: JobFolder = context.files.folder(lease.row.id)
        self._data: Path = self._folder.data(lease.row.fencing_token)

    async def run(self, request: JobRequest) -> JobOutcome:
        """Make every file that was asked for. Raises the engine's errors."""
        return await self.make(await self._plan(), request)

    async def make(self, plan: Plan, request: JobRequest) -> JobOutcome:
        """The stages generate and report. Raises the engine's errors."""
        generated = await self._generate(plan, request)
        rows = _rows(plan)
        async with self._lease.stage("report", rows, rows):
            result = await self._report(plan, generated, request)
            manifest = await self._sign(generated, request, result)
            artifacts = [*self._tables(generated), *manifest]
            kept = self._context.artifacts.put(self._row.id, [made.path for made in artifacts])
            await self._lease.unless_interrupted(kept)
        self._context.metrics.generated(result.rows)
        return JobOutcome(result, artifacts)

    async def _plan(self) -> Plan:
        async with self._lease.stage("load"):
            plan = await read_plan(self._context, self._folder)
        async with self._lease.stage("prepare"):
            if plan is not None:
                return plan
            return await self._lease.unless_interrupted(self._plan_again())

    async def _generate(self, plan: Plan, request: JobRequest) -> Generated:
        run = functools.partial(
            run_generation,
            plan,
            self._data,
            self._row.formats,
            workers=self._context.settings.workers,
            options=FormatOptions.of(request.options),
            cancel=self._lease.cancel_token,
            limits=self._context.limits_of(self._row.cost),
            parts=self._folder.parts,
            executor=self._context.settings.executor,
            most_deaths=self._context.settings.max_attempts,
        )
        async with self._lease.stage("generate", _rows(plan), counted=True) as progress:
            await asyncio.to_thread(make_private, self._data)
            noted = functools.partial(run, progress=functools.partial(_note, progress.note))
            return await asyncio.get_running_loop().run_in_executor(self._threads, noted)

    async def _report(self, plan: Plan, generated: Generated, request: JobRequest) -> JobResult:
        tables = tuple(
            ResultTable(
                table.name,
                table.rows,
                tuple(ResultFile(file.format, file.bytes, file.sha256) for file in table.files),
            )
            for table in generated.tables
        )
        measured = await self._measure(plan, generated, request)
        return JobResult(tables, measured.facts, measured.verification)

    async def _sign(
        self, generated: Generated, request: JobRequest, result: JobResult
    ) -> list[Artifact]:
        """Write the signed manifest; none, and a warning, where the installation's key cannot be
        used."""
        keys = key_folder(self._context.settings)
        added = formats_for_sinks(request, self._row.formats)
        asked = _without(generated, added)
        arguments = (self._data, keys, self._row, request.document, asked, result)
        try:
            parts = await asyncio.to_thread(sign_result, *arguments)
        except ManifestError as error:
            log.warning("result not signed", error=str(error))
            await self._warn(Fault("manifest", "could not be signed with this installation's key"))
            return []
        return [finished(self._folder, MANIFESTS, part) for part in parts]

    async def _measure(self, plan: Plan, generated: Generated, request: JobRequest) -> Measured:
        """What the files hold; nothing, and a warning, where they could not be looked into: the
        data is made and its owner should have it."""
        call = functools.partial(
            self._context.measure,
            options=FormatOptions.of(request.options),
            verify=request.verify,
        )
        # A process that is killed says nothing about the data.
        for left in reversed(range(self._context.settings.max_attempts)):
            try:
                limits = self._context.limits_of(self._row.cost)
                return await in_process(self._lease, limits, call, plan, generated)
            except Cancelled:
                raise
            except (TablesmithError, BrokenExecutor) as error:
                log.warning("result not measured", error=str(error), exc_info=True)
                if not left or not isinstance(error, BrokenExecutor):
                    await self._warn(Fault("facts", f"could not be measured: {error}"))
                    break
        return Measured()

    async def _warn(self, warning: Fault) -> None:
        await self._lease.write({"warnings": [*self._row.warnings, *fault_data((warning,))]})

    def _tables(self, generated: Generated) -> list[Artifact]:
        return [
            Artifact(
                ArtifactKey(TABLE, table.name, file.format),
                self._folder.relative(file.path),
                FORMATS[file.format].media_type,
                file.bytes,
                file.sha256,
            )
            for table in generated.tables
            for file in table.files
        ]


def _note(note: Callable[[int, int, str], None], progress: Progress) -> None:
    """Joining files is a step of generating."""
    note(progress.done, progress.total, progress.stage)


def _rows(plan: Plan) -> int:
    return sum(table.rows for table in plan.tables)


def _without(generated: Generated, formats: frozenset[str]) -> Generated:
    """What was made, but for files in some formats."""
    return Generated(
        tuple(
            replace(table, files=tuple(file for file in table.files if file.format not in formats))
            for table in generated.tables
        )
    )
