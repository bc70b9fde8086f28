"""What the runner and its jobs work with, wired once by the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.engine.execution.limits import WorkerLimits
from app.jobs.artifacts.shelf import Shelf
from app.jobs.board import Board
from app.jobs.connections import Vault
from app.jobs.following import Followers
from app.jobs.kinds import JobKind
from app.jobs.listing import ListTurns
from app.jobs.metrics import JobMetrics
from app.jobs.reading import JobReader
from app.jobs.webhooks.subscriptions import Subscriptions
from app.settings import Settings
from app.sinks.base import Sink
from app.store.files import JobFiles
from app.workers.interactive import Interactive
from app.workers.plan_files import PlanKey
from app.workers.work import Measured, measure

# As `work.measure`; a module's function, as it runs in a worker.
Measure = Callable[..., Measured]


@dataclass(frozen=True, slots=True)
class Tools:
    settings: Settings
    board: Board
    reader: JobReader
    files: JobFiles
    interactive: Interactive
    sinks: Mapping[str, Sink]
    metrics: JobMetrics
    vault: Vault
    plan_key: PlanKey
    shelf: Shelf
    subscriptions: Subscriptions
    followers: Followers
    list_turns: ListTurns
    kinds: Mapping[str, JobKind]
    measure: Measure = measure

    def limits_of(self, cost: int) -> WorkerLimits:
        """Limits of a job's workers by its cost: jobs run behind requests that wait for an
        answer, but for small ones, which large ones would hold up."""
        niceness = 0 if cost <= self.settings.small_job_rows else 19
        return WorkerLimits(niceness=niceness, memory_bytes=self.settings.worker_memory)
