"""Jobs as frozen values, and the one table of legal transitions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from app.engine.conformance import FactCounts, fact_counts
from app.engine.errors import Fault
from app.engine.evaluation.documents import MeasuredFact, VerificationDocument
from app.store.job_status import JobStatus

Document = Mapping[str, Any]
ReadPart = Callable[[int, int], AsyncIterator[bytes]]


# Back to queued: the runner stopped in good order and another one resumes the job.
# From failed to delivering: a delivery is tried again alone.
TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.CANCELLED}),
    JobStatus.RUNNING: frozenset(
        {
            JobStatus.QUEUED,
            JobStatus.DELIVERING,
            JobStatus.SUCCEEDED,
            JobStatus.FAILED,
            JobStatus.CANCELLED,
        }
    ),
    JobStatus.DELIVERING: frozenset(
        {
            JobStatus.QUEUED,
            JobStatus.RUNNING,
            JobStatus.SUCCEEDED,
            JobStatus.FAILED,
            JobStatus.CANCELLED,
        }
    ),
    JobStatus.SUCCEEDED: frozenset(),
    JobStatus.FAILED: frozenset({JobStatus.DELIVERING}),
    JobStatus.CANCELLED: frozenset(),
}

StageName = Literal["load", "prepare", "build", "train", "generate", "report", "deliver"]

# Names of artifacts that more than one kind of job has.
TABLE = "table"
ARCHIVE = "archive"
MANIFEST = "manifest"
REPORT = "report"


@dataclass(frozen=True, slots=True)
class Stage:
    """One entry of the timeline; `finished_at` is None while the stage runs."""

    stage: StageName
    started_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the present stage is, in rows or what else the kind of job counts there."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """What was asked for; plain data throughout.

    Args:
        kind: one of the kinds of job that the service has.
        document: what the job works from as plain JSON data: for `generate` the definition, as it
            was sent (any spelling).
        name: overrides the definition's name.
        n_samples: overrides the rows of the (root) table.
        seed: overrides the definition's seed; drawn where neither says one.
        formats: file formats; empty means that of `output_file`, else csv.
        sinks: where the files go, each `{"kind": …, …}`; with `credentials` until it is stored.
        inline_credentials: places of sinks whose credentials came with the request.
        options: of the file formats: `escape_formulas`, `on_row_limit`.
        time_limit: most seconds that the job may be worked on.
    """

    kind: str = "generate"
    document: Document
    name: str | None = None
    n_samples: int | None = None
    seed: int | None = None
    formats: tuple[str, ...] = ()
    sinks: tuple[Mapping[str, Any], ...] = ()
    webhook: Mapping[str, Any] | None = None
    verify: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    inline_credentials: tuple[int, ...] = ()
    time_limit: float | None = None


@dataclass(frozen=True, slots=True)
class ResultFile:
    format: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ResultTable:
    name: str
    rows: int
    files: tuple[ResultFile, ...]


@dataclass(frozen=True, slots=True)
class ArtifactKey:
    """Which file of a job is meant.

    Args:
        name: what it is: `table`, `report`, `model`, …
        table: the table that it holds or is about; empty where it is about none.
        format: of the file; empty where there is only one.
    """

    name: str
    table: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A finished file of a job; `path` is relative to the job's folder."""

    key: ArtifactKey
    path: str
    media_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ResultArtifact:
    """What a job has made besides tables, as `ResultFile` says it of these."""

    name: str
    table: str
    format: str
    media_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job has made and measured.

    Args:
        artifacts: what was made besides tables and the manifest.
        verification: None where none was asked for, or where there is no target.
        details: what only jobs of this kind have to say, as plain JSON data.
    """

    tables: tuple[ResultTable, ...]
    facts: tuple[MeasuredFact, ...] = ()
    verification: VerificationDocument | None = None
    details: Mapping[str, Any] | None = None
    artifacts: tuple[ResultArtifact, ...] = ()

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


DeliveryStatus = Literal["pending", "delivering", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One sink of a job; `target` is as asked for, `receipt` as the sink gave it."""

    kind: str
    target: Mapping[str, Any]
    status: DeliveryStatus = "pending"
    attempts: int = 0
    receipt: Mapping[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed, as data."""

    title: str
    detail: str
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it was when it was read.

    Args:
        document: the definition that was sent; None in lists, which leave it out.
        seed: the seed in force, drawn at submission where none was given; None where the kind of
            job uses none.
        warnings: of reading and compiling the definition, and of the service.
        sequence: number of the job's latest event, the `Last-Event-ID` of this state.
    """

    id: str
    kind: str
    name: str
    status: JobStatus
    seed: int | None
    formats: tuple[str, ...]
    document: Document | None
    progress: Progress | None
    timeline: tuple[Stage, ...]
    warnings: tuple[Fault, ...]
    error: JobError | None
    result: JobResult | None
    deliveries: tuple[Delivery, ...]
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    cancel_requested: bool
    sequence: int

    @property
    def ended(self) -> bool:
        return self.status.ended

    @property
    def facts(self) -> FactCounts | None:
        """How many declared facts the result does not hold; None where none were measured."""
        return None if self.result is None else fact_counts(self.result.facts)


@dataclass(frozen=True, slots=True)
class Submission:
    """A job that is queued.

    Args:
        created: False where an idempotency key found the job of an earlier submission.
        evaluates: the ids of sources that this submission counts an evaluation of.
    """

    job: Job
    created: bool
    evaluates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobEvent:
    """A change of a job. `data` is plain JSON: status, progress, at; numbers rise by 1 in a job."""

    job_id: str
    sequence: int
    kind: Literal["status", "progress"]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ResultDownload:
    """A finished file, ready to be streamed: from `path`, unless it is to be `read` from elsewhere
    by its first byte and number of bytes."""

    path: Path
    media_type: str
    sha256: str
    bytes: int
    filename: str
    read: ReadPart | None = None
