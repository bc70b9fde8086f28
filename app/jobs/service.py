"""The interface of this room: what the API, the pages and the command line call.

All calls are coroutines that do no CPU work of their own in the event loop. Errors are those of
`app.jobs.errors`, and `DefinitionError` and `FormatError` of the engine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from app.jobs.errors import (
    IdempotencyConflict,
    InvalidCursor,
    InvalidTransition,
    JobNotFound,
    JobsError,
    Overloaded,
    ResultNotReady,
    SchemaNotFound,
    UnknownTable,
)
from app.jobs.models import (
    Job,
    JobEvent,
    JobKind,
    JobRequest,
    JobStatus,
    Page,
    ResultDownload,
    StoredSchema,
    Submission,
)
from app.settings import Settings
from app.sinks.base import Sink

__all__ = [
    "IdempotencyConflict",
    "Interactive",
    "InvalidCursor",
    "InvalidTransition",
    "JobNotFound",
    "Jobs",
    "JobsError",
    "Overloaded",
    "ResultNotReady",
    "SchemaNotFound",
    "Schemas",
    "Service",
    "UnknownTable",
]


class Jobs:
    """Everything that can be done with jobs."""

    async def submit(
        self,
        request: JobRequest,
        *,
        idempotency_key: str | None = None,
        request_digest: str | None = None,
    ) -> Submission:
        """Check a request and queue it as a job.

        The definition is loaded and compiled in the interactive pool. `request_digest` tells
        whether two requests with one key are the same; of the request itself when left out.

        Raises:
            DefinitionError: the document, or another part of the request (`formats[0]`,
                `sinks[1].kind`, `n_samples`), is at fault.
            IdempotencyConflict: the key was used with another request.
            Overloaded: compiling took longer than the time allowed.
        """
        raise NotImplementedError

    async def get(self, job_id: str) -> Job:
        """The job as it is now. Raises JobNotFound."""
        raise NotImplementedError

    async def list(
        self,
        *,
        status: JobStatus | None = None,
        kind: JobKind | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Job]:
        """Newest first, without their documents. Raises InvalidCursor."""
        raise NotImplementedError

    async def cancel(self, job_id: str) -> Job:
        """Ask a job to end; a queued one has ended on return, a running one ends within 2 s.

        Raises JobNotFound; InvalidTransition when the job has already ended.
        """
        raise NotImplementedError

    async def rerun(
        self, job_id: str, *, seed: int | None = None, n_samples: int | None = None
    ) -> Job:
        """Queue a new job from the same request, with a new seed unless one is given.

        Raises JobNotFound; DefinitionError where `n_samples` does not fit the definition.
        """
        raise NotImplementedError

    async def rename(self, job_id: str, name: str) -> Job:
        """Give the job another name. Raises JobNotFound."""
        raise NotImplementedError

    async def delete(self, job_id: str) -> None:
        """Remove a job with its files; a running one is cancelled first. Raises JobNotFound."""
        raise NotImplementedError

    async def wait(self, job_id: str, seconds: float) -> Job:
        """The job once it has ended, or as it is after `seconds`. Raises JobNotFound."""
        raise NotImplementedError

    def events(self, job_id: str, *, after: int | None = None) -> AsyncIterator[JobEvent]:
        """Every change after number `after` (all when None), until the end state was told.

        Raises JobNotFound at the first step.
        """
        raise NotImplementedError

    async def result(
        self, job_id: str, *, format: str | None = None, table: str | None = None
    ) -> ResultDownload:
        """A file of the result: one table, or a zip of several where no `table` is named.

        A format that was not asked for at submission is made from the stored plan and kept.
        `format` None is the first one asked for.

        Raises JobNotFound, ResultNotReady, UnknownTable; FormatError for an unknown format or
        one that cannot hold the data.
        """
        raise NotImplementedError


class Interactive:
    """CPU work for requests, in a small process pool that is always on.

    `source` is the text of a document (YAML or JSON) or plain JSON data. Every call raises
    DefinitionError with all faults, and Overloaded when it takes longer than
    `settings.interactive_timeout` or its process dies (the pool is then started anew).
    """

    async def validate(self, source: bytes | Mapping[str, Any]) -> dict[str, Any]:
        """`{"valid": True, "name", "warnings": [fault], "columns": [{"table", "name", "type"}],
        "document"}`; a fault is `{"path", "line", "message", "hint"}`; `document` is the source
        as plain JSON data."""
        raise NotImplementedError

    async def compile(self, source: bytes | Mapping[str, Any]) -> dict[str, Any]:
        """The compiled plan for reading: rules, else, facts, effects, reachable, text."""
        raise NotImplementedError

    async def preview(self, source: bytes | Mapping[str, Any], rows: int) -> dict[str, Any]:
        """`{"name", "seed", "warnings": [fault], "tables": {name: [record, …]}}`."""
        raise NotImplementedError

    async def read(self, source: bytes) -> dict[str, Any]:
        """The text of a document as plain JSON data, for `JobRequest.document`."""
        raise NotImplementedError


class Schemas:
    """Stored, versioned definitions."""

    async def put(self, name: str, document: Mapping[str, Any]) -> StoredSchema:
        """Store a new version; the present one is returned where nothing changed.

        The document is validated first: raises DefinitionError, Overloaded.
        """
        raise NotImplementedError

    async def get(self, name: str, version: int | None = None) -> StoredSchema:
        """A version, the latest when None. Raises SchemaNotFound."""
        raise NotImplementedError

    async def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[StoredSchema]:
        """The latest version of each, by name. Raises InvalidCursor."""
        raise NotImplementedError

    async def delete(self, name: str) -> None:
        """Remove every version. Raises SchemaNotFound."""
        raise NotImplementedError


class Service:
    """Everything wired: `await start()`, use, `await stop()`."""

    settings: Settings
    jobs: Jobs
    schemas: Schemas
    interactive: Interactive

    def __init__(self, settings: Settings, *, sinks: Mapping[str, Sink] | None = None) -> None:
        """`sinks` by kind; those that the settings allow when None. Nothing is opened here."""
        raise NotImplementedError

    async def start(self) -> None:
        """Bring the database up to date, start the interactive pool and (if set) the runner."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Stop in good order: running jobs go back to the queue and are resumed later."""
        raise NotImplementedError

    async def ready(self) -> dict[str, bool]:
        """Whether `database`, `pool` and `disk` can be used."""
        raise NotImplementedError

    async def metrics(self) -> bytes:
        """The body of `/metrics`, Prometheus text format 0.0.4 (`text/plain; version=0.0.4`)."""
        raise NotImplementedError
