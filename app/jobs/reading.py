"""Jobs read for several requests by one query: what is polled most costs least."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from app.store.database import Database
from app.store.jobs import JobRepository
from app.store.rows import JobRow

Found = tuple[JobRow, dict[str, Any]]


# From the beginning of a query to that of the next one. Alone nobody waits for it; of two hundred
# polls a second two share a query, which then costs half.
PACE_SECONDS = 0.01


class _Query:
    """A query that others may still join."""

    def __init__(self) -> None:
        self.job_ids: set[str] = set()
        self.answer: asyncio.Task[Mapping[str, Found]]


class JobReader:
    """Reads jobs of all tenants with their requests, one query at a time.

    Who asks while a query is under way shares the next one, never one that began before: every
    answer is as new as if it had been read alone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._next: _Query | None = None
        self._earliest = 0.0

    async def get(self, job_id: str) -> Found | None:
        """The job and its request. Raises DatabaseUnavailable."""
        if self._next is None:
            self._next = _Query()
            self._next.answer = asyncio.create_task(self._ask(self._next))
        query = self._next
        query.job_ids.add(job_id)
        # One of those who wait may go away; the others go on waiting.
        return (await asyncio.shield(query.answer)).get(job_id)

    async def _ask(self, query: _Query) -> Mapping[str, Found]:
        clock = asyncio.get_running_loop().time
        async with self._turn:
            if (ahead := self._earliest - clock()) > 0:
                await asyncio.sleep(ahead)
            self._earliest = clock() + PACE_SECONDS
            self._next = None
            async with self._database.read() as session:
                return await JobRepository(session).get_all(query.job_ids)
