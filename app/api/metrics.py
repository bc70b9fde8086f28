"""Numbers about requests, in a registry of each application's own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"


class RequestMetrics:
    """Counts and times of requests by route template, never by path: the number of series is
    bounded whatever is asked for."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.in_progress = Gauge(
            "tablesmith_http_requests_in_progress",
            "Requests being answered.",
            registry=self.registry,
        )
        self._requests = Counter(
            "tablesmith_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "tablesmith_http_request_seconds",
            "Seconds until an answer was sent completely.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self.registry,
        )

    def observe(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count one answered request; `route` is None where no route matched."""
        known = method if method in METHODS else "other"
        name = route or UNMATCHED
        self._requests.labels(known, name, str(status)).inc()
        self._seconds.labels(known, name).observe(seconds)

    def render(self) -> bytes:
        """Prometheus text format 0.0.4."""
        return generate_latest(self.registry)
