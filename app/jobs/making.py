"""Making a job's files: the plan is read, run, and what came out is looked at."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass

import structlog

from app.engine.errors import Cancelled, Fault, TablesmithError
from app.engine.execution.formats import FormatOptions
from app.engine.execution.pool import start_pool
from app.engine.execution.results import Generated, Progress
from app.engine.execution.run import run_generation
from app.engine.manifest import ManifestError
from app.engine.plan.plan import Plan
from app.jobs.holding import Holding
from app.jobs.manifests import key_folder, sign_result
from app.jobs.models import JobRequest, JobResult, ResultFile, ResultTable
from app.jobs.plans import compile_again, read_plan
from app.jobs.records import fault_data
from app.jobs.tools import Tools
from app.jobs.work import Measured
from app.store.files import JobFolder
from app.store.rows import JobFileRow

PROGRESS_SECONDS = 0.3

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """The result and the rows of its files, to be stored together."""

    result: JobResult
    files: list[JobFileRow]


class Making:
    """The stages load, prepare, generate and report of a held job."""

    def __init__(self, holding: Holding, tools: Tools, threads: Executor) -> None:
        self._row = holding.row
        self._holding = holding
        self._tools = tools
        self._threads = threads
        self._folder: JobFolder = tools.files.folder(holding.row.id)
        self._latest: Progress | None = None

    async def run(self, request: JobRequest) -> Made:
        """Make every file that was asked for. Raises the engine's errors."""
        plan = await self._plan(request)
        generated = await self._generate(plan, request)
        async with self._holding.stage("report", _rows(plan), _rows(plan)):
            result = await self._report(generated, request)
        self._tools.metrics.generated(result.rows)
        return Made(result, self._file_rows(generated))

    async def _plan(self, request: JobRequest) -> Plan:
        async with self._holding.stage("load"):
            plan = await read_plan(self._folder)
        async with self._holding.stage("prepare"):
            if plan is not None:
                return plan
            again = compile_again(self._tools, self._folder, request, self._row.seed)
            return await self._holding.unless_interrupted(again)

    async def _generate(self, plan: Plan, request: JobRequest) -> Generated:
        run = functools.partial(
            run_generation,
            plan,
            self._folder.data,
            self._row.formats,
            workers=self._tools.settings.workers,
            options=FormatOptions(**request.options),
            progress=self._note,
            cancel=self._holding.token,
            limits=self._tools.worker_limits,
        )
        self._latest = Progress("generate", 0, _rows(plan))
        async with self._holding.stage("generate", _rows(plan)):
            await asyncio.to_thread(self._folder.data.mkdir, parents=True, exist_ok=True)
            telling = asyncio.create_task(self._tell_progress())
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, run)
            finally:
                telling.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await telling

    def _note(self, progress: Progress) -> None:
        """Remember the progress; called in the thread of the run."""
        self._latest = progress

    async def _tell_progress(self) -> None:
        """Write the progress from time to time; a job that gets on is given all its attempts."""
        told, best = self._latest, self._row.done
        while self._holding.interruption is None:
            await asyncio.sleep(PROGRESS_SECONDS)
            latest = self._latest
            if latest is None or latest == told:
                continue
            values = {"stage": latest.stage, "done": latest.done, "total": latest.total}
            with contextlib.suppress(Cancelled):  # the run itself hears of the interruption
                await self._holding.write(
                    {**values, "attempts": 0} if latest.done > best else values
                )
            told, best = latest, max(best, latest.done)

    async def _report(self, generated: Generated, request: JobRequest) -> JobResult:
        tables = tuple(
            ResultTable(
                table.name,
                table.rows,
                tuple(ResultFile(file.format, file.bytes, file.sha256) for file in table.files),
            )
            for table in generated.tables
        )
        measured = await self._measure(generated, request)
        result = JobResult(tables, measured.facts, measured.verification)
        await self._sign(generated, request, result)
        return result

    async def _sign(self, generated: Generated, request: JobRequest, result: JobResult) -> None:
        """Write the signed manifest; a warning where the installation's key cannot be used."""
        keys = key_folder(self._tools.settings)
        arguments = (self._folder, keys, self._row, request.document, generated, result)
        try:
            await asyncio.to_thread(sign_result, *arguments)
        except ManifestError as error:
            log.warning("result not signed", error=str(error))
            await self._warn(Fault("manifest", "could not be signed with this installation's key"))

    async def _measure(self, generated: Generated, request: JobRequest) -> Measured:
        """What the files hold; nothing, and a warning, where they could not be looked into: the
        data is made and its owner should have it."""
        call = functools.partial(
            self._tools.measure,
            escaped=bool(request.options.get("escape_formulas", False)),
            verify=request.verify,
        )
        pool = start_pool(1, self._tools.worker_limits)
        try:
            future = await asyncio.to_thread(pool.submit, call, self._folder.plan, generated)
            return await self._holding.unless_interrupted(asyncio.wrap_future(future))
        except Cancelled:
            raise
        except (TablesmithError, BrokenExecutor) as error:
            log.warning("result not measured", error=str(error), exc_info=True)
            await self._warn(Fault("facts", f"could not be measured: {error}"))
            return Measured()
        finally:
            await asyncio.to_thread(pool.kill)

    async def _warn(self, warning: Fault) -> None:
        await self._holding.write({"warnings": [*self._row.warnings, *fault_data((warning,))]})

    def _file_rows(self, generated: Generated) -> list[JobFileRow]:
        return [
            JobFileRow(
                job_id=self._row.id,
                format=file.format,
                table_name=table.name,
                path=self._folder.relative(file.path),
                bytes=file.bytes,
                sha256=file.sha256,
            )
            for table in generated.tables
            for file in table.files
        ]


def _rows(plan: Plan) -> int:
    return sum(table.rows for table in plan.tables)
