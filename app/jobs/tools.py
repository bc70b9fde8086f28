"""What the runner and its jobs work with, wired once by the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.execution.pool import WorkerLimits
from app.engine.execution.results import Generated
from app.engine.plan.plan import Plan
from app.jobs.board import Board
from app.jobs.interactive import Interactive
from app.jobs.metrics import JobMetrics
from app.settings import Settings
from app.sinks.base import Sink
from app.store.files import JobFiles

# Measures the declared facts in the finished files; a module's function, as it runs in a worker.
Measure = Callable[[Plan, Generated], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Tools:
    settings: Settings
    board: Board
    files: JobFiles
    interactive: Interactive
    sinks: Mapping[str, Sink]
    metrics: JobMetrics
    measure: Measure | None = None

    @property
    def worker_limits(self) -> WorkerLimits:
        """Jobs step back behind whoever waits for an answer."""
        return WorkerLimits(niceness=10, memory_bytes=self.settings.worker_memory)
