"""How a request becomes a queued job."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.engine.errors import DefinitionError
from app.engine.seeds import fresh_seed
from app.jobs.accounts.quotas import quotas_of, use
from app.jobs.board import now
from app.jobs.checks import sink_faults
from app.jobs.connections import Connections
from app.jobs.entrusted import Entrusted, entrust
from app.jobs.errors import CredentialsGone, IdempotencyConflict, JobNotFound, StorageFull
from app.jobs.failures import storage_full
from app.jobs.kinds import Admission, NewJob
from app.jobs.models import Delivery, Job, JobRequest, JobStatus, Submission
from app.jobs.records import delivery_data, fault_data, job_of, request_data, request_of
from app.jobs.tools import Tools
from app.jobs.webhooks.requests import with_secret, without_secret
from app.store.belongings import IdempotencyRepository
from app.store.connections import JobCredentialsRepository
from app.store.jobs import JobRepository
from app.store.rows import IdempotencyRow, JobRow
from app.store.secrets import SecretsError


@dataclass(frozen=True, slots=True)
class Submissions:
    """Checks requests of one tenant and stores them as its jobs."""

    tools: Tools
    tenant: str

    async def submit(self, request: JobRequest, key: str | None, digest: str | None) -> Submission:
        """Raises DefinitionError, IdempotencyConflict, Overloaded, QuotaExceeded, BeyondQuota,
        StorageFull."""
        digest = digest or _digest(request)
        if key is not None and (known := await self._known(key, digest)) is not None:
            return Submission(known, created=False)
        job_id = uuid.uuid4().hex
        folder = self.tools.files.folder(job_id)
        own = Connections(self.tools.vault, self.tenant, quotas_of(self.tools.settings))
        try:
            entrusted = await entrust(request, job_id, self.tools.vault, own)
            admission = await self._admit(entrusted, job_id)
            job = await self._store(job_id, entrusted, admission, key, digest)
        except IntegrityError:
            # The same key was used while this request was looked at.
            await asyncio.to_thread(folder.remove)
            return await self.submit(request, key, digest)
        except BaseException as error:
            await asyncio.to_thread(folder.remove)
            if isinstance(error, Exception) and storage_full(error):
                raise StorageFull from error
            raise
        self.tools.board.tell_queue()
        return Submission(job, created=True)

    async def rerun(self, job_id: str, seed: int | None, n_samples: int | None) -> Job:
        async with self.tools.board.database.read() as session:
            found = await JobRepository(session, self.tenant).get(job_id)
            secret = await self._secret_of(session, job_id) if found else None
        if found is None:
            raise JobNotFound(job_id)
        row, body = found
        stored = request_of(body)
        if stored.entrusted:
            raise CredentialsGone([f"sinks[{place}].credentials" for place in stored.entrusted])
        request = replace(
            stored,
            name=row.name,
            webhook=with_secret(stored.webhook, secret),
            seed=fresh_seed() if seed is None else seed,
            n_samples=stored.n_samples if n_samples is None else n_samples,
        )
        return (await self.submit(request, None, None)).job

    async def _secret_of(self, session: AsyncSession, job_id: str) -> str | None:
        """The secret of a job's own webhook. Raises CredentialsGone where no key opens it."""
        try:
            return await self.tools.subscriptions.secret_of(session, job_id)
        except SecretsError:
            raise CredentialsGone(["webhook.secret"]) from None

    async def _known(self, key: str, digest: str) -> Job | None:
        """The job that this key made before. Raises IdempotencyConflict."""
        async with self.tools.board.database.read() as session:
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
            return self.tools.vault.box.open(used.digest)
        except SecretsError:
            return None

    async def _admit(self, entrusted: Entrusted, job_id: str) -> Admission:
        """What the kind of job says; raises DefinitionError with its faults and the others."""
        request = entrusted.request
        faults = [
            *sink_faults(request, self.tools.sinks),
            *entrusted.faults,
            *self.tools.subscriptions.faults(request.webhook),
        ]
        try:
            new = NewJob(job_id, self.tenant)
            admission = await self.tools.kinds[request.kind].admit(request, new, self.tools)
        except DefinitionError as error:
            raise type(error)([*faults, *error.faults]) if faults else error from None
        if faults:
            raise DefinitionError(faults)
        return admission

    async def _store(
        self, job_id: str, entrusted: Entrusted, admission: Admission, key: str | None, digest: str
    ) -> Job:
        request = entrusted.request
        row = self._row(job_id, request, admission)
        quotas = quotas_of(self.tools.settings)
        async with self.tools.board.database.write() as session:
            await use(session, self.tenant, quotas, row.total, row.estimated_bytes)
            kept = replace(request, webhook=without_secret(request.webhook))
            await JobRepository(session, self.tenant).add(row, request_data(kept))
            await self.tools.subscriptions.subscribe(session, row, request.webhook)
            JobCredentialsRepository(session).add(job_id, entrusted.sealed)
            self.tools.board.announce(session, row)
            if key is not None:
                await IdempotencyRepository(session, self.tenant).add(self._used(key, digest, row))
        return job_of(row, request.document)

    def _used(self, key: str, digest: str, row: JobRow) -> IdempotencyRow:
        return IdempotencyRow(
            tenant=self.tenant,
            key=key,
            digest=self.tools.vault.box.seal(digest),
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
            token=0,
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
