"""CPU work for requests: a few processes that are always on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any, TypeVar

import structlog

from app.engine.errors import Fault
from app.engine.execution.pool import WorkerLimits, WorkerPool, start_pool
from app.jobs import work
from app.jobs.errors import Overloaded

T = TypeVar("T")
Source = bytes | Mapping[str, Any]

log = structlog.get_logger(__name__)


class ProcessDied(Overloaded):
    def __init__(self) -> None:
        super().__init__("the process that did this died; a smaller input may work")


class Interactive:
    """Definitions read, compiled and previewed outside the event loop.

    `source` is the text of a document (YAML or JSON) or plain JSON data. Every call raises
    DefinitionError with all faults, and Overloaded when it takes longer than `timeout` seconds
    or its process dies. Each process is a pool of its own, so that ending one call ends no other.
    """

    def __init__(self, *, workers: int, timeout: float, memory: int | None, max_rows: int) -> None:
        self._workers = workers
        self._timeout = timeout
        self._limits = WorkerLimits(niceness=0, memory_bytes=memory)
        self._max_rows = max_rows
        self._idle: asyncio.Queue[WorkerPool] = asyncio.Queue()
        self._pools: set[WorkerPool] = set()
        self._serving: set[asyncio.Task[Any]] = set()
        self._warming: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the processes; each imports what it will need before the first call is its turn."""
        for _ in range(self._workers):
            self._idle.put_nowait(self._new_pool())
        self._warming = asyncio.create_task(self._warm_up())

    async def stop(self) -> None:
        tasks = [*self._serving, *([self._warming] if self._warming else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        pools, self._pools = self._pools, set()
        await asyncio.gather(*(asyncio.to_thread(pool.kill) for pool in pools))

    @property
    def ready(self) -> bool:
        """Whether the processes have started and imported what they need."""
        return bool(self._pools) and self._warming is not None and self._warming.done()

    async def validate(self, source: Source) -> dict[str, Any]:
        """`{"valid": True, "name", "warnings": [fault], "columns": [{"table", "name", "type"}],
        "document"}`; a fault is `{"path", "line", "message", "hint"}`; `document` is the source
        as plain JSON data."""
        return await self._call(work.validate, source, self._max_rows)

    async def compile(self, source: Source) -> dict[str, Any]:
        """The compiled plan for reading: rules, else, facts, effects, reachable, text."""
        return await self._call(work.explain, source, self._max_rows)

    async def explain_plan(self, file: Path, key: bytes) -> dict[str, Any] | None:
        """As `compile`, of a plan in a file; None where the file cannot be read."""
        return await self._call(work.explain_file, file, key)

    async def preview(self, source: Source, rows: int) -> dict[str, Any]:
        """`{"name", "seed", "warnings": [fault], "tables": {name: [record, …]}}`."""
        return await self._call(work.preview, source, rows, self._max_rows)

    async def read(self, source: bytes) -> dict[str, Any]:
        """The text of a document as plain JSON data, for `JobRequest.document`."""
        return await self._call(work.read, source)

    async def placed(self, source: bytes, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        """Faults of a document that came as text, with their lines. Raises DefinitionError."""
        return await self._call(work.placed, source, faults)

    async def spellings(self, source: Source) -> dict[str, Any]:
        """`{"document", "yaml"}`: the source as plain JSON data and as YAML, whatever is wrong
        with what it says."""
        return await self._call(work.spellings, source)

    async def columns(self, text: str) -> dict[str, Any]:
        """A first definition of the columns of a CSV file or SQL text."""
        return await self._call(work.columns, text)

    async def compile_to_file(
        self,
        document: Mapping[str, Any],
        file: Path,
        *,
        key: bytes,
        rows: int | None = None,
        seed: int | None = None,
    ) -> work.Compiled:
        """Write the document's plan to `file`, sealed with `key`."""
        arguments = (document, rows, seed, file, key, self._max_rows)
        return await self._call(work.compile_to_file, *arguments)

    async def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run one call in an idle process, and once more in another one where that died: it may
        have been dead before."""
        try:
            return await self._call_once(function, *arguments)
        except ProcessDied:
            return await self._call_once(function, *arguments)

    async def _call_once(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run one call in an idle process; the time spent waiting for one does not count.

        A caller that goes away leaves the call to its end, so that the process stays usable.
        """
        pool = await self._idle.get()
        task = asyncio.create_task(self._serve(pool, function, *arguments))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        return await asyncio.shield(task)

    async def _serve(self, pool: WorkerPool, function: Callable[..., T], *arguments: Any) -> T:
        usable = True
        try:
            async with asyncio.timeout(self._timeout):
                # A pool's first task starts its process, which may start the fork server.
                future = await asyncio.to_thread(pool.submit, function, *arguments)
                return await asyncio.wrap_future(future)
        except TimeoutError:
            usable = False
            message = f"this took longer than {self._timeout:g} seconds and was given up"
            raise Overloaded(message) from None
        except BrokenExecutor:
            usable = False
            raise ProcessDied from None
        finally:
            self._idle.put_nowait(pool if usable else self._replace(pool))

    def _replace(self, pool: WorkerPool) -> WorkerPool:
        log.warning("interactive process ended", pids=pool.pids())
        self._pools.discard(pool)
        pool.kill()
        return self._new_pool()

    def _new_pool(self) -> WorkerPool:
        pool = start_pool(1, self._limits)
        self._pools.add(pool)
        return pool

    async def _warm_up(self) -> None:
        """Give every process a first call, which takes the longest."""
        calls = (self.preview(work.WARM_UP, 1) for _ in range(self._workers))
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.error("interactive process does not work", error=str(outcome))
