"""A service in memory: what the routes talk to, without processes, database or runner."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from app.accounts.audit import AuditEvent
from app.accounts.keys import Scope
from app.definitions.definitions import StoredDefinition
from app.definitions.errors import DefinitionNotFound
from app.engine.errors import DefinitionError, Fault
from app.engine.profiling.columns import summarize_rows
from app.jobs import errors
from app.jobs.models import (
    ArtifactKey,
    Job,
    JobEvent,
    JobRequest,
    JobResult,
    Progress,
    ResultDownload,
    ResultFile,
    ResultTable,
    Submission,
)
from app.kinds.generate.request import JobSubmission
from app.store import errors as store_errors
from app.store.job_status import JobStatus
from app.store.paging import Page
from app.workers import errors as worker_errors

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MANIFEST = b'{"name":"churn"}'
CONTENT = b"id,name\r\n" + b"".join(f"{n},row {n}\r\n".encode() for n in range(1000))
SHA256 = hashlib.sha256(CONTENT).hexdigest()
BAD = Fault("schema.features.Tenure.std", "must not be below 0", "write 0 or more", 4)


class FakeRequestWorkers:
    """Answers in fixed words; a source that holds `BAD` is at fault, one with `CRASH` a bug."""

    def __init__(self) -> None:
        self.sources: list[bytes | Mapping[str, Any]] = []

    def _look_at(self, source: bytes | Mapping[str, Any]) -> None:
        self.sources.append(source)
        text = source.decode() if isinstance(source, bytes) else str(source)
        if "BAD" in text:
            raise DefinitionError([BAD, Fault("n_samples", "must be a whole number")])
        if "SLOW" in text:
            raise worker_errors.Overloaded("this took longer than 30 seconds and was given up")
        if "FULL" in text:
            raise worker_errors.QueueFull
        if "WIDE" in text:
            raise worker_errors.AnswerTooLarge("the answer would have 9 bytes: ask for fewer")
        if "CRASH" in text:
            raise RuntimeError("secret of the inside")

    async def validate(self, source: bytes | Mapping[str, Any]) -> dict[str, Any]:
        document = await self.read(source)
        columns = [{"table": "churn", "name": "a", "type": "int"}]
        warning = {"path": "seed", "line": 1, "message": "is drawn", "hint": None}
        return {
            "valid": True,
            "name": document.get("name", "data"),
            "warnings": [warning],
            "columns": columns,
        }

    async def spellings(self, source: bytes | Mapping[str, Any]) -> dict[str, Any]:
        self._look_at(source)
        return {"document": {"name": "churn"}, "yaml": "name: churn\n"}

    async def imported(self, content: bytes, suffix: str, name: str | None) -> dict[str, Any]:
        self._look_at(content)
        document = {"name": name or "t", "n_samples": len(content)}
        column = {"column": "a", "table": "", "line": None, "read": "int", "assumed": ""}
        left_out = [{"line": 3, "table": "", "text": suffix}]
        return {"document": document, "yaml": "", "columns": [column], "left_out": left_out}

    async def sql_of(self, source: bytes | Mapping[str, Any], dialect: str) -> dict[str, Any]:
        self._look_at(source)
        return {"dialect": dialect, "create": "CREATE", "load": None, "notes": []}

    async def compile(self, source: bytes | Mapping[str, Any]) -> dict[str, Any]:
        self._look_at(source)
        rule = {"if": "a < 1", "conditions": [], "then": {"yes": 0.1}, "share": 0.5}
        return {
            "rules": [rule],
            "else": {"yes": 0.2},
            "facts": [],
            "effects": [],
            "expected": {"auc": 0.8},
            "reachable": {"auc": [0.5, 0.9]},
            "text": "if a < 1: ...",
        }

    async def preview(
        self,
        source: bytes | Mapping[str, Any],
        rows: int,
        *,
        summary: bool = False,
        plots: bool = False,
    ) -> dict[str, Any]:
        self._look_at(source)
        records = [{"a": n, "b": "ä"} for n in range(rows)]
        found = {"name": "churn", "seed": 7, "warnings": [], "tables": {"churn": records}}
        return {**found, "summary": {"churn": summarize_rows(records)}} if summary else found

    async def read(self, source: bytes | Mapping[str, Any]) -> dict[str, Any]:
        self._look_at(source)
        return {"features": {"text": len(source)}} if isinstance(source, bytes) else dict(source)


class FakeDefinitions:
    def __init__(self) -> None:
        self.versions: dict[str, list[StoredDefinition]] = {}

    async def put(
        self,
        name: str,
        document: Mapping[str, Any],
        check: Callable[[StoredDefinition | None], None] = lambda present: None,
    ) -> StoredDefinition:
        versions = self.versions.get(name, [])
        check(versions[-1] if versions else None)
        self.versions[name] = versions
        if not versions or versions[-1].document != document:
            versions.append(StoredDefinition(name, len(versions) + 1, document, NOW))
        return versions[-1]

    async def get(self, name: str, version: int | None = None) -> StoredDefinition:
        versions = self.versions.get(name, [])
        if not versions or (version or 1) > len(versions):
            raise DefinitionNotFound(name, version)
        return versions[(version or 0) - 1]

    async def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[StoredDefinition]:
        items, following = _page(
            [self.versions[name][-1] for name in sorted(self.versions)], limit, cursor
        )
        return Page(tuple(items), following)

    async def delete(
        self, name: str, check: Callable[[StoredDefinition], None] = lambda present: None
    ) -> None:
        if name not in self.versions:
            raise DefinitionNotFound(name)
        check(self.versions[name][-1])
        del self.versions[name]


class FakeJobs:
    """Jobs that end when they are waited for."""

    def __init__(
        self, folder: Path, request_workers: FakeRequestWorkers, definitions: FakeDefinitions
    ) -> None:
        self._request_workers = request_workers
        self._definitions = definitions
        self.manifest_file = folder / "manifest.json"
        self.manifest_file.write_bytes(MANIFEST)
        self.file = folder / "churn.csv"
        self.file.write_bytes(CONTENT)
        self.requests: list[JobRequest] = []
        self.asked: list[tuple[str | None, str | None]] = []
        self._jobs: dict[str, Job] = {}
        self._keys: dict[str, tuple[str | None, str]] = {}
        self._numbers = itertools.count(1)

    async def submit(
        self,
        request: JobRequest,
        *,
        idempotency_key: str | None = None,
        request_digest: str | None = None,
    ) -> Submission:
        known = self._keys.get(idempotency_key or "")
        if known and known[0] != request_digest:
            raise store_errors.IdempotencyConflict(idempotency_key or "")
        if known:
            return Submission(self._jobs[known[1]], created=False)
        if "NO_FORMAT" in request.formats:
            raise DefinitionError([Fault("formats[0]", "is not a format")])
        self.requests.append(request)
        job = new_job(f"job-{next(self._numbers)}", request)
        self._jobs[job.id] = job
        if idempotency_key:
            self._keys[idempotency_key] = (request_digest, job.id)
        return Submission(job, created=True)

    async def get(self, job_id: str) -> Job:
        if job_id not in self._jobs:
            raise store_errors.JobNotFound(job_id)
        return self._jobs[job_id]

    async def list(
        self,
        *,
        status: JobStatus | None = None,
        kind: str | None = None,
        origin: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Job]:
        found = [job for job in reversed(self._jobs.values()) if status in (None, job.status)]
        items, following = _page(found, limit, cursor)
        return Page(tuple(dataclasses.replace(job, document=None) for job in items), following)

    request_models: ClassVar = {"generate": JobSubmission}

    async def read(self, asked: JobSubmission) -> tuple[JobRequest, bytes | None]:
        if asked.definition is not None:
            return asked.request(asked.definition), None
        if asked.schema_yaml is not None:
            text = asked.schema_yaml.encode()
            return asked.request(await self._request_workers.read(text)), text
        name = asked.schema_name or ""
        return asked.request({"name": name, **(await self._definitions.get(name)).document}), None

    async def faults(self, asked: JobSubmission) -> tuple[list[Fault], bytes | None]:
        return [], None

    async def faults_beside_document(self, asked: JobSubmission) -> list[Fault]:
        return []

    @contextlib.asynccontextmanager
    async def turn_to_list(self) -> AsyncIterator[None]:
        yield

    async def cancel(self, job_id: str) -> Job:
        job = await self.get(job_id)
        if job.ended:
            raise store_errors.InvalidTransition(f"job {job_id!r} has already {job.status}")
        return self._change(job, status=JobStatus.CANCELLED, sequence=2)

    async def rerun(
        self, job_id: str, *, seed: int | None = None, n_samples: int | None = None
    ) -> Submission:
        job = await self.get(job_id)
        request = JobRequest(document=job.document or {}, seed=seed, n_samples=n_samples)
        return await self.submit(request)

    async def redeliver(self, job_id: str, place: int) -> Job:
        job = await self.get(job_id)
        if place >= len(job.deliveries):
            raise errors.DeliveryNotFound(job_id, place)
        raise store_errors.InvalidTransition("nothing to repeat")

    async def rename(self, job_id: str, name: str) -> Job:
        return self._change(await self.get(job_id), name=name)

    async def delete(self, job_id: str) -> None:
        await self.get(job_id)
        del self._jobs[job_id]

    async def wait(self, job_id: str, seconds: float) -> Job:
        job = await self.get(job_id)
        if job.ended:
            return job
        file = ResultFile("csv", len(CONTENT), SHA256)
        result = JobResult((ResultTable("churn", 1000, (file,)),))
        return self._change(job, status=JobStatus.SUCCEEDED, result=result, sequence=3)

    async def events(self, job_id: str, *, after: int | None = None) -> AsyncIterator[JobEvent]:
        await self.get(job_id)
        states = [JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.SUCCEEDED]
        for number, status in enumerate(states, 1):
            if number > (after or 0):
                yield JobEvent(job_id, number, "status", {"status": status, "note": "a\nb ä"})

    async def result(
        self, job_id: str, *, format: str | None = None, table: str | None = None
    ) -> ResultDownload:
        job = await self.get(job_id)
        self.asked.append((format, table))
        if job.result is None:
            raise errors.ResultNotReady(job_id, job.status)
        if table not in (None, "churn"):
            raise errors.UnknownTable(table or "", ("churn",))
        return ResultDownload(self.file, "text/csv", SHA256, len(CONTENT), 'chürn "1".csv')

    async def manifest(self, job_id: str, part: str = "manifest") -> ResultDownload:
        job = await self.get(job_id)
        self.asked.append((part, None))
        if job.result is None:
            raise errors.ResultNotReady(job_id, job.status)
        digest = hashlib.sha256(self.manifest_file.read_bytes()).hexdigest()
        size = len(MANIFEST)
        return ResultDownload(self.manifest_file, "application/json", digest, size, "manifest.json")

    async def artifact(self, job_id: str, key: ArtifactKey) -> ResultDownload:
        await self.get(job_id)
        raise errors.ArtifactNotFound(key, ())

    async def artifact_formats(self, job_id: str, name: str) -> tuple[str, ...]:
        await self.get(job_id)
        return ()

    def has_reports(self, kind: str) -> bool:
        return kind == "generate"

    async def rules(self, job_id: str) -> dict[str, Any]:
        job = await self.get(job_id)
        return {
            **await self._request_workers.compile(job.document or {}),
            "text": f"seed {job.seed}",
        }

    def _change(self, job: Job, **changes: Any) -> Job:
        self._jobs[job.id] = dataclasses.replace(job, **changes)
        return self._jobs[job.id]


class FakeService:
    def __init__(self, folder: Path) -> None:
        self.request_workers = FakeRequestWorkers()
        self.definitions = FakeDefinitions()
        self.jobs = FakeJobs(folder, self.request_workers, self.definitions)
        self.events: list[AuditEvent] = []
        self.checks = {"database": True, "pool": True, "disk": True}

    async def record(self, event: AuditEvent) -> None:
        self.events.append(event)

    def of(self, tenant: str, scope: Scope = Scope.ADMIN) -> FakeService:
        """There is one tenant only."""
        return self

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def ready(self) -> dict[str, bool]:
        return self.checks

    async def metrics(self) -> bytes:
        return b"# TYPE tablesmith_jobs gauge\ntablesmith_jobs 1.0\n"


def new_job(job_id: str, request: JobRequest) -> Job:
    return Job(
        id=job_id,
        kind=request.kind,
        name=request.name or str(request.document.get("name", "data")),
        status=JobStatus.QUEUED,
        seed=7 if request.seed is None else request.seed,
        formats=request.formats or ("csv",),
        document=request.document,
        progress=Progress("generate", 0, 1000),
        timeline=(),
        warnings=(),
        error=None,
        result=None,
        deliveries=(),
        created_at=NOW,
        updated_at=NOW,
        finished_at=None,
        cancel_requested=False,
        sequence=1,
    )


def _page(found: list[Any], limit: int, cursor: str | None) -> tuple[list[Any], str | None]:
    if cursor is not None and not cursor.isdigit():
        raise store_errors.InvalidCursor
    first = int(cursor or 0)
    following = str(first + limit) if first + limit < len(found) else None
    return found[first : first + limit], following
