"""What is asked for by every request, read for several of them by one query."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.store.database import Database

T = TypeVar("T")

# From the beginning of a query to that of the next one. Alone nobody waits for it; of two hundred
# requests a second two share a query, which then costs each of them half.
PACE_SECONDS = 0.01


class _Query(Generic[T]):
    """A query that others may still join."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.answer: asyncio.Task[Mapping[str, T]]


class BatchLoader(ABC, Generic[T]):
    """Reads rows by their ids, one query at a time.

    Who asks while a query is under way shares the next one, never one that began before: every
    answer is as new as if it had been read alone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._next: _Query[T] | None = None
        self._earliest = 0.0

    async def get(self, row_id: str) -> T | None:
        """What there is of this id. Raises DatabaseUnavailable."""
        if self._next is None:
            self._next = _Query()
            self._next.answer = asyncio.create_task(self._ask(self._next))
        query = self._next
        query.ids.add(row_id)
        # One of those who wait may go away; the others go on waiting.
        return (await asyncio.shield(query.answer)).get(row_id)

    async def _ask(self, query: _Query[T]) -> Mapping[str, T]:
        clock = asyncio.get_running_loop().time
        async with self._turn:
            if (ahead := self._earliest - clock()) > 0:
                await asyncio.sleep(ahead)
            self._earliest = clock() + PACE_SECONDS
            self._next = None
            async with self._database.read() as session:
                return await self._find(session, query.ids)

    @abstractmethod
    async def _find(self, session: AsyncSession, ids: Collection[str]) -> Mapping[str, T]:
        """Those that there are."""
