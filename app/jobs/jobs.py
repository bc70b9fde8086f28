"""Everything that can be done with jobs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from app.accounts.keys import Scope
from app.engine.errors import DefinitionError, Fault
from app.jobs.artifacts.manifests import ManifestPart
from app.jobs.errors import CredentialsGone, DeliveryNotFound, NoRules
from app.jobs.listing import JobList
from app.jobs.mappers import event_of, job_of, reopened, request_of
from app.jobs.models import (
    REPORT,
    ArtifactKey,
    Job,
    JobEvent,
    JobRequest,
    ResultDownload,
    Submission,
)
from app.jobs.requests import JobEnvelope
from app.jobs.results import Results
from app.jobs.service_context import ServiceContext
from app.jobs.submission import Submissions
from app.store.errors import InvalidTransition, JobNotFound
from app.store.job_status import JobStatus
from app.store.paging import Page
from app.store.repositories.job_events import EventRepository
from app.store.repositories.jobs import JobRepository
from app.store.tables.job_tables import JobRow
from app.workers.answers import Rendered

# A cancelled job ends within 2 s; one that takes longer has no runner any more.
DELETE_SECONDS = 5.0
EVENTS_AT_ONCE = 500
# Between looks of a stream that was not notified.
LOOK_SECONDS = 30.0


class Jobs:
    """Everything that a tenant can do with its jobs; those of others are not there for it."""

    def __init__(
        self,
        context: ServiceContext,
        results: Results,
        tenant: str,
        scope: Scope = Scope.ADMIN,
    ) -> None:
        self._tenant = tenant
        self._context = context
        self._state_writer = context.state_writer
        self._database = context.state_writer.database
        self._job_loader = context.job_loader
        self._files = context.files
        self._results = results
        self._submissions = Submissions(context, tenant, scope)

    async def submit(
        self,
        request: JobRequest,
        *,
        idempotency_key: str | None = None,
        request_digest: str | None = None,
    ) -> Submission:
        """Check a request and queue it as a job.

        The definition is loaded and compiled in the pool of request workers. `request_digest` tells
        whether two requests with one key are the same; of the request itself when left out.

        Raises:
            DefinitionError: the document, or another part of the request (`formats[0]`,
                `sinks[1].kind`, `n_samples`), is at fault.
            QuotaExceeded, BeyondQuota: the tenant may not have this job, or not now.
            IdempotencyConflict: the key was used with another request.
            Overloaded: compiling took longer than the time allowed.
            StorageFull: there is no room on the disk for what the job needs to begin.
            ScopeWanted: the job tells more of a source than the caller may know.
        """
        return await self._submissions.submit(request, idempotency_key, request_digest)

    async def get(self, job_id: str) -> Job:
        """The job as it is now. Raises JobNotFound."""
        row, request = await self._stored(job_id)
        return job_of(row, request["document"])

    async def list(
        self,
        *,
        status: JobStatus | None = None,
        kind: str | None = None,
        origin: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Job]:
        """Newest first, without their documents; fewer than `limit` where they tell very much.

        Args:
            origin: the id of the source or synthesizer that they work from.

        Raises InvalidCursor.
        """
        listed = JobList(self._database, self._tenant, status, kind, origin)
        return await listed.page(limit, cursor)

    @property
    def request_models(self) -> Mapping[str, type[JobEnvelope]]:
        """The bodies that ask for jobs, by the names of all kinds of jobs."""
        return {name: kind.request for name, kind in self._context.kinds.items()}

    async def read(self, asked: JobEnvelope) -> tuple[JobRequest, bytes | None]:
        """As `JobKind.read`, of the kind that the body names."""
        return await self._context.kinds[asked.kind].read(asked, self._tenant, self._context)

    async def faults(self, asked: JobEnvelope) -> tuple[Sequence[Fault], bytes | None]:
        """Everything that is wrong with a request, document included; and the text that its
        document came as. Nothing of it is kept.

        Raises Overloaded, StorageFull.
        """
        try:
            request, text = await self.read(asked)
        except DefinitionError as error:
            return [*error.faults, *await self.faults_beside_document(asked)], None
        return await self._submissions.faults(request), text

    async def faults_beside_document(self, asked: JobEnvelope) -> Sequence[Fault]:
        """Everything that is wrong with a request whose document cannot be looked at."""
        given = asked.model_dump(exclude_unset=True)
        own = {key: given[key] for key in ("n_samples", "seed", "options") if given.get(key)}
        return await self._submissions.faults_beside_document(asked.job_request({}, **own))

    def turn_to_list(self) -> AbstractAsyncContextManager[None]:
        """While a list is read and written; raises QueueFull where too many wait for theirs."""
        return self._context.list_turns.turn(self._tenant)

    async def cancel(self, job_id: str) -> Job:
        """Ask a job to end; a queued one has ended on return, a running one ends within 2 s.

        Raises JobNotFound; InvalidTransition when the job has already ended.
        """
        job = await self.get(job_id)
        if job.ended:
            raise InvalidTransition(f"job {job_id!r} has already ended: it is {job.status}")
        await self._state_writer.cancel(job_id)
        row = await self._own(job_id)
        if row.finished_at is not None and row.result is None:
            await self._context.artifacts.discard(job_id, row.fencing_token)
        return await self.get(job_id)

    async def rerun(
        self, job_id: str, *, seed: int | None = None, n_samples: int | None = None
    ) -> Submission:
        """Queue a new job from the same request, with a new seed unless one is given.

        Raises JobNotFound; DefinitionError where `n_samples` does not fit the definition;
        CredentialsGone where the request came with credentials; QuotaExceeded, BeyondQuota,
        ScopeWanted.
        """
        return await self._submissions.rerun(job_id, seed, n_samples)

    async def redeliver(self, job_id: str, place: int) -> Job:
        """Deliver to one sink again, with the files that were made; `place` counts from 0.

        The job goes back to delivering and ends again: as succeeded once all have their files.

        Raises JobNotFound, DeliveryNotFound; InvalidTransition where the job has not failed, has
        no result, or this delivery has arrived; CredentialsGone where the sink's came with the
        request.
        """
        job = await self.get(job_id)
        if place >= len(job.deliveries):
            raise DeliveryNotFound(job_id, place)
        if job.result is None or job.deliveries[place].status == "delivered":
            raise InvalidTransition(f"delivery {place} of job {job_id!r} has nothing to repeat")
        _, request = await self._stored(job_id)
        if place in request_of(request).inline_credentials:
            raise CredentialsGone([f"sinks[{place}].credentials"])
        if not await self._state_writer.redeliver(job_id, lambda row: reopened(row, place)):
            message = f"job {job_id!r} is {job.status}; deliveries are repeated once it has failed"
            raise InvalidTransition(message)
        return await self.get(job_id)

    async def rename(self, job_id: str, name: str) -> Job:
        """Give the job another name. Raises JobNotFound."""
        async with self._database.write() as session:
            if not await JobRepository(session, self._tenant).rename(job_id, name):
                raise JobNotFound(job_id)
        return await self.get(job_id)

    async def delete(self, job_id: str) -> None:
        """Remove a job with its files; a running one is cancelled first. Raises JobNotFound."""
        if not (await self.get(job_id)).ended:
            await self._state_writer.cancel(job_id)
            await self.wait(job_id, DELETE_SECONDS)
        await self._context.artifacts.delete(job_id)
        async with self._database.write() as session:
            if not await JobRepository(session, self._tenant).delete(job_id):
                raise JobNotFound(job_id)
        await self._context.artifacts.remove(job_id)
        self._state_writer.notifications.notify(job_id)

    async def wait(self, job_id: str, seconds: float) -> Job:
        """The job once it has ended, or as it is after `seconds`. Raises JobNotFound."""
        job = await self.get(job_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for _ in self.events(job_id, after=job.sequence):
                    pass
        return await self.get(job_id)

    async def events(self, job_id: str, *, after: int | None = None) -> AsyncIterator[JobEvent]:
        """Every change after number `after` (all when None), up to the end state.

        Raises JobNotFound at the first step.
        """
        last = after or 0
        followers = self._context.followers
        with followers.follow(job_id) as watch:
            while True:
                async with followers.turn:
                    events, ended = await self._events_after(job_id, last)
                for event in events:
                    yield event
                    last = event.sequence
                if not events and ended:
                    return
                if len(events) < EVENTS_AT_ONCE and not ended:
                    await watch.wait(LOOK_SECONDS)

    async def result(
        self, job_id: str, *, format: str | None = None, table: str | None = None
    ) -> ResultDownload:
        """A file of the result: one table, or a zip of several where no `table` is named.

        A format that was not asked for at submission is made from the stored plan and kept.
        `format` None is the first one asked for.

        Raises JobNotFound, ResultNotReady, UnknownTable; FormatError for an unknown format or
        one that cannot hold the data.
        """
        await self._own(job_id)
        return await self._results.download(job_id, format=format, table=table)

    async def manifest(self, job_id: str, part: ManifestPart = "manifest") -> ResultDownload:
        """The signed manifest of the files made at submission, its signature or the public key.

        Raises JobNotFound, ResultNotReady; FileNotFoundError where the result has no manifest.
        """
        await self._own(job_id)
        return await self._results.manifest(job_id, part)

    async def artifact(self, job_id: str, key: ArtifactKey) -> ResultDownload:
        """What the job has made besides tables, such as a report; made now where it can be.

        Raises JobNotFound, ResultNotReady, ArtifactNotFound.
        """
        await self._own(job_id)
        return await self._results.artifact(job_id, key)

    async def artifact_formats(self, job_id: str, name: str) -> tuple[str, ...]:
        """The formats in which jobs of its kind have what is called so; empty where they have
        none of the name. Raises JobNotFound."""
        kind = self._context.kinds[(await self._own(job_id)).kind]
        return tuple(form for each in kind.artifacts if each.name == name for form in each.formats)

    def has_reports(self, kind: str) -> bool:
        """Whether finished jobs of a kind have a report."""
        found = self._context.kinds.get(kind)
        return found is not None and any(each.name == REPORT for each in found.artifacts)

    async def rules(self, job_id: str) -> Rendered:
        """The job's own plan for reading: as `RequestWorkers.compile`, with its rows and seed.

        Raises JobNotFound, NoRules, Overloaded, QueueFull, AnswerTooLarge.
        """
        row, request = await self._stored(job_id)
        explained = await self._context.kinds[row.kind].explain(
            request_of(request), row, self._context
        )
        if explained is None:
            raise NoRules(job_id)
        return explained

    async def _stored(self, job_id: str) -> tuple[JobRow, dict[str, Any]]:
        """A job of this tenant, and its request. Raises JobNotFound."""
        found = await self._job_loader.get(job_id)
        if found is None or found[0].tenant != self._tenant:
            raise JobNotFound(job_id)
        return found

    async def _own(self, job_id: str) -> JobRow:
        """The row of a job of this tenant. Raises JobNotFound."""
        async with self._database.read() as session:
            row = await JobRepository(session, self._tenant).find(job_id)
        if row is None:
            raise JobNotFound(job_id)
        return row

    async def _events_after(self, job_id: str, last: int) -> tuple[tuple[JobEvent, ...], bool]:
        """The next events, and whether the job has ended; both as of one moment."""
        async with self._database.read() as session:
            row = await JobRepository(session, self._tenant).find(job_id)
            if row is None:
                raise JobNotFound(job_id)
            rows = await EventRepository(session).after(job_id, last, EVENTS_AT_ONCE)
        return tuple(event_of(event) for event in rows), JobStatus(row.status).ended
