"""Making a job's files: the plan is read, run, and what came out is looked at."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor
from pathlib import Path
from typing import Any, TypeVar

import structlog

from app.engine.errors import Cancelled, Fault, TablesmithError
from app.engine.execution.pool import start_pool
from app.engine.execution.results import Generated, Progress
from app.engine.execution.run import run_generation
from app.engine.files import hash_file
from app.engine.formats import FormatOptions
from app.engine.manifest import ManifestError
from app.engine.plan.plan import Plan
from app.jobs.artifacts.manifests import key_folder, sign_result
from app.jobs.kinds import JobOutcome
from app.jobs.models import JobRequest, JobResult, ResultFile, ResultTable
from app.jobs.queue.holding import Holding
from app.jobs.records import fault_data
from app.jobs.tools import Tools
from app.kinds.generate.plans import compile_again, read_plan
from app.sinks.base import MANIFEST
from app.store.database import DatabaseUnavailable
from app.store.files import JobFolder
from app.store.private import make_private
from app.store.rows import JobFileRow
from app.workers.work import Measured

T = TypeVar("T")

PROGRESS_SECONDS = 0.3

log = structlog.get_logger(__name__)


class Making:
    """The stages load, prepare, generate and report of a held job."""

    def __init__(self, holding: Holding, tools: Tools, threads: Executor) -> None:
        self._row = holding.row
        self._holding = holding
        self._tools = tools
        self._threads = threads
        self._folder: JobFolder = tools.files.folder(holding.row.id)
        self._data: Path = self._folder.data(holding.row.token)
        self._latest: Progress | None = None
        self._most_done = holding.row.most_done

    async def run(self, request: JobRequest) -> JobOutcome:
        """Make every file that was asked for. Raises the engine's errors."""
        plan = await self._plan(request)
        generated = await self._generate(plan, request)
        rows = _rows(plan)
        async with self._holding.stage("report", rows, rows, self._progress(rows)):
            result = await self._report(plan, generated, request)
            manifest = await self._sign(generated, request, result)
            files = [*self._file_rows(generated), *manifest]
            kept = self._tools.shelf.keep(self._row.id, [file.path for file in files])
            await self._holding.unless_interrupted(kept)
        self._tools.metrics.generated(result.rows)
        return JobOutcome(result, files)

    async def _plan(self, request: JobRequest) -> Plan:
        async with self._holding.stage("load"):
            plan = await read_plan(self._tools, self._folder)
        async with self._holding.stage("prepare"):
            if plan is not None:
                return plan
            again = compile_again(self._tools, self._folder, request, self._row.seed)
            return await self._holding.unless_interrupted(again)

    async def _generate(self, plan: Plan, request: JobRequest) -> Generated:
        run = functools.partial(
            run_generation,
            plan,
            self._data,
            self._row.formats,
            workers=self._tools.settings.workers,
            options=FormatOptions(**request.options),
            progress=self._note,
            cancel=self._holding.token,
            limits=self._tools.limits_of(self._row.cost),
            parts=self._folder.parts,
            executor=self._tools.settings.executor,
            most_deaths=self._tools.settings.max_attempts,
        )
        self._latest = Progress("generate", 0, _rows(plan))
        async with self._holding.stage("generate", _rows(plan)):
            await asyncio.to_thread(make_private, self._data)
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
        """Write the progress from time to time."""
        told = self._latest
        while self._holding.interruption is None:
            await asyncio.sleep(PROGRESS_SECONDS)
            latest = self._latest
            if latest is None or latest == told:
                continue
            values = {"stage": latest.stage, "done": latest.done, "total": latest.total}
            made = self._progress(latest.done) if latest.stage == "generate" else {}
            # The run itself hears of an interruption, and goes on while the database is away.
            with contextlib.suppress(Cancelled, DatabaseUnavailable):
                await self._holding.write({**values, **made})
            told = latest

    def _progress(self, rows: int) -> dict[str, int]:
        """What to write for so many rows; a job that gets on is given all its attempts again.

        Progress is more rows than were ever made: those that a new attempt finds do not count.
        """
        if rows <= self._most_done:
            return {}
        self._most_done = rows
        return {"most_done": rows, "attempts": 0}

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
    ) -> list[JobFileRow]:
        """Write the signed manifest; none, and a warning, where the installation's key cannot be
        used."""
        keys = key_folder(self._tools.settings)
        arguments = (self._data, keys, self._row, request.document, generated, result)
        try:
            parts = await asyncio.to_thread(sign_result, *arguments)
        except ManifestError as error:
            log.warning("result not signed", error=str(error))
            await self._warn(Fault("manifest", "could not be signed with this installation's key"))
            return []
        rows = []
        for name, path in parts.items():
            size, digest = await asyncio.to_thread(hash_file, path)
            rows.append(self._file_row(MANIFEST, name, path, size, digest))
        return rows

    async def _measure(self, plan: Plan, generated: Generated, request: JobRequest) -> Measured:
        """What the files hold; nothing, and a warning, where they could not be looked into: the
        data is made and its owner should have it."""
        call = functools.partial(
            self._tools.measure,
            escaped=bool(request.options.get("escape_formulas", False)),
            verify=request.verify,
        )
        # A process that is killed says nothing about the data.
        for left in reversed(range(self._tools.settings.max_attempts)):
            try:
                return await self._in_process(call, plan, generated)
            except Cancelled:
                raise
            except (TablesmithError, BrokenExecutor) as error:
                log.warning("result not measured", error=str(error), exc_info=True)
                if not left or not isinstance(error, BrokenExecutor):
                    await self._warn(Fault("facts", f"could not be measured: {error}"))
                    break
        return Measured()

    async def _in_process(self, call: Callable[..., T], *arguments: Any) -> T:
        """The result of a call in a process of its own, which ends with it."""
        pool = start_pool(1, self._tools.limits_of(self._row.cost))
        try:
            future = await asyncio.to_thread(pool.submit, call, *arguments)
            return await self._holding.unless_interrupted(asyncio.wrap_future(future))
        finally:
            await asyncio.to_thread(pool.kill)

    async def _warn(self, warning: Fault) -> None:
        await self._holding.write({"warnings": [*self._row.warnings, *fault_data((warning,))]})

    def _file_rows(self, generated: Generated) -> list[JobFileRow]:
        return [
            self._file_row(file.format, table.name, file.path, file.bytes, file.sha256)
            for table in generated.tables
            for file in table.files
        ]

    def _file_row(self, form: str, table: str, path: Path, size: int, digest: str) -> JobFileRow:
        return JobFileRow(
            job_id=self._row.id,
            format=form,
            table_name=table,
            path=self._folder.relative(path),
            bytes=size,
            sha256=digest,
        )


def _rows(plan: Plan) -> int:
    return sum(table.rows for table in plan.tables)
