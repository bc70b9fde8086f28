"""Who waits for what inside this process; other processes' changes are found by looking again."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

QUEUE = "queue"


class Watch:
    """Remembers a change from the moment of its making, so none is lost between look and wait."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def mark(self) -> None:
        self._changed.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a change, `seconds` at most; whether one came. Forgets the change."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True


class Notifications:
    """Wakes watchers of a topic: `QUEUE`, a job's id, or `cancel_topic(id)`."""

    def __init__(self) -> None:
        self._watches: defaultdict[str, set[Watch]] = defaultdict(set)

    @contextmanager
    def watch(self, topic: str) -> Iterator[Watch]:
        watch = Watch()
        self._watches[topic].add(watch)
        try:
            yield watch
        finally:
            self._watches[topic].discard(watch)
            if not self._watches[topic]:
                del self._watches[topic]

    def notify(self, topic: str) -> None:
        for watch in self._watches.get(topic, ()):
            watch.mark()


def cancel_topic(job_id: str) -> str:
    return f"cancel {job_id}"
