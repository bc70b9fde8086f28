"""The bodies of answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, SkipValidation
from typing_extensions import TypeAliasType

from app.api.models.kind_names import JobKindName
from app.api.models.plain_json import Document, Receipt, Record
from app.definitions.definitions import StoredDefinition
from app.engine.conformance import FactCounts
from app.engine.errors import Fault
from app.engine.evaluation.documents import MeasuredFact, VerificationDocument
from app.engine.profiling.documents import ColumnSummary, DeclaredDensity, TargetFigures
from app.jobs.models import (
    Delivery,
    DeliveryStatus,
    Job,
    JobError,
    JobResult,
    ResultArtifact,
    ResultTable,
    StageName,
)
from app.store.job_status import JobStatus


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class FaultBody(Answer):
    """One problem of the input: where it is, what is wrong, what would be right."""

    path: str = Field(examples=["schema.features.Tenure.buckets[1].std"])
    line: int | None = Field(description="Line of the YAML text, from 1; null for JSON.")
    message: str
    hint: str | None


class ProblemBody(Answer):
    """A problem document (RFC 9457)."""

    type: str = Field(description="Address of a page that explains this kind of problem.")
    title: str
    status: int
    detail: str
    errors: list[FaultBody] | None = Field(None, description="Every fault of the input at once.")


class ColumnBody(Answer):
    table: str
    name: str
    type: str


class ValidBody(Answer):
    """A definition without faults."""

    valid: Literal[True] = True
    name: str
    warnings: list[FaultBody]
    columns: list[ColumnBody]


class SpellingsBody(Answer):
    """A definition in both of its spellings."""

    document: Document = Field(description="As plain JSON data.")
    yaml: str


class SqlBody(Answer):
    """A definition as SQL."""

    dialect: str
    create: str = Field(description="Makes the tables, parents before their children.")
    load: str | None = Field(
        description="Loads the tables' CSV files by the database's own client; null where there "
        "is no such script."
    )
    notes: list[str] = Field(description="What the definition promises and no SQL here says.")


class ImportedColumnBody(Answer):
    """A column of a first definition, for review."""

    column: str
    table: str = Field(description="Empty where there is only one.")
    line: int | None = Field(description="Of the script.")
    read: str = Field(description="What the file or script says of it.")
    assumed: str = Field(description="What nothing there says; empty where nothing was assumed.")


class LeftOutBody(Answer):
    """Something that the definition does not say."""

    line: int | None = Field(description="Of the script, where it stands or first stands.")
    table: str = Field(description="Empty where it is of no table.")
    text: str


class ImportedBody(SpellingsBody):
    """A first definition of tables that are there already."""

    columns: list[ImportedColumnBody]
    left_out: list[LeftOutBody]


TableSummary = TypeAliasType(
    "TableSummary",
    Annotated[dict[str, ColumnSummary], Field(description="What each column looks like.")],
)
PreviewSummary = TypeAliasType(
    "PreviewSummary",
    Annotated[dict[str, TableSummary], Field(description="What columns look like, by table.")],
)


TableDensities = TypeAliasType(
    "TableDensities",
    Annotated[
        dict[str, DeclaredDensity],
        Field(description="The density of each column of numbers that declares one."),
    ],
)
PreviewDensities = TypeAliasType(
    "PreviewDensities",
    Annotated[dict[str, TableDensities], Field(description="Declared densities, by table.")],
)
TableTargets = TypeAliasType(
    "TableTargets",
    Annotated[
        dict[str, TargetFigures], Field(description="The target by each column that has bars.")
    ],
)
PreviewTargets = TypeAliasType(
    "PreviewTargets",
    Annotated[
        dict[str, TableTargets],
        Field(description="The target by columns in these rows, by table with a target."),
    ],
)


class PreviewBody(Answer):
    """First rows; the same that a job with this seed begins with."""

    name: str
    seed: int
    warnings: list[FaultBody]
    tables: dict[str, list[Record]] = Field(description="Records by table.")
    summary: PreviewSummary | None = Field(None, description="Where it is asked for.")
    densities: PreviewDensities | None = Field(None, description="With `plots`.")
    targets: PreviewTargets | None = Field(None, description="With `plots`.")


class ProgressBody(Answer):
    stage: str
    done: int = Field(description="Rows done in this stage.")
    total: int


class StageBody(Answer):
    stage: StageName
    started_at: datetime
    finished_at: datetime | None


class FileBody(Answer):
    format: str
    bytes: int
    sha256: str
    href: str


class TableBody(Answer):
    name: str
    rows: int
    files: list[FileBody]


class ArtifactBody(Answer):
    """A file that a job has made besides tables."""

    name: str = Field(examples=["report"])
    table: str | None = Field(description="The table that it is about, if it is about one.")
    format: str
    media_type: str
    bytes: int
    sha256: str
    href: str


Verified = Annotated[VerificationDocument, Field(discriminator="task")]


class ResultBody(Answer):
    """What a job made. Measured values stand here as they were stored and signed."""

    tables: list[TableBody]
    facts: SkipValidation[list[MeasuredFact]]
    verification: SkipValidation[Verified | None]
    artifacts: list[ArtifactBody]


class DetailedResultBody(ResultBody):
    """What a job made that has more to say than files and facts."""

    details: dict[str, Any] = Field(description="What only jobs of this kind have to say.")


class DeliveryBody(Answer):
    kind: str
    status: DeliveryStatus
    attempts: int
    receipt: Receipt | None
    error: str | None


class JobErrorBody(Answer):
    title: str
    detail: str
    errors: list[FaultBody]


class JobBody(Answer):
    """A job as it is now."""

    id: str
    kind: JobKindName
    name: str
    status: JobStatus
    progress: ProgressBody | None
    timeline: list[StageBody]
    seed: int | None = Field(
        description="The seed in force, drawn where none was given; null where the kind uses none."
    )
    formats: list[str]
    definition: Document | None = Field(
        None, serialization_alias="schema", description="As sent; lists leave it out."
    )
    warnings: list[FaultBody]
    error: JobErrorBody | None
    facts: FactCounts | None = Field(description="null until the finished files are measured.")
    result: SerializeAsAny[ResultBody] | None
    deliveries: list[DeliveryBody]
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    links: dict[str, str]


class EventBody(Answer):
    """A change of a job, the `data` of an event."""

    model_config = ConfigDict(extra="allow")

    status: JobStatus
    progress: ProgressBody | None
    at: datetime


class JobPageBody(Answer):
    """A page of jobs, newest first, without their definitions."""

    items: list[JobBody]
    next_cursor: str | None = Field(description="Cursor of the next page; null on the last one.")


class SchemaBody(Answer):
    """One version of a stored definition."""

    name: str
    version: int = Field(description="Counted from 1.")
    created_at: datetime
    definition: Document | None = Field(
        None, serialization_alias="schema", description="As stored; lists leave it out."
    )
    links: dict[str, str]


class SchemaPageBody(Answer):
    """A page of stored definitions by name, each in its latest version."""

    items: list[SchemaBody]
    next_cursor: str | None


class ReadyBody(Answer):
    """The service can do its work; what was looked at."""

    ready: Literal[True] = True
    checks: dict[str, bool] = Field(description="`database`, `pool`, `disk`.")


class AliveBody(Answer):
    alive: Literal[True] = True


def job_body(job: Job, root: str = "", *, reported: bool = True) -> JobBody:
    """A job as its answer.

    Args:
        root: the path prefix that a proxy takes off.
        reported: whether finished jobs of its kind have a report.
    """
    address = job_address(job.id, root)
    return JobBody(
        id=job.id,
        kind=job.kind,
        name=job.name,
        status=job.status,
        progress=ProgressBody.model_validate(job.progress) if job.progress else None,
        timeline=[StageBody.model_validate(stage) for stage in job.timeline],
        seed=job.seed,
        formats=list(job.formats),
        definition=None if job.document is None else dict(job.document),
        warnings=_faults(job.warnings),
        error=_job_error(job.error),
        facts=job.facts,
        result=_result(job.result, address),
        deliveries=[_delivery(delivery) for delivery in job.deliveries],
        created_at=job.created_at,
        updated_at=job.updated_at,
        finished_at=job.finished_at,
        links=_links(job, address, reported=reported),
    )


def schema_body(stored: StoredDefinition, root: str = "", *, listed: bool = False) -> SchemaBody:
    """A stored definition as its answer; in a list without the definition itself."""
    address = schema_address(stored.name, root)
    return SchemaBody(
        name=stored.name,
        version=stored.version,
        created_at=stored.created_at,
        definition=None if listed else dict(stored.document),
        links={"self": address, "version": f"{address}?version={stored.version}"},
    )


def job_address(job_id: str, root: str = "") -> str:
    return f"{root}/v1/jobs/{quote(job_id, safe='')}"


def schema_address(name: str, root: str = "") -> str:
    return f"{root}/v1/schemas/{quote(name, safe='')}"


def _faults(faults: tuple[Fault, ...]) -> list[FaultBody]:
    return [FaultBody.model_validate(fault) for fault in faults]


def _job_error(error: JobError | None) -> JobErrorBody | None:
    if error is None:
        return None
    return JobErrorBody(title=error.title, detail=error.detail, errors=_faults(error.faults))


def _delivery(delivery: Delivery) -> DeliveryBody:
    """`target` stays inside: it says how a sink is reached, and that may be a secret."""
    return DeliveryBody(
        kind=delivery.kind,
        status=delivery.status,
        attempts=delivery.attempts,
        receipt=_plain(delivery.receipt),
        error=delivery.error,
    )


def _result(result: JobResult | None, address: str) -> ResultBody | None:
    if result is None:
        return None
    shared = ResultBody(
        tables=[_table(table, address) for table in result.tables],
        facts=list(result.facts),
        verification=result.verification,
        artifacts=[_artifact(made, address) for made in result.artifacts],
    )
    if result.details is None:
        return shared
    return DetailedResultBody(**shared.__dict__, details=dict(result.details))


def _table(table: ResultTable, address: str) -> TableBody:
    files = [
        FileBody(
            format=file.format,
            bytes=file.bytes,
            sha256=file.sha256,
            href=f"{address}/result?{urlencode({'format': file.format, 'table': table.name})}",
        )
        for file in table.files
    ]
    return TableBody(name=table.name, rows=table.rows, files=files)


def _artifact(made: ResultArtifact, address: str) -> ArtifactBody:
    chosen = {"format": made.format, "table": made.table}
    query = urlencode({key: value for key, value in chosen.items() if value})
    return ArtifactBody(
        name=made.name,
        table=made.table or None,
        format=made.format,
        media_type=made.media_type,
        bytes=made.bytes,
        sha256=made.sha256,
        href=f"{address}/artifacts/{made.name}?{query}",
    )


def _plain(mapping: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if mapping is None else dict(mapping)


def _links(job: Job, address: str, *, reported: bool) -> dict[str, str]:
    links = {"self": address, "events": f"{address}/events", "rules": f"{address}/rules"}
    if job.status is JobStatus.SUCCEEDED:
        if job.result is None or job.result.tables:
            links["result"] = f"{address}/result"
        if job.result and reported:
            links["report"] = f"{address}/report"
        links["manifest"] = f"{address}/manifest"
    if not job.ended:
        links["cancel"] = f"{address}/cancel"
    links["rerun"] = f"{address}/rerun"
    return links
