"""How much one browser may have done: so much at once, and so much a second after that."""

from __future__ import annotations

import asyncio
import time

# Seconds that a message costs before anything is done with it, and each byte of it.
MESSAGE, BYTE = 0.01, 2e-7
# Of each second the event loop works so much for one browser.
SHARE = 0.25
# Seconds that may be used in advance.
AT_ONCE = 2.0


class Meter:
    """Work is counted when it is done; who has used too much waits before more is read."""

    def __init__(self) -> None:
        self._used_until = 0.0

    def message(self, size: int) -> None:
        """A message of so many bytes came."""
        self._count(MESSAGE + size * BYTE)

    def work(self, seconds: float) -> None:
        """Something was done that took the event loop so long."""
        self._count(seconds / SHARE)

    def _count(self, cost: float) -> None:
        self._used_until = max(self._used_until, time.monotonic() - AT_ONCE) + cost

    @property
    def wait(self) -> float:
        """Seconds until more may be done."""
        return max(0.0, self._used_until - time.monotonic())

    async def turn(self) -> None:
        """Wait until more may be done."""
        await asyncio.sleep(self.wait)
