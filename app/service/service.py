"""The interface of this room: what the API, the pages and the command line call.

All calls are coroutines that do no CPU work of their own in the event loop. Errors are those of
`app.jobs.errors`, and `DefinitionError` and `FormatError` of the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog
from sqlalchemy import text

from app.jobs.accounts.audit import Audit, Deed, record, remove_old
from app.jobs.accounts.keys import ApiKey, Keys, authenticate
from app.jobs.accounts.quotas import quotas_of
from app.jobs.artifacts.shelf import Shelf
from app.jobs.board import Board
from app.jobs.connections import Connections, Vault
from app.jobs.errors import (
    IdempotencyConflict,
    InvalidCursor,
    InvalidTransition,
    JobNotFound,
    JobsError,
    ResultNotReady,
    SchemaNotFound,
    UnknownTable,
)
from app.jobs.following import Followers
from app.jobs.jobs import Jobs
from app.jobs.kinds import JobKind
from app.jobs.listing import ListTurns
from app.jobs.metrics import JobMetrics
from app.jobs.queue.runner import Runner
from app.jobs.reading import JobReader, KeyReader
from app.jobs.results import Results
from app.jobs.retention import Janitor
from app.jobs.schemas import Schemas
from app.jobs.tools import Measure, Tools
from app.jobs.webhooks.sender import Patience, Sender
from app.jobs.webhooks.subscriptions import Subscriptions
from app.jobs.webhooks.webhooks import Webhooks
from app.kinds.registry import KINDS
from app.service.tenants import DEFAULT_TENANT, Tenant
from app.settings import Settings
from app.sinks.base import Sink
from app.sinks.egress import EgressPolicy, read_allowed
from app.sinks.registry import available_sinks
from app.store.database import Database, patiently
from app.store.files import JobFiles
from app.store.jobs import JobRepository
from app.store.migrate import migrate
from app.store.objects import Objects
from app.store.private import tighten
from app.store.secrets import SecretBox, make_box
from app.telemetry.watchdog import Watchdog
from app.workers import work
from app.workers.errors import Overloaded
from app.workers.interactive import Interactive
from app.workers.plan_files import PlanKey

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
    "Tenant",
    "UnknownTable",
]

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
        measure: Measure = work.measure,
    ) -> None:
        """`sinks` by kind; those that the settings allow when None. `kinds` of jobs by name.
        Nothing is opened here.

        `measure` finds out whether declared facts hold in the finished files.
        """
        self.settings = settings
        self._database = Database(settings.database)
        self._keys = KeyReader(self._database)
        self._files = JobFiles(settings.data_dir.resolve())
        self._metrics = JobMetrics()
        self._watchdog = Watchdog(self._metrics.registry)
        self.interactive = _interactive(settings)
        egress = _egress(settings)
        available = _sinks(settings, egress) if sinks is None else sinks
        self._vault = Vault(self._database, _box(settings), available)
        board = Board(self._database)
        self._followers = Followers(self._database, board.changes, settings.poll_seconds)
        self.tools = tools = Tools(
            settings=settings,
            board=board,
            followers=self._followers,
            reader=JobReader(self._database),
            files=self._files,
            interactive=self.interactive,
            sinks=available,
            vault=self._vault,
            plan_key=PlanKey(self._vault.box),
            metrics=self._metrics,
            shelf=Shelf(self._files, _objects(settings)),
            subscriptions=Subscriptions(self._vault.box, egress, quotas_of(settings)),
            list_turns=ListTurns(),
            kinds=kinds,
            measure=measure,
        )
        self._results = Results(tools)
        own = self.of(DEFAULT_TENANT)
        self.jobs, self.schemas = own.jobs, own.schemas
        self.runner = Runner(tools) if settings.runner else None
        self.sender = Sender(
            tools.board, tools.subscriptions, _patience(settings), count=self._metrics.sent
        )
        self._janitor = Janitor(tools)

    def of(self, tenant: str) -> Tenant:
        """Everything that a tenant has; `jobs` and `schemas` here are the default tenant's."""
        interactive, quotas = self.interactive.of(tenant), self.tools.subscriptions.quotas
        return Tenant(
            name=tenant,
            jobs=Jobs(self.tools, self._results, tenant),
            schemas=Schemas(self._database, interactive, tenant, quotas),
            connections=Connections(self._vault, tenant, quotas),
            keys=Keys(self._database, tenant, quotas),
            audit=Audit(self._database, tenant),
            webhooks=Webhooks(self.tools.board, self.tools.subscriptions, tenant),
            interactive=interactive,
        )

    async def authenticate(self, token: str) -> ApiKey:
        """The key, of any tenant, that a token belongs to. Raises KeyRefused."""
        return await authenticate(self._keys, token)

    async def record(self, deed: Deed) -> None:
        """Write what was done into the audit log."""
        await record(self._database, deed)

    async def start(self) -> None:
        """Bring the database up to date, start the interactive pool and (if set) the runner.

        A database server that starts up at the same time is waited for; raises
        DatabaseUnavailable when it takes too long.
        """
        await patiently(self._prepare, START_SECONDS)
        await asyncio.to_thread(self._unlock)
        await self.interactive.start()
        self.sender.start()
        if self.runner is not None:
            self.runner.start()
        self._janitor.start()
        self._watchdog.start()

    async def _prepare(self) -> None:
        await asyncio.to_thread(tighten, self.settings.data_dir)
        await migrate(self._database)
        await remove_old(self._database, self.settings.audit_days)

    def _unlock(self) -> None:
        """Read the keys; what is made of them is at hand from then on."""
        self._vault.box.unlock()
        _ = self.tools.plan_key.value

    async def stop(self) -> None:
        """Stop in good order: running jobs go back to the queue and are resumed later."""
        await self._watchdog.stop()
        await self._janitor.stop()
        if self.runner is not None:
            await self.runner.stop()
        await self.sender.stop()
        await self._followers.stop()
        await self._results.stop()
        await self.interactive.stop()
        await self._database.close()

    async def ready(self) -> dict[str, bool]:
        """Whether `database`, `pool` and `disk` can be used."""
        return {
            "database": await self._database_answers(),
            "pool": self.interactive.ready,
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


def _patience(settings: Settings) -> Patience:
    return Patience(settings.webhook_timeout, settings.webhook_retries, settings.poll_seconds)


def _interactive(settings: Settings) -> Interactive:
    return Interactive(
        workers=settings.interactive_workers,
        timeout=settings.interactive_timeout,
        memory=settings.interactive_memory,
        max_rows=settings.max_rows,
        waiting=settings.interactive_waiting,
        shared=settings.api_keys,
    )


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
