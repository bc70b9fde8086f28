"""A few worker processes that are always on, shared fairly between those who call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar, cast

import structlog

from app.engine.execution.pool import WorkerPool, start_pool
from app.workers import worker_tasks
from app.workers.answers import Refusal, answered
from app.workers.errors import AnswerTooLarge, Overloaded
from app.workers.priorities import stepping_back
from app.workers.turns import Turns

T = TypeVar("T")

WARM_UP_SECONDS = 120.0
STOPPING = "the service is stopping; try again"

log = structlog.get_logger(__name__)


class ProcessDied(Overloaded):
    def __init__(self) -> None:
        super().__init__("the process that did this died; a smaller input may work")


class Processes:
    """Each process is a pool of its own, so that ending one call ends no other.

    Args:
        memory: bytes that a call may take beyond what its process starts with.
    """

    def __init__(self, workers: int, memory: int | None, turns: Turns[WorkerPool]) -> None:
        self._workers = workers
        self._memory = memory
        self._turns = turns
        self._pools: set[WorkerPool] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._first: list[asyncio.Task[None]] = []
        self._stopped = False

    def start(self) -> None:
        """Start the processes; each imports what it will need before its first call."""
        self._first = [self._spawn(self._open()) for _ in range(self._workers)]

    async def stop(self) -> None:
        self._stopped = True
        self._turns.refuse(Overloaded(STOPPING))
        while tasks := [*self._tasks]:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        pools, self._pools = self._pools, set()
        await asyncio.gather(*(asyncio.to_thread(pool.kill) for pool in pools))

    @property
    def ready(self) -> bool:
        """Whether the processes have started and imported what they need."""
        return bool(self._pools) and all(task.done() for task in self._first)

    async def run(
        self,
        owner: str,
        seconds: float,
        function: Callable[..., T],
        *arguments: Any,
        cost: int | None = 1,
    ) -> T:
        """Run one call when its turn has come, for at most `seconds` from then.

        A caller that goes away while it waits leaves the queue. A call that has begun goes on to
        its end, and counts for its owner until then.

        Raises:
            QueueFull: there are as many waiting as may be.
            Overloaded: it took longer, or the processes are stopped; ProcessDied where its process
                ended.
            AnswerTooLarge: the answer has more bytes than one may have, or took more memory.
        """
        if self._stopped:
            raise Overloaded(STOPPING)
        pool = await self._turns.take(owner, cost=cost)
        task = self._spawn(self._serve(owner, pool, seconds, function, *arguments))
        return await asyncio.shield(task)

    async def _serve(
        self,
        owner: str,
        pool: WorkerPool,
        seconds: float,
        function: Callable[..., T],
        *arguments: Any,
    ) -> T:
        usable = True
        try:
            with stepping_back(pool.pids):
                outcome = await _call(pool, seconds, function, *arguments)
            usable = not (isinstance(outcome, Refusal) and outcome.spent)
        except Overloaded:
            usable = False
            raise
        finally:
            if usable:
                self._turns.add(pool)
                self._turns.release(owner)
            else:
                self._spawn(self._replace(owner, pool))
        if isinstance(outcome, Refusal):
            raise AnswerTooLarge(outcome.message)
        return cast(T, outcome)

    async def _replace(self, owner: str, pool: WorkerPool) -> None:
        """Put another process in place of one that is of no more use; until it is ready, the one
        that is gone counts for whoever used it up."""
        log.warning("interactive process ended", pids=pool.pids())
        try:
            await self._end(pool)
            if not self._stopped:
                await self._open()
        finally:
            self._turns.release(owner)

    async def _open(self) -> None:
        """Start a process and give it a first call, which takes the longest."""
        pool = self._new_pool()
        try:
            await _call(pool, WARM_UP_SECONDS, worker_tasks.warm_up, self._memory)
        except Exception as error:
            log.error("interactive process does not work", error=str(error))
            await self._end(pool)
            pool = self._new_pool()
        self._turns.add(pool)

    async def _end(self, pool: WorkerPool) -> None:
        await asyncio.to_thread(pool.kill)
        self._pools.discard(pool)

    def _new_pool(self) -> WorkerPool:
        pool = start_pool(1)
        self._pools.add(pool)
        return pool

    def _spawn(self, worker_tasks: Any) -> asyncio.Task[Any]:
        task = asyncio.create_task(worker_tasks)
        self._tasks.add(task)
        task.add_done_callback(self._settle)
        return task

    def _settle(self, task: asyncio.Task[Any]) -> None:
        """Forget a task; its error, if nobody waits for it any more, is no news."""
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()


async def _call(pool: WorkerPool, seconds: float, function: Callable[..., Any], *args: Any) -> Any:
    """What one call in this process returns, or its Refusal. Raises Overloaded, ProcessDied."""
    try:
        async with asyncio.timeout(seconds):
            # A pool's first task starts its process, which may start the fork server.
            future = await asyncio.to_thread(pool.submit, answered, function, *args)
            return await asyncio.wrap_future(future)
    except TimeoutError:
        message = f"this took longer than {round(seconds, 1):g} seconds and was given up"
        raise Overloaded(message) from None
    except RuntimeError:  # of the pool, broken or stopped: what the function raises is none
        raise ProcessDied from None
