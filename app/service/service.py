"""The interface of this room: what the API, the pages and the command line call.

All calls are coroutines that do no CPU work of their own in the event loop. Errors are those of
the rooms below, and `DefinitionError` and `FormatError` of the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog
from sqlalchemy import text

from app.accounts.audit import Audit, AuditEvent, record, remove_old
from app.accounts.key_loader import KeyLoader
from app.accounts.keys import ApiKey, Keys, Scope, authenticate
from app.accounts.quotas import quotas_of
from app.connections.connections import Connections
from app.connections.credential_store import CredentialStore
from app.definitions.definitions import Definitions
from app.jobs.artifacts.artifact_store import ArtifactStore
from app.jobs.following import Followers
from app.jobs.job_loader import JobLoader
from app.jobs.jobs import Jobs
from app.jobs.kinds import JobKind
from app.jobs.listing import ListTurns
from app.jobs.metrics import JobMetrics
from app.jobs.queue.runner import Runner
from app.jobs.results import Results
from app.jobs.retention import RetentionSweeper
from app.jobs.service_context import Measure, ServiceContext
from app.jobs.state_writer import JobStateWriter
from app.kinds.registry import KINDS
from app.kinds.stored_models import synthesizers_of
from app.models.model_files import ModelFiles
from app.privacy.witness import Witness
from app.service.memory import MemoryUpkeep
from app.service.source_origins import ConnectionOrigins
from app.service.tenants import DEFAULT_TENANT, Tenant
from app.settings import Settings
from app.sinks.base import Sink
from app.sinks.egress import EgressPolicy, read_allowed
from app.sinks.registry import available_sinks
from app.sources.files import SourceFiles
from app.sources.reader import ReadingLimits
from app.sources.sources import Sources, UploadLimits
from app.store.blobs.local import JobFiles
from app.store.blobs.objects import Objects
from app.store.database import Database, patiently
from app.store.encryption.secrets import SecretBox, make_box
from app.store.migrate import migrate
from app.store.private import tighten
from app.store.repositories.jobs import JobRepository
from app.telemetry.watchdog import Watchdog
from app.webhooks.sender import RetryPolicy, WebhookSender
from app.webhooks.subscriptions import Subscriptions
from app.webhooks.webhooks import Webhooks
from app.workers import worker_tasks
from app.workers.plan_files import PlanKey
from app.workers.request_workers import RequestWorkers

log = structlog.get_logger(__name__)

START_SECONDS = 30.0


class Service:
    """Everything wired: `await start()`, use, `await stop()`."""

    def __init__(
        self,
        settings: Settings,
        *,
        sinks: Mapping[str, Sink] | None = None,
        kinds: Mapping[str, JobKind] = KINDS,
        measure: Measure = worker_tasks.measure,
    ) -> None:
        """`sinks` by kind; those that the settings allow when None. `kinds` of jobs by name.
        `measure` finds out whether declared facts hold in the finished files. Nothing is opened
        here."""
        self.settings = settings
        self._database = Database(settings.database)
        self._keys = KeyLoader(self._database)
        self._files = JobFiles(settings.data_dir.resolve())
        self._metrics = JobMetrics()
        self._watchdog = Watchdog(self._metrics.registry)
        self._memory = MemoryUpkeep()
        self.request_workers = _request_workers(settings)
        egress = _egress(settings)
        available = _sinks(settings, egress) if sinks is None else sinks
        self._credential_store = CredentialStore(self._database, _box(settings), available)
        state_writer = JobStateWriter(self._database)
        self._followers = self._make_followers(state_writer)
        self.context = context = ServiceContext(
            settings=settings,
            state_writer=state_writer,
            followers=self._followers,
            job_loader=JobLoader(self._database),
            files=self._files,
            request_workers=self.request_workers,
            sinks=available,
            credential_store=self._credential_store,
            plan_key=PlanKey(self._credential_store.box),
            metrics=self._metrics,
            artifacts=ArtifactStore(self._files, _objects(settings)),
            model_files=_model_files(settings),
            subscriptions=Subscriptions(self._credential_store.box, egress, quotas_of(settings)),
            list_turns=ListTurns(),
            sources=self._sources(egress),
            kinds=kinds,
            measure=measure,
        )
        self.request_workers.look_up_models(self._find_models)
        self._results = Results(context)
        own = self.of(DEFAULT_TENANT)
        self.jobs, self.definitions = own.jobs, own.definitions
        self.runner = Runner(context) if settings.runner else None
        self.sender = self._sender()
        self._sweeper = RetentionSweeper(context)

    def _make_followers(self, writer: JobStateWriter) -> Followers:
        return Followers(self._database, writer.notifications, self.settings.poll_seconds)

    def _sender(self) -> WebhookSender:
        return WebhookSender(
            self._database,
            self.context.state_writer.notifications,
            self.context.subscriptions,
            _retry_policy(self.settings),
            count=self._metrics.sent,
        )

    async def _find_models(self, tenant: str, references: Sequence[str]) -> Mapping[str, Path]:
        """The files of the synthesizers that a tenant's definition names."""
        return await synthesizers_of(self.context, tenant).files(references)

    def _sources(self, egress: EgressPolicy) -> Sources:
        settings = self.settings
        return Sources(
            self._database,
            SourceFiles(settings.data_dir.resolve()),
            self.request_workers,
            self._credential_store.box,
            quotas_of(settings),
            UploadLimits(settings.max_source_bytes, settings.source_upload_seconds),
            ReadingLimits(
                settings.source_seconds,
                settings.worker_memory,
                settings.lease_seconds,
                settings.max_source_bytes,
                settings.niceness,
            ),
            ConnectionOrigins(self._credential_store, egress),
            Witness(settings.data_dir.resolve() / "privacy"),
        )

    def of(self, tenant: str, scope: Scope = Scope.ADMIN) -> Tenant:
        """Everything that a tenant has, for a caller of a scope; `jobs` and `definitions` here are
        the default tenant's."""
        request_workers, quotas = self.request_workers.of(tenant), self.context.subscriptions.quotas
        return Tenant(
            name=tenant,
            jobs=Jobs(self.context, self._results, tenant, scope),
            definitions=Definitions(self._database, request_workers, tenant, quotas),
            connections=Connections(self._credential_store, tenant, quotas),
            keys=Keys(self._database, tenant, quotas),
            audit=Audit(self._database, tenant),
            webhooks=Webhooks(
                self._database,
                self.context.state_writer.notifications,
                self.context.subscriptions,
                tenant,
            ),
            sources=self.context.sources.of(tenant, scope),
            synthesizers=synthesizers_of(self.context, tenant),
            request_workers=request_workers,
        )

    async def authenticate(self, token: str) -> ApiKey:
        """The key, of any tenant, that a token belongs to. Raises KeyRefused."""
        return await authenticate(self._keys, token)

    async def record(self, event: AuditEvent) -> None:
        """Write what was done into the audit log."""
        await record(self._database, event)

    async def start(self) -> None:
        """Bring the database up to date, start the pool of request workers and (if set) the runner.

        A database server that starts up at the same time is waited for; raises
        DatabaseUnavailable when it takes too long.
        """
        await patiently(self._prepare, START_SECONDS)
        await asyncio.to_thread(self._unlock)
        await self.request_workers.start()
        self.sender.start()
        await self.context.sources.start()
        if self.runner is not None:
            self.runner.start()
        self._sweeper.start()
        self._watchdog.start()
        self._memory.start()

    async def _prepare(self) -> None:
        await asyncio.to_thread(tighten, self.settings.data_dir)
        await migrate(self._database)
        await remove_old(self._database, self.settings.audit_days)

    def _unlock(self) -> None:
        """Read the keys; what is made of them is at hand from then on."""
        self._credential_store.box.unlock()
        _ = self.context.plan_key.value

    async def stop(self) -> None:
        """Stop in good order: running jobs go back to the queue and are resumed later."""
        await self._memory.stop()
        await self._watchdog.stop()
        await self._sweeper.stop()
        if self.runner is not None:
            await self.runner.stop()
        await self.sender.stop()
        await self.context.sources.stop()
        await self._followers.stop()
        await self._results.stop()
        await self.request_workers.stop()
        await self._database.close()

    async def ready(self) -> dict[str, bool]:
        """Whether `database`, `pool` and `disk` can be used."""
        return {
            "database": await self._database_answers(),
            "pool": self.request_workers.ready,
            "disk": await asyncio.to_thread(self._files.writable),
        }

    async def metrics(self) -> bytes:
        """The jobs' part of `/metrics`, Prometheus text format 0.0.4: of all tenants."""
        async with self._database.read() as session:
            counts = await JobRepository(session).counts()
        return self._metrics.render(counts)

    async def _database_answers(self) -> bool:
        try:
            async with self._database.read() as session:
                await session.execute(text("SELECT 1"))
        except Exception:
            log.exception("database does not answer")
            return False
        return True


def _retry_policy(settings: Settings) -> RetryPolicy:
    return RetryPolicy(settings.webhook_timeout, settings.webhook_retries, settings.poll_seconds)


def _request_workers(settings: Settings) -> RequestWorkers:
    return RequestWorkers(
        workers=settings.interactive_workers,
        timeout=settings.interactive_timeout,
        memory=settings.interactive_memory,
        max_rows=settings.max_rows,
        waiting=settings.interactive_waiting,
        shared=settings.api_keys,
    )


def _model_files(settings: Settings) -> ModelFiles:
    return ModelFiles(settings.data_dir.resolve() / "synthesizers", _objects(settings))


def _objects(settings: Settings) -> Objects | None:
    return None if settings.results is None else Objects(settings.results)


def _egress(settings: Settings) -> EgressPolicy:
    allowed = read_allowed(settings.outbound_allow)
    return EgressPolicy(allowed, public=settings.outbound_public)


def _box(settings: Settings) -> SecretBox:
    keys = settings.secret_keys
    return make_box(settings.data_dir, None if keys is None else keys.get_secret_value())


def _sinks(settings: Settings, egress: EgressPolicy) -> Mapping[str, Sink]:
    return available_sinks(local_root=settings.local_sink_root, egress=egress)
