"""Taking finished files to a sink, again and again while it fails for passing reasons."""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from pydantic import BaseModel

from app.jobs.holding import OUTAGE_SECONDS
from app.jobs.models import Delivery
from app.jobs.redaction import hide, redacted, redacted_data
from app.jobs.threads import in_own_thread
from app.sinks.base import (
    MANIFEST,
    Attempt,
    Receipt,
    Sink,
    SinkFile,
    TerminalSinkError,
    TransientSinkError,
)
from app.store.database import DatabaseUnavailable, patiently

MAX_WAIT = 300.0  # seconds between two attempts, unless the other side asks for more
MAX_RETRY_AFTER = 3600.0

log = structlog.get_logger(__name__)

# Of a job's id, the delivery's place among the job's, its tenant and its target. Raises
# TerminalSinkError where what the target names is not there any more.
CredentialsOf = Callable[[str, int, str, Mapping[str, Any]], Awaitable[BaseModel | None]]


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose delivery it is, and which one of the job's."""

    job_id: str
    tenant: str
    place: int

    @property
    def delivery(self) -> str:
        return f"{self.job_id}/{self.place}"


@dataclass(frozen=True, slots=True)
class Courier:
    """Delivers to the sinks of this service.

    Args:
        attempts: how often a delivery is tried.
        backoff: seconds before the second attempt, give or take a quarter; doubled each time.
        credentials_of: what a target's owner has entrusted to the service; None: nobody has.
    """

    sinks: Mapping[str, Sink]
    attempts: int
    backoff: float
    credentials_of: CredentialsOf | None = None

    async def deliver(
        self, delivery: Delivery, files: Sequence[SinkFile], sender: Sender
    ) -> Delivery:
        """The delivery as it ended: delivered with its receipt, or failed with its error.

        Raises DatabaseUnavailable where credentials cannot be looked up for long: that says
        nothing about the sink.
        """
        for attempt in range(1, self.attempts + 1):
            delivery = replace(delivery, attempts=attempt)
            try:
                receipt = await self._attempt(delivery, files, sender)
            except TransientSinkError as error:
                delivery = replace(delivery, error=redacted(str(error)))
                log.warning("delivery failed", sink=delivery.kind, error=str(error))
                if attempt < self.attempts:
                    await asyncio.sleep(self._wait(attempt, error.retry_after))
            except TerminalSinkError as error:
                delivery = replace(delivery, error=redacted(str(error)))
                break
            except DatabaseUnavailable:
                raise
            except Exception:
                log.exception("delivery broke", sink=delivery.kind)
                delivery = replace(delivery, error="the sink broke; the service's log says how")
                break
            else:
                return replace(delivery, status="delivered", receipt=receipt, error=None)
        return replace(delivery, status="failed")

    async def _attempt(
        self, delivery: Delivery, files: Sequence[SinkFile], sender: Sender
    ) -> Receipt:
        sink = self.sinks.get(delivery.kind)
        if sink is None:
            raise TerminalSinkError(f"this service has no sink of kind {delivery.kind!r} any more")
        credentials = await self._credentials(delivery, sender)
        attempt = Attempt(sender.delivery, sender.tenant)
        chosen = readable(files, sink)
        try:
            given = await in_own_thread(
                functools.partial(sink.deliver, chosen, delivery.target, credentials, attempt),
                f"delivery {sender.delivery}",
            )
            receipt: Receipt = redacted_data(given)
            return receipt
        finally:
            # A thread cannot be cancelled: this one is told where nobody waits for it any more.
            attempt.stopping.set()

    async def _credentials(self, delivery: Delivery, sender: Sender) -> BaseModel | None:
        if self.credentials_of is None:
            return None
        whose = (sender.job_id, sender.place, sender.tenant, delivery.target)
        look_up = functools.partial(self.credentials_of, *whose)
        credentials = await patiently(look_up, OUTAGE_SECONDS)
        hide(credentials)
        return credentials

    def _wait(self, attempt: int, asked: float | None) -> float:
        """Seconds before the next attempt."""
        doubled = min(MAX_WAIT, self.backoff * 2 ** (attempt - 1))
        spread = doubled * random.uniform(0.75, 1.25)
        return max(spread, min(asked or 0.0, MAX_RETRY_AFTER))


def readable(files: Sequence[SinkFile], sink: Sink) -> list[SinkFile]:
    """The files that a sink can read, and the manifest."""
    return [
        file
        for file in files
        if sink.formats is None or file.format in sink.formats or file.format == MANIFEST
    ]
