"""Jobs of kind `evaluate`: synthetic tables are judged by real ones, and a report says how."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from app.engine.errors import DefinitionError, Fault, GenerationError
from app.engine.evaluation.documents import JudgedKey
from app.engine.evaluation.keys_between import declared_keys
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
from app.kinds.evaluate.steps import (
    EvaluationOrder,
    WrittenReports,
    weights_of,
    write_reports,
)
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


class EvaluatedTable(BaseModel):
    """One of several tables."""

    name: str
    figures: list[EvaluationFigure]


class EvaluationResult(BaseModel):
    """What a report says first."""

    figures: list[EvaluationFigure] = Field(description="Of one table; empty of several.")
    tables: list[EvaluatedTable] = Field([], description="Each of several tables.")
    keys: list[JudgedKey] = Field([], description="Between several tables.")

    @classmethod
    def of(cls, written: WrittenReports) -> EvaluationResult:
        """What the reports of a job say."""
        tables = [{"name": name, "figures": each} for name, each in written.tables.items()]
        said = {"figures": written.figures, "tables": tables, "keys": written.keys}
        return cls.model_validate(said)


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
        profiles = await _real_tables(tables, document["real"])
        await _check(tables, document, profiles)
        source = await context.sources.of(new.tenant).get(document["real"])
        cells = sum(each["rows"] * len(each["columns"]) for each in profiles)
        columns = sum(len(each["columns"]) for each in profiles)
        return Admission(
            name=f"{source.name} evaluation"[:100],
            seed=request.seed,
            rows=max(1, cells // COLUMNS_OF_A_ROW),
            cost=cells * ROWS_A_CELL,
            targets=tuple(request.sinks),
            estimated_bytes=PAIR_BYTES * len(profiles) + COLUMN_BYTES * columns,
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
            written = await _written(order, lease, context, data, folder.parts / "work")
            made = [
                await asyncio.to_thread(finished, folder, JUDGED, data / f"report.{form}")
                for form in writable_formats()
                if form in written.formats
            ]
            await context.artifacts.put(lease.row.id, [each.path for each in made])
        return JobOutcome(JobResult(()), made, EvaluationResult.of(written))

    async def artifact(
        self, request: JobRequest, job: JobRow, key: ArtifactKey, context: ServiceContext
    ) -> Render | None:
        """All are made with the job; one that is not there wants an extra, or is of one table."""
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


async def _real_tables(tables: NamedTables, source_id: str) -> list[dict[str, Any]]:
    """The profiles of the tables of the real source. Raises DefinitionError."""
    profile = await tables.profile(source_id, "real")
    found: list[dict[str, Any]] = (await asyncio.to_thread(json.loads, profile))["tables"]
    return found


async def _check(tables: NamedTables, document: Document, real: list[dict[str, Any]]) -> None:
    """Raises DefinitionError with all that is wrong beside the real tables."""
    columns = {each["name"]: [own["name"] for own in each["columns"]] for each in real}
    faults = [*_target_faults(document.get("target"), columns), *_key_faults(document, columns)]
    try:
        await tables.check_synthetic(document["synthetic"], several=len(real) > 1)
    except DefinitionError as error:
        faults += error.faults
    if "holdout" in document:
        try:
            await tables.profile(document["holdout"], "holdout")
        except DefinitionError as error:
            faults += error.faults
    if faults:
        raise DefinitionError(faults)


def _target_faults(target: str | None, columns: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    """Of what names no column, by table."""
    if target is None:
        return
    if len(columns) > 1:
        table, _, column = target.partition(".")
        if column not in columns.get(table, ()):
            message = f"the real tables have no column {target!r}"
            yield Fault("target", message, "`table.column`")
        return
    names = next(iter(columns.values()), ())
    if target not in names:
        message = f"the real table has no column {target!r}"
        yield Fault("target", message, f"one of {', '.join(names[:20])}")


def _key_faults(document: Document, columns: Mapping[str, Sequence[str]]) -> Sequence[Fault]:
    if document.get("protected") is not None and len(columns) > 1:
        return (Fault("protected", "is a column of one table, and `real` has several"),)
    if document.get("keys") is None:
        return ()
    if len(columns) < 2:
        return (Fault("keys", "lie between several tables, and `real` has one", "leave them out"),)
    try:
        declared_keys(document["keys"], columns)
    except DefinitionError as error:
        return error.faults
    return ()


async def _order(
    request: JobRequest, row: JobRow, context: ServiceContext, folder: Path
) -> EvaluationOrder:
    tables, document = NamedTables(context, row.tenant), request.document
    holdout = document.get("holdout")
    several = len(await _real_tables(tables, document["real"])) > 1
    return EvaluationOrder(
        await tables.source(document["real"]),
        await tables.synthetic(document["synthetic"], folder, several=several),
        None if holdout is None else await tables.source(holdout),
        document.get("target"),
        row.seed or 0,
        _limits(document.get("limits", {})),
        await tables.known(document),
        weights_of(document.get("weights", {})),
        document.get("protected"),
        several,
        document.get("keys"),
    )


def _limits(asked: Mapping[str, int]) -> ReportLimits:
    return ReportLimits(**asked)


async def _written(
    order: EvaluationOrder, lease: JobLease, context: ServiceContext, out: Path, work: Path
) -> WrittenReports:
    """What the reports say that are written. Raises the engine's errors, Cancelled."""
    limits = context.limits_of(lease.row.cost)
    for left in reversed(range(context.settings.max_attempts)):
        try:
            return await in_process(lease, limits, write_reports, order, out, work)
        except BrokenExecutor:
            if not left:
                break
    raise GenerationError("the process that judged was killed; less memory may help")


KIND = Evaluate()
