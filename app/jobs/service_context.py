"""What the runner and its jobs work with, wired once by the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.connections.credential_store import CredentialStore
from app.engine.execution.limits import IDLE_NICENESS, WorkerLimits
from app.jobs.artifacts.artifact_store import ArtifactStore
from app.jobs.following import Followers
from app.jobs.job_loader import JobLoader
from app.jobs.kinds import JobKind
from app.jobs.listing import ListTurns
from app.jobs.metrics import JobMetrics
from app.jobs.state_writer import JobStateWriter
from app.models.model_files import ModelFiles
from app.settings import Settings
from app.sinks.base import Sink
from app.sources.sources import Sources
from app.store.blobs.local import JobFiles
from app.webhooks.subscriptions import Subscriptions
from app.workers.plan_files import PlanKey
from app.workers.request_workers import RequestWorkers
from app.workers.worker_tasks import Measured, measure

# As `worker_tasks.measure`; a module's function, as it runs in a worker.
Measure = Callable[..., Measured]
SMALL_JOB_NICENESS = 10


@dataclass(frozen=True, slots=True)
class ServiceContext:
    settings: Settings
    state_writer: JobStateWriter
    job_loader: JobLoader
    files: JobFiles
    request_workers: RequestWorkers
    sinks: Mapping[str, Sink]
    metrics: JobMetrics
    credential_store: CredentialStore
    plan_key: PlanKey
    artifacts: ArtifactStore
    model_files: ModelFiles
    subscriptions: Subscriptions
    followers: Followers
    list_turns: ListTurns
    sources: Sources
    kinds: Mapping[str, JobKind]
    measure: Measure = measure

    def limits_of(self, cost: int) -> WorkerLimits:
        """Limits of a job's workers by its cost: jobs run behind requests that wait for an
        answer, and large ones behind small ones, too."""
        is_small = cost <= self.settings.small_job_rows
        niceness = SMALL_JOB_NICENESS if is_small else IDLE_NICENESS
        return WorkerLimits(
            niceness=min(niceness, self.settings.niceness),
            memory_bytes=self.settings.worker_memory,
        )
