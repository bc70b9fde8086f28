"""A fair queue: a few things of one kind, such as processes, and many who want one for a while."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, deque
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.workers.errors import QueueFull

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one owner, and all of them together, may have.

    Args:
        held: things that an owner may hold at the same time.
        waiting: what an owner's waiting calls may cost together.
        waiting_in_all: what those of all owners may cost; an owner may have no more than is left
            for others, so that many owners together keep nobody out.
    """

    held: int
    waiting: int
    waiting_in_all: int


class Turns(Generic[T]):
    """Hands out idle things: to the owner who holds the fewest, in turn where that is several.

    An owner with a thousand waiting calls delays another's first one by no more than what is in
    hand at the moment, and by nothing while `Bounds.held` leaves a thing idle.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._idle: deque[T] = deque()
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[T]]] = {}
        # When each owner who waits or holds something was served last.
        self._served: dict[str, int] = {}
        self._moments = itertools.count(1)
        self._cost: Counter[str] = Counter()

    async def take(self, owner: str, *, cost: int | None = 1) -> T:
        """The next idle thing, to be given back by `release` and `add`.

        A caller that is cancelled while it waits leaves the queue.

        Args:
            cost: of waiting; None for work that has a bound of its own and is never refused.

        Raises:
            QueueFull: as many calls wait as may.
        """
        if cost is not None:
            self._check_room(owner)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(future)
        self._cost[owner] += cost or 0
        self._hand_out()
        try:
            return await future
        except asyncio.CancelledError:
            self._leave(owner, future)
            raise
        finally:
            self._cost[owner] -= cost or 0
            self._cost += Counter()  # forgets who has nothing more

    def add(self, thing: T) -> None:
        """An idle thing, new or done with."""
        self._idle.append(thing)
        self._hand_out()

    def release(self, owner: str) -> None:
        """The owner holds one thing less."""
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]
            self._forget(owner)
        self._hand_out()

    def refuse(self, error: Exception) -> None:
        """Have everybody who waits get an error in place of a thing."""
        for future in itertools.chain(*self._waiting.values()):
            if not future.done():
                future.set_exception(error)
        self._waiting.clear()

    def _check_room(self, owner: str) -> None:
        room = self._bounds.waiting_in_all - self._cost.total()
        if self._cost[owner] >= min(self._bounds.waiting, room):
            raise QueueFull

    def _hand_out(self) -> None:
        while self._idle and (owner := self._next()) is not None:
            future = self._first(owner)
            if future.cancelled():  # its caller leaves, and has not had the time to say so
                continue
            self._held[owner] += 1
            self._served[owner] = next(self._moments)
            future.set_result(self._idle.popleft())

    def _next(self) -> str | None:
        entitled = [each for each in self._waiting if self._held[each] < self._bounds.held]
        return min(
            entitled,
            key=lambda each: (self._held[each], self._served.get(each, 0)),
            default=None,
        )

    def _first(self, owner: str) -> asyncio.Future[T]:
        queue = self._waiting[owner]
        future = queue.popleft()
        if not queue:
            del self._waiting[owner]
        return future

    def _leave(self, owner: str, future: asyncio.Future[T]) -> None:
        if future.done() and not future.cancelled():
            self.add(future.result())
            self.release(owner)
        elif future in (queue := self._waiting.get(owner, deque())):
            queue.remove(future)
            if not queue:
                del self._waiting[owner]
                self._forget(owner)

    def _forget(self, owner: str) -> None:
        if owner not in self._held and owner not in self._waiting:
            self._served.pop(owner, None)
