"""Numbers about jobs, in a registry of their own so that several services fit one process."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app.store.job_status import JobStatus

_SECONDS = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)


class JobMetrics:
    """Counters of this process's runner, and the number of stored jobs by status."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._jobs = Gauge(
            "tablesmith_jobs", "Stored jobs by status.", ["status"], registry=self.registry
        )
        self.running = Gauge(
            "tablesmith_jobs_running", "Jobs that this process carries out.", registry=self.registry
        )
        self._ended = Counter(
            "tablesmith_jobs_ended",
            "Jobs that ended here.",
            ["kind", "status"],
            registry=self.registry,
        )
        self._rows = Counter(
            "tablesmith_rows_generated",
            "Rows of jobs whose data was made.",
            registry=self.registry,
        )
        self._webhooks = Counter(
            "tablesmith_webhook_attempts",
            "Attempts at webhooks that ended here.",
            ["arrived"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "tablesmith_stage_seconds",
            "Time that a stage took.",
            ["stage"],
            buckets=_SECONDS,
            registry=self.registry,
        )

    def ended(self, kind: str, status: JobStatus) -> None:
        self._ended.labels(kind, status.value).inc()

    def generated(self, rows: int) -> None:
        self._rows.inc(rows)

    def sent(self, arrived: bool) -> None:
        """An attempt at a webhook has ended."""
        self._webhooks.labels("yes" if arrived else "no").inc()

    def took(self, stage: str, seconds: float) -> None:
        self._seconds.labels(stage).observe(seconds)

    def render(self, counts: Mapping[str, int]) -> bytes:
        """Prometheus text format 0.0.4; `counts` is the number of stored jobs by status."""
        for status in JobStatus:
            self._jobs.labels(status.value).set(counts.get(status.value, 0))
        return generate_latest(self.registry)
