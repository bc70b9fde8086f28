"""Taking finished files to a sink, again and again while it fails for passing reasons."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from app.jobs.models import Delivery
from app.sinks.base import Sink, SinkFile, TerminalSinkError, TransientSinkError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Courier:
    """Delivers to the sinks of this service.

    Args:
        attempts: how often a delivery is tried.
        backoff: seconds before the second attempt; doubled each time.
    """

    sinks: Mapping[str, Sink]
    attempts: int
    backoff: float

    async def deliver(self, delivery: Delivery, files: Sequence[SinkFile]) -> Delivery:
        """The delivery as it ended: delivered with its receipt, or failed with its error."""
        for attempt in range(1, self.attempts + 1):
            delivery = replace(delivery, attempts=attempt)
            try:
                return await self._attempt(delivery, files)
            except TransientSinkError as error:
                delivery = replace(delivery, error=str(error))
                log.warning("delivery failed", sink=delivery.kind, error=str(error))
            except TerminalSinkError as error:
                delivery = replace(delivery, error=str(error))
                break
            except Exception:
                log.exception("delivery broke", sink=delivery.kind)
                delivery = replace(delivery, error="the sink broke; the service's log says how")
                break
            if attempt < self.attempts:
                await asyncio.sleep(self.backoff * 2 ** (attempt - 1))
        return replace(delivery, status="failed")

    async def _attempt(self, delivery: Delivery, files: Sequence[SinkFile]) -> Delivery:
        sink = self.sinks.get(delivery.kind)
        if sink is None:
            raise TerminalSinkError(f"this service has no sink of kind {delivery.kind!r} any more")
        receipt = await asyncio.to_thread(sink.deliver, files, delivery.target)
        return replace(delivery, status="delivered", receipt=receipt, error=None)
