"""How often a caller may ask: a bucket of tokens for each, in the memory of this process."""

from __future__ import annotations

import time
from collections.abc import Callable

# Buckets that have filled up again say nothing; they are removed when there are this many.
_MOST = 10_000
_MINUTE = 60.0


class RateLimits:
    """Lets a minute's worth of requests through at once, then one after another at their rate.

    Several services over one database count by themselves.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # When each bucket will be full again.
        self._full: dict[str, float] = {}

    def wait(self, name: str, per_minute: int) -> float:
        """Take a request of `name`; 0 where it may go on, else the seconds until one may."""
        moment = self._clock()
        full = max(self._full.get(name, moment), moment) + _MINUTE / per_minute
        if (excess := full - moment - _MINUTE) > 1e-9:
            return excess
        if len(self._full) >= _MOST:
            self._clear(moment)
        self._full[name] = full
        return 0.0

    def _clear(self, moment: float) -> None:
        self._full = {name: full for name, full in self._full.items() if full > moment}
