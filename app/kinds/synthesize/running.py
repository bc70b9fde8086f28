"""A job whose plan is made from real tables, under way."""

from __future__ import annotations

import asyncio
from concurrent.futures import BrokenExecutor
from pathlib import Path

from app.engine.errors import GenerationError, ModelError
from app.engine.plan.plan import Plan
from app.jobs.models import JobRequest
from app.jobs.queue.lease import JobLease
from app.jobs.service_context import ServiceContext
from app.kinds.generate.plans import read_plan
from app.kinds.processes import in_process
from app.kinds.stored_models import synthesizers_of
from app.kinds.synthesize.steps import RowsOrder, write_rows_plan
from app.kinds.train.running import TrainingRun
from app.privacy.entries import Use
from app.store.private import make_private

MODEL = "model.tsm"
WORK = "given"


class PlanningRun:
    """The stages of a held job that come before its rows are drawn: load and prepare, and where a
    source is learned first build and train, too."""

    def __init__(self, lease: JobLease, context: ServiceContext, request: JobRequest) -> None:
        self._lease = lease
        self._row = lease.row
        self._context = context
        self._request = request
        self._folder = context.files.folder(lease.row.id)

    async def plan(self) -> Plan:
        """The plan of the job's rows, as an earlier attempt made it where there was one.

        Raises the engine's errors, Cancelled, SourceNotFound, SynthesizerNotFound.
        """
        if (found := await read_plan(self._context, self._folder)) is not None:
            return found
        await asyncio.to_thread(make_private, self._folder.parts)
        if "source" in self._request.document:
            model = self._folder.parts / MODEL
            await TrainingRun(self._lease, self._context, self._request.document).learn(model)
            await self._write(model)
        else:
            async with self._lease.stage("load"):
                model = await self._stored_model()
            async with self._lease.stage("prepare"):
                await self._write(model)
        plan = await read_plan(self._context, self._folder)
        if plan is None:
            raise GenerationError("the plan could not be read back")
        return plan

    async def _stored_model(self) -> Path:
        synthesizers = synthesizers_of(self._context, self._row.tenant)
        try:
            return await synthesizers.file(self._request.document["synthesizer"])
        except FileNotFoundError:
            raise GenerationError("the file of the synthesizer is gone") from None

    async def _write(self, model: Path) -> None:
        order = await self._order(model)
        key, work = self._context.plan_key.value, self._folder.parts / WORK
        limits = self._context.limits_of(self._row.cost)
        for left in reversed(range(self._context.settings.max_attempts)):
            try:
                await in_process(
                    self._lease, limits, write_rows_plan, order, self._folder.plan, key, work
                )
                return
            except ModelError as error:
                raise GenerationError(f"the synthesizer cannot be read: {error}") from None
            except BrokenExecutor:
                if not left:
                    break
        raise GenerationError("the process that planned was killed; less memory may help")

    async def _order(self, model: Path) -> RowsOrder:
        document = self._request.document
        sources = self._context.sources.of(self._row.tenant)
        tables = {
            key: await sources.path(document[key], Use.COMPLETION)
            for key in ("given", "impute")
            if key in document
        }
        return RowsOrder(
            model,
            self._row.name,
            self._request.n_samples,
            self._row.seed or 0,
            tuple(self._row.formats),
            document.get("conditions"),
            document.get("shares"),
            draw=document.get("draw", False),
            copies=document.get("copies", 1),
            **tables,
        )
