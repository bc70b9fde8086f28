"""Room for deliveries, which a tenant whose servers are slow cannot fill alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager

# Jobs in the hands of a runner that deliver, wait for a slot, or wait before the next attempt.
IN_HAND = 4


def share_of(total: int) -> int:
    """How much of something one tenant may have: half, and never nothing."""
    return max(1, total // 2)


class DeliverySlots:
    """So many attempts at deliveries at the same time, of one tenant half of them."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._all = asyncio.Semaphore(total)
        self._of: dict[str, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def of(self, tenant: str) -> AsyncIterator[None]:
        """A slot for the time of the block; waited for in the order of those who came."""
        own = self._of.setdefault(tenant, asyncio.Semaphore(share_of(self._total)))
        async with own, self._all:
            yield

    def without_room(self, tenants: Iterable[str]) -> Collection[str] | None:
        """The tenants that have their share of jobs in hand, given the tenant of each; None where
        there is no room for anybody."""
        in_hand, most = Counter(tenants), IN_HAND * self._total
        if in_hand.total() >= most:
            return None
        return [tenant for tenant, count in in_hand.items() if count >= share_of(most)]
