"""Jobs of kind `evaluate`: a synthetic table is judged by a real one, and a report says how."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor, Executor
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from app.engine.errors import DefinitionError, Fault, GenerationError
from app.engine.reports.limits import ReportLimits
from app.engine.reports.writing import writable_formats
from app.jobs.artifacts.outcomes import finished
from app.jobs.kinds import Admission, JobOutcome, NewJob, Render
from app.jobs.models import ArtifactKey, Document, JobRequest, JobResult
from app.jobs.queue.lease import JobLease
from app.jobs.requests import JobEnvelope
from app.jobs.service_context import ServiceContext
from app.jobs.validation import data_faults
from app.kinds.evaluate.request import EvaluateRequest
from app.kinds.evaluate.steps import EvaluationOrder, weights_of, write_reports
from app.kinds.evaluate.tables import NamedTables
from app.kinds.processes import in_process
from app.kinds.reports import JUDGED, need_report
from app.kinds.train.admission import ROWS_A_CELL
from app.store.private import make_private
from app.store.tables.job_tables import JobRow
from app.workers.answers import Rendered
from app.workers.worker_tasks import COLUMNS_OF_A_ROW

PAIR_BYTES, COLUMN_BYTES = 200_000, 1_000
REVEALS = ("figures about the rows of the source that `real` names",)


class EvaluationFigure(BaseModel):
    """One figure beside what is possible."""

    name: str = Field(examples=["two_sample_auc"])
    value: float | None
    low: float | None = Field(description="Of the interval of the value, 95 of 100.")
    high: float | None
    ceiling: float | None = Field(description="The same of real rows.")
    floor: float | None = Field(description="The same of independent columns.")


class EvaluationResult(BaseModel):
    """What a report says first."""

    figures: list[EvaluationFigure]


class Evaluate:
    """Tables are looked up when the job is asked for, and once more when it is carried out."""

    name = "evaluate"
    request = EvaluateRequest
    details = EvaluationResult
    artifacts = (JUDGED,)

    async def read(
        self, asked: JobEnvelope, tenant: str, context: ServiceContext
    ) -> tuple[JobRequest, bytes | None]:
        assert isinstance(asked, EvaluateRequest)
        return asked.request(), None

    async def admit(self, request: JobRequest, new: NewJob, context: ServiceContext) -> Admission:
        if faults := data_faults(request):
            raise DefinitionError(faults)
        document = request.document
        tables = NamedTables(context, new.tenant)
        profile = await _only_table(tables, document["real"])
        await _check(tables, document, profile)
        source = await context.sources.of(new.tenant).get(document["real"])
        cells = profile["rows"] * len(profile["columns"])
        return Admission(
            name=f"{source.name} evaluation"[:100],
            seed=request.seed,
            rows=max(1, cells // COLUMNS_OF_A_ROW),
            cost=cells * ROWS_A_CELL,
            targets=tuple(request.sinks),
            estimated_bytes=PAIR_BYTES + COLUMN_BYTES * len(profile["columns"]),
            reveals=REVEALS,
            evaluates=_real_sources(document),
        )

    async def run(
        self, request: JobRequest, lease: JobLease, context: ServiceContext, threads: Executor
    ) -> JobOutcome:
        folder = context.files.folder(lease.row.id)
        data = folder.data(lease.row.fencing_token)
        for each in (folder.parts, data):
            await asyncio.to_thread(make_private, each)
        async with lease.stage("load"):
            order = await _order(request, lease.row, context, folder.parts)
        async with lease.stage("report"):
            figures = await _written(order, lease, context, data, folder.parts / "work")
            made = [
                await asyncio.to_thread(finished, folder, JUDGED, data / f"report.{form}")
                for form in writable_formats()
            ]
            await context.artifacts.put(lease.row.id, [each.path for each in made])
        details = EvaluationResult(
            figures=[EvaluationFigure.model_validate(each) for each in figures]
        )
        return JobOutcome(JobResult(()), made, details)

    async def artifact(
        self, request: JobRequest, job: JobRow, key: ArtifactKey, context: ServiceContext
    ) -> Render | None:
        """All are made with the job; one that is not there wants an extra."""
        need_report(key)
        return None

    async def explain(
        self, request: JobRequest, job: JobRow, context: ServiceContext
    ) -> Rendered | None:
        return None


def _real_sources(document: Document) -> tuple[str, ...]:
    """Those whose rows synthetic ones are measured beside, each once."""
    named = (document[role] for role in ("real", "holdout") if role in document)
    return tuple(dict.fromkeys(named))


async def _only_table(tables: NamedTables, source_id: str) -> dict[str, Any]:
    """The profile of the one table of the real source. Raises DefinitionError."""
    profile = await tables.profile(source_id, "real")
    found: list[dict[str, Any]] = (await asyncio.to_thread(json.loads, profile))["tables"]
    if len(found) != 1:
        message = f"holds {len(found)} tables: one is judged at a time"
        raise DefinitionError([Fault("real", message)])
    return found[0]


async def _check(tables: NamedTables, document: Document, real: dict[str, Any]) -> None:
    """Raises DefinitionError with all that is wrong beside the real table."""
    faults: list[Fault] = []
    try:
        await tables.check_synthetic(document["synthetic"])
    except DefinitionError as error:
        faults += error.faults
    if "holdout" in document:
        try:
            await tables.profile(document["holdout"], "holdout")
        except DefinitionError as error:
            faults += error.faults
    names = [each["name"] for each in real["columns"]]
    if (target := document.get("target")) is not None and target not in names:
        message = f"the real table has no column {target!r}"
        faults.append(Fault("target", message, f"one of {', '.join(names[:20])}"))
    if faults:
        raise DefinitionError(faults)


async def _order(
    request: JobRequest, row: JobRow, context: ServiceContext, folder: Path
) -> EvaluationOrder:
    tables, document = NamedTables(context, row.tenant), request.document
    holdout = document.get("holdout")
    return EvaluationOrder(
        await tables.source(document["real"]),
        await tables.synthetic(document["synthetic"], folder),
        None if holdout is None else await tables.source(holdout),
        document.get("target"),
        row.seed or 0,
        _limits(document.get("limits", {})),
        await tables.known(document),
        weights_of(document.get("weights", {})),
        document.get("protected"),
    )


def _limits(asked: Mapping[str, int]) -> ReportLimits:
    return ReportLimits(**asked)


async def _written(
    order: EvaluationOrder, lease: JobLease, context: ServiceContext, out: Path, work: Path
) -> list[dict[str, Any]]:
    """The figures of reports that are written. Raises the engine's errors, Cancelled."""
    limits = context.limits_of(lease.row.cost)
    for left in reversed(range(context.settings.max_attempts)):
        try:
            return await in_process(lease, limits, write_reports, order, out, work)
        except BrokenExecutor:
            if not left:
                break
    raise GenerationError("the process that judged was killed; less memory may help")


KIND = Evaluate()
