"""Everything that can be done with jobs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from app.jobs.artifacts.manifests import ManifestPart
from app.jobs.errors import (
    CredentialsGone,
    DeliveryNotFound,
    InvalidTransition,
    JobNotFound,
    NoRules,
)
from app.jobs.listing import JobList
from app.jobs.models import (
    Job,
    JobEvent,
    JobRequest,
    JobStatus,
    Page,
    ResultDownload,
    Submission,
)
from app.jobs.records import event_of, job_of, reopened, request_of
from app.jobs.requests import JobEnvelope
from app.jobs.results import Results
from app.jobs.submission import Submissions
from app.jobs.tools import Tools
from app.store.belongings import EventRepository
from app.store.jobs import JobRepository
from app.store.rows import JobRow
from app.workers.answers import Rendered

# A cancelled job ends within 2 s; one that takes longer has no runner any more.
DELETE_SECONDS = 5.0
EVENTS_AT_ONCE = 500
# Between looks of a stream that nothing was told to.
LOOK_SECONDS = 30.0


class Jobs:
    """Everything that a tenant can do with its jobs; those of others are not there for it."""

    def __init__(self, tools: Tools, results: Results, tenant: str) -> None:
        self._tenant = tenant
        self._tools = tools
        self._board = tools.board
        self._database = tools.board.database
        self._reader = tools.reader
        self._files = tools.files
        self._results = results
        self._submissions = Submissions(tools, tenant)

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
            QuotaExceeded, BeyondQuota: the tenant may not have this job, or not now.
            IdempotencyConflict: the key was used with another request.
            Overloaded: compiling took longer than the time allowed.
            StorageFull: there is no room on the disk for what the job needs to begin.
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
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Job]:
        """Newest first, without their documents; fewer than `limit` where they tell very much.

        Raises InvalidCursor.
        """
        return await JobList(self._database, self._tenant, status, kind).page(limit, cursor)

    @property
    def request_models(self) -> Mapping[str, type[JobEnvelope]]:
        """The bodies that ask for jobs, by the names of all kinds of jobs."""
        return {name: kind.request for name, kind in self._tools.kinds.items()}

    async def read(self, asked: JobEnvelope) -> tuple[JobRequest, bytes | None]:
        """As `JobKind.read`, of the kind that the body names."""
        return await self._tools.kinds[asked.kind].read(asked, self._tenant, self._tools)

    def turn_to_list(self) -> AbstractAsyncContextManager[None]:
        """While a list is read and written; raises QueueFull where too many wait for theirs."""
        return self._tools.list_turns.turn(self._tenant)

    async def cancel(self, job_id: str) -> Job:
        """Ask a job to end; a queued one has ended on return, a running one ends within 2 s.

        Raises JobNotFound; InvalidTransition when the job has already ended.
        """
        job = await self.get(job_id)
        if job.ended:
            raise InvalidTransition(f"job {job_id!r} has already ended: it is {job.status}")
        await self._board.cancel(job_id)
        row = await self._own(job_id)
        if row.finished_at is not None and row.result is None:
            await self._tools.shelf.discard(job_id, row.token)
        return await self.get(job_id)

    async def rerun(
        self, job_id: str, *, seed: int | None = None, n_samples: int | None = None
    ) -> Job:
        """Queue a new job from the same request, with a new seed unless one is given.

        Raises JobNotFound; DefinitionError where `n_samples` does not fit the definition;
        CredentialsGone where the request came with credentials; QuotaExceeded, BeyondQuota.
        """
        return await self._submissions.rerun(job_id, seed, n_samples)

    async def redeliver(self, job_id: str, place: int) -> Job:
        """Deliver to one sink again, with the files that were made; `place` counts from 0.

        The job takes up delivering again and ends anew: as succeeded once all have their files.

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
        if place in request_of(request).entrusted:
            raise CredentialsGone([f"sinks[{place}].credentials"])
        if not await self._board.redeliver(job_id, lambda row: reopened(row, place)):
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
            await self._board.cancel(job_id)
            await self.wait(job_id, DELETE_SECONDS)
        await self._tools.shelf.take_down(job_id)
        async with self._database.write() as session:
            if not await JobRepository(session, self._tenant).delete(job_id):
                raise JobNotFound(job_id)
        await self._tools.shelf.remove(job_id)
        self._board.changes.tell(job_id)

    async def wait(self, job_id: str, seconds: float) -> Job:
        """The job once it has ended, or as it is after `seconds`. Raises JobNotFound."""
        job = await self.get(job_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for _ in self.events(job_id, after=job.sequence):
                    pass
        return await self.get(job_id)

    async def events(self, job_id: str, *, after: int | None = None) -> AsyncIterator[JobEvent]:
        """Every change after number `after` (all when None), until the end state was told.

        Raises JobNotFound at the first step.
        """
        last = after or 0
        followers = self._tools.followers
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

    async def rules(self, job_id: str) -> Rendered:
        """The job's own plan for reading: as `Interactive.compile`, with its rows and seed.

        Raises JobNotFound, NoRules, Overloaded, QueueFull, AnswerTooLarge.
        """
        row, request = await self._stored(job_id)
        explained = await self._tools.kinds[row.kind].explain(request_of(request), row, self._tools)
        if explained is None:
            raise NoRules(job_id)
        return explained

    async def _stored(self, job_id: str) -> tuple[JobRow, dict[str, Any]]:
        """A job of this tenant, and its request. Raises JobNotFound."""
        found = await self._reader.get(job_id)
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
