"""How many calls that last a caller has at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from app.api.http_errors import TooManyStreams
from app.api.security import Caller

# Streams of all callers of one process.
ALL_STREAMS = 1_000


class Shares:
    """Counts downloads, streams of events, and requests that wait for a job.

    Args:
        each: how many one key may have.
    """

    def __init__(self, each: int) -> None:
        self._each = each
        self._held: Counter[str] = Counter()

    def has_room(self, caller: Caller) -> bool:
        return self._held[caller.name] < self._each and self._held.total() < ALL_STREAMS

    def take(self, caller: Caller) -> None:
        """Raises TooManyStreams where the caller has as many as it may have."""
        if not self.has_room(caller):
            raise TooManyStreams(self._each)
        self._held[caller.name] += 1

    @contextmanager
    def held(self, caller: Caller) -> Iterator[None]:
        """As `take`, until the end of the block."""
        self.take(caller)
        try:
            yield
        finally:
            self.give_back(caller)

    def give_back(self, caller: Caller) -> None:
        self._held[caller.name] -= 1
        if not self._held[caller.name]:
            del self._held[caller.name]
