"""Taking finished files to a sink, again and again while it fails for passing reasons."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

import structlog
from pydantic import BaseModel

from app.jobs.deliveries.delivering import Bounds, Errand, carry
from app.jobs.models import Delivery
from app.sinks.base import (
    MANIFEST,
    DeliveryAttempt,
    Receipt,
    Sink,
    SinkFile,
    TerminalSinkError,
    TransientSinkError,
)
from app.store.database import OUTAGE_SECONDS, DatabaseUnavailable, patiently
from app.telemetry.redaction import LONGEST_TEXT, hide, redacted_data, redacted_within
from app.workers.threads import in_own_thread

MAX_WAIT = 300.0  # seconds between two attempts, unless the other side asks for more
MAX_RETRY_AFTER = 3600.0
BOUNDS = Bounds(memory=2**30, seconds=7200.0)

log = structlog.get_logger(__name__)

# Of a job's id, the delivery's place among the job's, its tenant and its target. Raises
# TerminalSinkError where what the target names is not there any more.
CredentialsOf = Callable[[str, int, str, Mapping[str, Any]], Awaitable[BaseModel | None]]


@dataclass(frozen=True, slots=True)
class DeliverySource:
    """Whose delivery it is, and which one of the job's."""

    job_id: str
    tenant: str
    place: int

    @property
    def delivery(self) -> str:
        return f"{self.job_id}/{self.place}"


class _Clock:
    """How long its blocks took, all together."""

    def __init__(self) -> None:
        self.spent = 0.0
        self._since = 0.0

    def __enter__(self) -> None:
        self._since = time.monotonic()

    def __exit__(self, *_error: object) -> None:
        self.spent += time.monotonic() - self._since


def _no_slot(_tenant: str) -> AbstractAsyncContextManager[None]:
    return contextlib.nullcontext()


@dataclass(frozen=True, slots=True)
class DeliveryRunner:
    """Delivers to the sinks of this service.

    Args:
        attempts: how often a delivery is tried.
        backoff: seconds before the second attempt, give or take a quarter; doubled each time.
        credentials_of: what a target's owner has given the service; None: nothing.
        bounds: of the process of an attempt; the seconds are for all attempts together, the time
            between them left out.
        slot: of a tenant; held during an attempt, not between two.
    """

    sinks: Mapping[str, Sink]
    attempts: int
    backoff: float
    credentials_of: CredentialsOf | None = None
    bounds: Bounds = BOUNDS
    slot: Callable[[str], AbstractAsyncContextManager[None]] = _no_slot

    async def deliver(
        self, delivery: Delivery, files: Sequence[SinkFile], source: DeliverySource
    ) -> Delivery:
        """The delivery as it ended: delivered with its receipt, or failed with its error.

        Raises DatabaseUnavailable where credentials cannot be looked up for long: that says
        nothing about the sink.
        """
        clock = _Clock()
        for attempt in range(1, self.attempts + 1):
            delivery = replace(delivery, attempts=attempt)
            try:
                async with self.slot(source.tenant):
                    with clock:
                        receipt = await self._attempt(delivery, files, source, clock.spent)
            except TransientSinkError as error:
                delivery = replace(delivery, error=_told(error))
                log.warning("delivery failed", sink=delivery.kind, error=str(error))
                if attempt < self.attempts:
                    await asyncio.sleep(self._wait(attempt, error.retry_after))
            except TerminalSinkError as error:
                delivery = replace(delivery, error=_told(error))
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
        self, delivery: Delivery, files: Sequence[SinkFile], source: DeliverySource, spent: float
    ) -> Receipt:
        sink = self.sinks.get(delivery.kind)
        if sink is None:
            raise TerminalSinkError(f"this service has no sink of kind {delivery.kind!r} any more")
        credentials = await self._credentials(delivery, source)
        chosen = readable(files, sink)
        errand = Errand(sink, chosen, delivery.target, credentials, source.delivery, source.tenant)
        bounds = replace(self.bounds, seconds=max(1.0, self.bounds.seconds - spent))
        given = await (carry(errand, bounds) if sink.foreign else _carry_here(errand))
        receipt: Receipt = redacted_data(given)
        return receipt

    async def _credentials(self, delivery: Delivery, source: DeliverySource) -> BaseModel | None:
        if self.credentials_of is None:
            return None
        whose = (source.job_id, source.place, source.tenant, delivery.target)
        look_up = functools.partial(self.credentials_of, *whose)
        credentials = await patiently(look_up, OUTAGE_SECONDS)
        hide(credentials)
        return credentials

    def _wait(self, attempt: int, asked: float | None) -> float:
        """Seconds before the next attempt."""
        doubled = min(MAX_WAIT, self.backoff * 2 ** (attempt - 1))
        spread = doubled * random.uniform(0.75, 1.25)
        return max(spread, min(asked or 0.0, MAX_RETRY_AFTER))


def _told(error: Exception) -> str:
    """What a sink said, as the job's owner may read it; what is very long is cut."""
    return redacted_within(str(error), LONGEST_TEXT)


async def _carry_here(errand: Errand) -> Receipt:
    """Run an errand that meets no stranger, in a thread of this process."""
    attempt = DeliveryAttempt(errand.delivery, errand.tenant)
    call = functools.partial(
        errand.sink.deliver, errand.files, errand.target, errand.credentials, attempt
    )
    try:
        return await in_own_thread(call, f"delivery {errand.delivery}")
    finally:
        # A thread cannot be cancelled: this one learns when nobody waits for it any more.
        attempt.stopping.set()


def readable(files: Sequence[SinkFile], sink: Sink) -> list[SinkFile]:
    """The files that a sink can read, and the manifest. Sinks of certain formats take tables."""
    return [
        file
        for file in files
        if sink.formats is None
        or (file.table and file.format in sink.formats)
        or file.format == MANIFEST
    ]
