"""How a request becomes a queued job."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.errors import ScopeWanted
from app.accounts.keys import Scope
from app.accounts.quotas import quotas_of, use
from app.connections.connections import Connections
from app.engine.errors import DefinitionError, Fault
from app.engine.seeds import fresh_seed
from app.jobs.errors import CredentialsGone, StorageFull
from app.jobs.failures import storage_full
from app.jobs.kinds import Admission, NewJob
from app.jobs.mappers import delivery_data, fault_data, job_of, request_data, request_of
from app.jobs.models import Delivery, Job, JobRequest, Submission
from app.jobs.request_credentials import SealedRequest, seal_credentials
from app.jobs.service_context import ServiceContext
from app.jobs.validation import data_faults, sink_faults
from app.store.clock import now
from app.store.encryption.secrets import SecretsError
from app.store.errors import IdempotencyConflict, JobNotFound
from app.store.job_status import JobStatus
from app.store.repositories.connections import JobCredentialsRepository
from app.store.repositories.idempotency import IdempotencyRepository
from app.store.repositories.jobs import JobRepository
from app.store.repositories.sources import SourceRepository
from app.store.tables.job_tables import IdempotencyRow, JobRow
from app.webhooks.requests import with_secret, without_secret


@dataclass(frozen=True, slots=True)
class Submissions:
    """Checks requests of one tenant and stores them as its jobs."""

    context: ServiceContext
    tenant: str
    # What the caller may do.
    scope: Scope

    async def submit(self, request: JobRequest, key: str | None, digest: str | None) -> Submission:
        """Raises DefinitionError, IdempotencyConflict, Overloaded, QuotaExceeded, BeyondQuota,
        StorageFull, ScopeWanted."""
        digest = digest or _digest(request)
        if key is not None and (known := await self._known(key, digest)) is not None:
            return Submission(known, created=False)
        job_id = uuid.uuid4().hex
        folder = self.context.files.folder(job_id)
        try:
            sealed = await self._sealed(request, job_id)
            admission = await self._admit(sealed, job_id)
            self._check_scope(admission)
            job = await self._store(job_id, sealed, admission, key, digest)
        except IntegrityError:
            # The same key was used while this request was looked at.
            await asyncio.to_thread(folder.remove)
            return await self.submit(request, key, digest)
        except BaseException as error:
            await asyncio.to_thread(folder.remove)
            # The same key may have taken what this request asks for: a budget, the last of a quota.
            is_refused = isinstance(error, Exception) and key is not None
            if is_refused and (known := await self._known(str(key), digest)) is not None:
                return Submission(known, created=False)
            if isinstance(error, Exception) and storage_full(error):
                raise StorageFull from error
            raise
        self.context.state_writer.notify_queue()
        return Submission(job, created=True, evaluates=admission.evaluates)

    async def faults(self, request: JobRequest) -> list[Fault]:
        """Everything that is wrong with a request; nothing of it is kept.

        Raises Overloaded, StorageFull.
        """
        job_id = uuid.uuid4().hex
        try:
            await self._admit(await self._sealed(request, job_id), job_id)
        except DefinitionError as error:
            return list(error.faults)
        finally:
            await asyncio.to_thread(self.context.files.folder(job_id).remove)
        return []

    async def faults_beside_document(self, request: JobRequest) -> list[Fault]:
        """Everything that is wrong with a request whose document cannot be looked at."""
        sealed = await self._sealed(request, uuid.uuid4().hex)
        return [*data_faults(request), *self._outer_faults(sealed)]

    async def _sealed(self, request: JobRequest, job_id: str) -> SealedRequest:
        quotas = quotas_of(self.context.settings)
        own = Connections(self.context.credential_store, self.tenant, quotas)
        return await seal_credentials(request, job_id, self.context.credential_store, own)

    def _outer_faults(self, sealed: SealedRequest) -> list[Fault]:
        """What is wrong with where the files and the events of a job are to go."""
        return [
            *sink_faults(sealed.request, self.context.sinks),
            *sealed.faults,
            *self.context.subscriptions.faults(sealed.request.webhook),
        ]

    async def rerun(self, job_id: str, seed: int | None, n_samples: int | None) -> Submission:
        async with self.context.state_writer.database.read() as session:
            found = await JobRepository(session, self.tenant).get(job_id)
            secret = await self._secret_of(session, job_id) if found else None
        if found is None:
            raise JobNotFound(job_id)
        row, body = found
        stored = request_of(body)
        if stored.inline_credentials:
            raise CredentialsGone(
                [f"sinks[{place}].credentials" for place in stored.inline_credentials]
            )
        request = replace(
            stored,
            name=row.name,
            webhook=with_secret(stored.webhook, secret),
            seed=fresh_seed() if seed is None else seed,
            n_samples=stored.n_samples if n_samples is None else n_samples,
        )
        return await self.submit(request, None, None)

    async def _secret_of(self, session: AsyncSession, job_id: str) -> str | None:
        """The secret of a job's own webhook. Raises CredentialsGone where no key opens it."""
        try:
            return await self.context.subscriptions.secret_of(session, job_id)
        except SecretsError:
            raise CredentialsGone(["webhook.secret"]) from None

    async def _known(self, key: str, digest: str) -> Job | None:
        """The job that this key made before. Raises IdempotencyConflict."""
        async with self.context.state_writer.database.read() as session:
            used = await IdempotencyRepository(session, self.tenant).find(key)
            if used is None:
                return None
            if self._opened(used) != digest:
                raise IdempotencyConflict(key)
            found = await JobRepository(session, self.tenant).get(used.job_id)
        if found is None:
            return None
        row, body = found
        return job_of(row, body["document"])

    def _opened(self, used: IdempotencyRow) -> str | None:
        """The digest that a key was used with; None where the keys that sealed it are gone."""
        try:
            return self.context.credential_store.box.open(used.digest)
        except SecretsError:
            return None

    async def _admit(self, sealed: SealedRequest, job_id: str) -> Admission:
        """What the kind of job says; raises DefinitionError with its faults and the others."""
        request = sealed.request
        faults = self._outer_faults(sealed)
        try:
            new = NewJob(job_id, self.tenant)
            admission = await self.context.kinds[request.kind].admit(request, new, self.context)
        except DefinitionError as error:
            raise type(error)([*faults, *error.faults]) if faults else error from None
        if faults:
            raise DefinitionError(faults)
        return admission

    def _check_scope(self, admission: Admission) -> None:
        """Raises ScopeWanted where the job tells more of a source than the caller may know."""
        if admission.reveals and not self.scope.covers(Scope.SOURCE):
            raise ScopeWanted(Scope.SOURCE, self.scope, admission.reveals)

    async def _store(
        self, job_id: str, sealed: SealedRequest, admission: Admission, key: str | None, digest: str
    ) -> Job:
        request = sealed.request
        if admission.document is not None:
            request = replace(request, document=admission.document)
        row = self._row(job_id, request, admission)
        quotas = quotas_of(self.context.settings)
        async with self.context.state_writer.database.write() as session:
            await use(session, self.tenant, quotas, row.total, row.estimated_bytes)
            kept = replace(request, webhook=without_secret(request.webhook))
            await JobRepository(session, self.tenant).add(row, request_data(kept))
            await self.context.subscriptions.subscribe(session, row, request.webhook)
            JobCredentialsRepository(session).add(job_id, sealed.credentials)
            if admission.reserve is not None:
                await admission.reserve(session, job_id)
            self.context.state_writer.announce(session, row)
            if admission.evaluates:
                sources = SourceRepository(session, self.tenant)
                await sources.count_evaluation(admission.evaluates, row.created_at)
            if key is not None:
                await IdempotencyRepository(session, self.tenant).add(self._used(key, digest, row))
        return job_of(row, request.document)

    def _used(self, key: str, digest: str, row: JobRow) -> IdempotencyRow:
        return IdempotencyRow(
            tenant=self.tenant,
            key=key,
            digest=self.context.credential_store.box.seal(digest),
            job_id=row.id,
            created_at=row.created_at,
        )

    def _row(self, job_id: str, request: JobRequest, admission: Admission) -> JobRow:
        moment = now()
        targets = admission.targets
        deliveries = tuple(Delivery(str(target["kind"]), target) for target in targets)
        return JobRow(
            id=job_id,
            tenant=self.tenant,
            kind=request.kind,
            name=request.name or admission.name,
            status=JobStatus.QUEUED.value,
            seed=admission.seed,
            formats=list(admission.formats),
            stage=None,
            done=0,
            total=admission.rows,
            timeline=[],
            warnings=fault_data(admission.warnings),
            error=None,
            result=None,
            deliveries=delivery_data(deliveries),
            estimated_bytes=admission.estimated_bytes,
            sequence=1,
            cancel_requested=False,
            lease_owner=None,
            lease_until=None,
            fencing_token=0,
            attempts=0,
            cost=admission.cost,
            time_limit=request.time_limit,
            created_at=moment,
            updated_at=moment,
            finished_at=None,
        )


def _digest(request: JobRequest) -> str:
    """The order of keys counts: it is the order of columns."""
    return hashlib.sha256(json.dumps(request_data(request)).encode()).hexdigest()
