"""Between rows of the store, which hold plain JSON data, and the values of `app.jobs.models`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Literal

from app.engine.errors import Fault
from app.jobs.models import (
    Artifact,
    ArtifactKey,
    Delivery,
    Document,
    Job,
    JobError,
    JobEvent,
    JobRequest,
    JobResult,
    Progress,
    ResultArtifact,
    ResultFile,
    ResultTable,
    Stage,
)
from app.store.job_status import JobStatus
from app.store.tables.job_tables import ArtifactRow, JobEventRow, JobRow

Data = dict[str, Any]
# Fields of a request that are stored under another name.
_STORED = {"inline_credentials": "entrusted"}


def job_of(row: JobRow, document: Document | None = None) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        name=row.name,
        status=JobStatus(row.status),
        seed=row.seed,
        formats=tuple(row.formats),
        document=document,
        progress=progress_of(row),
        timeline=tuple(_stage_of(stage) for stage in row.timeline),
        warnings=faults_of(row.warnings),
        error=None if row.error is None else _error_of(row.error),
        result=None if row.result is None else _result_of(row.result),
        deliveries=tuple(Delivery(**delivery) for delivery in row.deliveries),
        created_at=row.created_at,
        updated_at=row.updated_at,
        finished_at=row.finished_at,
        cancel_requested=row.cancel_requested,
        sequence=row.sequence,
    )


def progress_of(row: JobRow) -> Progress | None:
    return None if row.stage is None else Progress(row.stage, row.done, row.total)


def event_data(row: JobRow) -> Data:
    """The data of an event: the state after the change."""
    progress = progress_of(row)
    return {
        "status": row.status,
        "progress": None if progress is None else asdict(progress),
        "at": row.updated_at.isoformat(),
    }


def event_of(row: JobEventRow) -> JobEvent:
    kind: Literal["status", "progress"] = "status" if row.kind == "status" else "progress"
    return JobEvent(row.job_id, row.sequence, kind, row.data)


def request_data(request: JobRequest) -> Data:
    """A request as plain data; `request_of` reads it back."""
    data = {_STORED.get(name, name): getattr(request, name) for name in request.__slots__}
    data["sinks"] = [dict(sink) for sink in request.sinks]
    lists = {"formats": list(request.formats), "entrusted": list(request.inline_credentials)}
    return {**data, **lists}


def request_of(data: Mapping[str, Any]) -> JobRequest:
    return JobRequest(
        **{
            **{name: value for name, value in data.items() if name != "entrusted"},
            "formats": tuple(data["formats"]),
            "sinks": tuple(data["sinks"]),
            "inline_credentials": tuple(data.get("entrusted", ())),
        }
    )


def fault_data(faults: tuple[Fault, ...]) -> list[Data]:
    return [asdict(fault) for fault in faults]


def faults_of(data: list[Data]) -> tuple[Fault, ...]:
    return tuple(Fault(**fault) for fault in data)


def error_data(error: JobError) -> Data:
    return asdict(error)


def _error_of(data: Data) -> JobError:
    return JobError(data["title"], data["detail"], faults_of(data["faults"]))


def stage_data(stage: Stage) -> Data:
    finished = stage.finished_at
    return {
        "stage": stage.stage,
        "started_at": stage.started_at.isoformat(),
        "finished_at": None if finished is None else finished.isoformat(),
    }


def _stage_of(data: Data) -> Stage:
    finished = data["finished_at"]
    return Stage(
        data["stage"],
        datetime.fromisoformat(data["started_at"]),
        None if finished is None else datetime.fromisoformat(finished),
    )


def result_data(result: JobResult) -> Data:
    return asdict(result)


def _result_of(data: Data) -> JobResult:
    tables = tuple(
        ResultTable(
            table["name"], table["rows"], tuple(ResultFile(**file) for file in table["files"])
        )
        for table in data["tables"]
    )
    measured = tuple(data["facts"]), data["verification"]
    artifacts = tuple(ResultArtifact(**made) for made in data.get("artifacts", ()))
    return JobResult(tables, *measured, data.get("details"), artifacts)


def artifact_of(row: ArtifactRow) -> Artifact:
    key = ArtifactKey(row.name, row.table_name, row.format)
    return Artifact(key, row.path, row.media_type, row.bytes, row.sha256)


def artifact_row(job_id: str, made: Artifact) -> ArtifactRow:
    return ArtifactRow(
        job_id=job_id,
        name=made.key.name,
        table_name=made.key.table,
        format=made.key.format,
        media_type=made.media_type,
        path=made.path,
        bytes=made.bytes,
        sha256=made.sha256,
    )


def reopened(row: JobRow, place: int) -> list[Data]:
    """A job's deliveries with one of them yet to be done."""
    deliveries = job_of(row).deliveries
    again = replace(deliveries[place], status="pending", attempts=0, receipt=None, error=None)
    return delivery_data((*deliveries[:place], again, *deliveries[place + 1 :]))


def delivery_data(deliveries: tuple[Delivery, ...]) -> list[Data]:
    return [asdict(delivery) for delivery in deliveries]
