"""What a kind of job is: how a request of it becomes a job, and how such a job is carried out.

The rest of the jobs' room knows no kind by name. It queues what a kind admits, holds the lease
while it runs, stores the files that it makes, delivers and deletes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from app.engine.errors import Fault
from app.engine.execution.results import CancelToken
from app.jobs.models import JobRequest, JobResult
from app.jobs.requests import JobEnvelope
from app.store.rows import JobFileRow, JobRow
from app.workers.answers import Rendered

if TYPE_CHECKING:
    from app.jobs.queue.holding import Holding
    from app.jobs.tools import Tools


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that is asked for and not yet stored: its id, which names its folder, and whose it
    is."""

    id: str
    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a kind says of a request that it takes.

    Args:
        name: of the job, unless the request has one.
        seed: the seed in force; None where the kind uses none.
        rows: in which progress is counted, and which count for the tenant's quota.
        cost: the work that is expected, as that of making so many rows of ten columns; by it jobs
            are small or large.
        formats: of the files that will be made.
        targets: of deliveries, each `{"kind": …, …}`.
        estimated_bytes: that the files may come to.
    """

    name: str
    seed: int | None
    rows: int
    cost: int
    formats: tuple[str, ...] = ()
    targets: tuple[Mapping[str, Any], ...] = ()
    estimated_bytes: int = 0
    warnings: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A table of a job's result in a format."""

    table: str
    format: str


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What a job has come to: its result and the rows of its files, to be stored together."""

    result: JobResult
    files: list[JobFileRow]


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

    async def read(
        self, asked: JobEnvelope, tenant: str, tools: Tools
    ) -> tuple[JobRequest, bytes | None]:
        """The job that a body of `request` asks for; and the text that its document came as, where
        faults have lines in it.

        Raises DefinitionError, and SchemaNotFound where a stored definition is named in vain.
        """
        ...

    async def admit(self, request: JobRequest, new: NewJob, tools: Tools) -> Admission:
        """Check a request and prepare its job in the job's folder.

        Raises DefinitionError with every fault of what the kind itself asks for.
        """
        ...

    async def run(
        self, request: JobRequest, holding: Holding, tools: Tools, threads: Executor
    ) -> JobOutcome:
        """Carry a held job out, up to its files. Called again after a crash, with what is left in
        the job's folder.

        Args:
            threads: where work that blocks may wait.

        Raises the engine's errors, and Cancelled when the job is interrupted.
        """
        ...

    async def renderer(
        self, request: JobRequest, job: JobRow, file: WantedFile, tools: Tools
    ) -> Render:
        """How a file of an ended job is made that was not asked for when the job ran.

        Raises FormatError where the kind makes no such file.
        """
        ...

    async def explain(self, request: JobRequest, job: JobRow, tools: Tools) -> Rendered | None:
        """The rules that the job works by, for reading; None where there are none."""
        ...
