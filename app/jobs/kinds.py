"""What a kind of job is: how a request of it becomes a job, and how such a job is carried out.

The rest of the jobs' room knows no kind by name. It queues what a kind admits, holds the lease
while it runs, stores the artifacts that it makes, delivers and deletes them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.engine.errors import Fault
from app.engine.execution.results import CancelToken
from app.jobs.models import Artifact, ArtifactKey, JobRequest, JobResult
from app.jobs.requests import JobEnvelope
from app.store.tables.job_tables import JobRow
from app.workers.answers import Rendered

if TYPE_CHECKING:
    from app.jobs.queue.lease import JobLease
    from app.jobs.service_context import ServiceContext


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that is asked for and not yet stored: its id, which names its folder, and whose it
    is."""

    id: str
    tenant: str


Reserve = Callable[[AsyncSession, str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a kind says of a request that it takes.

    Args:
        name: of the job, unless the request has one.
        seed: the seed in force; None where the kind uses none.
        rows: in which progress is counted, and which count for the tenant's quota.
        cost: the work that is expected, as that of making so many rows of ten columns, whatever
            the job does; by it jobs are small or large, and take their turns.
        formats: of the files that will be made.
        targets: of deliveries, each `{"kind": …, …}`.
        estimated_bytes: that all artifacts may come to.
        document: what the job works from in place of the request's, so that it is the same
            whenever it is carried out; None for that of the request.
        reveals: in words, what the job lets be known of a source that is kept back by default; a
            key that asks for such a job may see the source's values.
        evaluates: the ids of sources whose rows the job measures others beside; each is counted.
        reserve: takes what the job needs, in the transaction that stores it and by its id; where it
            raises, there is no job.
    """

    name: str
    seed: int | None
    rows: int
    cost: int
    formats: tuple[str, ...] = ()
    targets: tuple[Mapping[str, Any], ...] = ()
    estimated_bytes: int = 0
    warnings: tuple[Fault, ...] = ()
    document: Mapping[str, Any] | None = None
    reveals: tuple[str, ...] = ()
    evaluates: tuple[str, ...] = ()
    reserve: Reserve | None = None


@dataclass(frozen=True, slots=True)
class ArtifactType:
    """What jobs of a kind make besides tables.

    Args:
        name: of at most 32 letters, as addresses have it.
        formats: the media type of each format that it can be had in, by the suffix of its files;
            the first one is given where none is named.
        files: names of files by format, where they are not the type's and the format.
    """

    name: str
    formats: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What a job has come to, to be stored together.

    Args:
        result: its tables, and what was measured.
        artifacts: every file that was made, tables included.
        details: what only jobs of this kind have to say: a value of the kind's `details`.
    """

    result: JobResult
    artifacts: Sequence[Artifact]
    details: BaseModel | None = None


# Writes a file in a thread; returns its bytes and SHA-256. Raises Cancelled.
Render = Callable[[Path, CancelToken], tuple[int, str]]


class JobKind(Protocol):
    """A plug-in: everything that only jobs of one kind know."""

    @property
    def name(self) -> str:
        """As requests and stored jobs say it."""
        ...

    @property
    def request(self) -> type[JobEnvelope]:
        """The body that asks for a job."""
        ...

    @property
    def details(self) -> type[BaseModel] | None:
        """What only jobs of this kind have to say in their results; None where that is nothing."""
        ...

    @property
    def artifacts(self) -> tuple[ArtifactType, ...]:
        """What jobs of this kind make besides tables."""
        ...

    async def read(
        self, asked: JobEnvelope, tenant: str, context: ServiceContext
    ) -> tuple[JobRequest, bytes | None]:
        """The job that a body of `request` asks for; and the text that its document came as, where
        faults have lines in it.

        Raises DefinitionError, and DefinitionNotFound where a stored definition is named in vain.
        """
        ...

    async def admit(self, request: JobRequest, new: NewJob, context: ServiceContext) -> Admission:
        """Check a request and prepare its job in the job's folder.

        Raises DefinitionError with every fault of what the kind itself asks for.
        """
        ...

    async def run(
        self, request: JobRequest, lease: JobLease, context: ServiceContext, threads: Executor
    ) -> JobOutcome:
        """Carry a held job out, up to its artifacts. Called again after a crash, with what is left
        in the job's folder.

        Each stage is entered by `lease.stage`, which also writes its progress; artifacts are
        handed to `context.artifacts.put` before this returns.

        Args:
            threads: where work that blocks may wait.

        Raises the engine's errors, and Cancelled when the job is interrupted.
        """
        ...

    async def artifact(
        self, request: JobRequest, job: JobRow, key: ArtifactKey, context: ServiceContext
    ) -> Render | None:
        """How an artifact of a job with a result is made that was not made when the job ran: a
        table in another format, or one of `artifacts`. None where it cannot be had.

        Raises FormatError where the format does not fit.
        """
        ...

    async def explain(
        self, request: JobRequest, job: JobRow, context: ServiceContext
    ) -> Rendered | None:
        """The rules that the job works by, for reading; None where there are none."""
        ...
