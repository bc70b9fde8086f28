"""CPU work for requests: a few processes that are always on."""

from __future__ import annotations

import copy
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from app.engine.errors import Fault
from app.workers import work
from app.workers.answers import Rendered
from app.workers.errors import QueueFull
from app.workers.processes import ProcessDied, Processes
from app.workers.turns import Bounds, Turns

T = TypeVar("T")
Source = bytes | Mapping[str, Any]

# The service's own calls, which are never refused: there is one for each job that it carries out.
RUNNER = ""
WAITING = 100
WAITING_IN_ALL = 1000
# Definitions of so many bytes have all the time there is, and cost the most while they wait.
LARGE = 64 * 1024
LARGE_COST = 16
# The part of the time that the smallest definition has.
LEAST_TIME = 1 / 3
# Seconds below which no limit is shortened: a busy machine needs some for anything.
LEAST_SECONDS = 2.0
# What each value in a list or mapping counts beside its letters.
NODE = 8
# Bytes of answers that somebody still has to read: a tenant's, and all of them.
UNREAD = 32 * 2**20
UNREAD_IN_ALL = 64 * 2**20


class Interactive:
    """Definitions read, compiled and previewed outside the event loop.

    `source` is the text of a document (YAML or JSON) or plain JSON data. Every call raises
    DefinitionError with its faults, QueueFull when too many calls wait, AnswerTooLarge, and
    Overloaded when it takes too long or its process dies. The time that a call may take depends
    on the size of its definition: a third of `timeout`, 2 s at least, for a small one, all of it
    from 64 KiB on. Waiting does not count.

    Tenants take turns; see `Turns`. `of(tenant)` calls in a tenant's name.

    Args:
        memory: bytes that a call may take beyond what its process starts with.
        waiting: what a tenant's waiting calls may cost together: 1 each, large ones up to 16.
        shared: whether several tenants call, so that none may hold every process.
    """

    def __init__(
        self,
        *,
        workers: int,
        timeout: float,
        memory: int | None,
        max_rows: int,
        waiting: int = WAITING,
        shared: bool = False,
    ) -> None:
        self._owner = RUNNER
        self._timeout = timeout
        self._max_rows = max_rows
        held = max(1, workers - 1) if shared else workers
        bounds = Bounds(held, waiting, max(waiting, WAITING_IN_ALL))
        self._processes = Processes(workers, memory, Turns(bounds))
        self._unread: Counter[str] = Counter()

    def of(self, tenant: str) -> Interactive:
        """The same processes, called in the name of a tenant."""
        view = copy.copy(self)
        view._owner = tenant
        return view

    async def start(self) -> None:
        """Start the processes; each imports what it will need before the first call is its turn."""
        self._processes.start()

    async def stop(self) -> None:
        await self._processes.stop()

    @property
    def ready(self) -> bool:
        """Whether the processes have started and imported what they need."""
        return self._processes.ready

    async def validate(self, source: Source) -> Rendered:
        """`{"valid": True, "name", "warnings": [fault], "columns": [{"table", "name", "type"}]}`;
        a fault is `{"path", "line", "message", "hint"}`."""
        return await self._render(work.validate, source, self._max_rows)

    async def compile(self, source: Source) -> Rendered:
        """The compiled plan for reading: rules, else, facts, effects, reachable, text."""
        return await self._render(work.explain, source, self._max_rows)

    async def explain_plan(self, file: Path, key: bytes) -> Rendered | None:
        """As `compile`, of a plan in a file; None where the file cannot be read."""
        self._check_unread()
        content = await self._call(work.explain_file, file, key)
        return None if content is None else self._held(content)

    async def preview(self, source: Source, rows: int, *, summary: bool = False) -> Rendered:
        """`{"name", "seed", "warnings": [fault], "tables": {name: [record, …]}}`, and where it is
        asked for `"summary": {table: {column: ColumnSummary}}`."""
        work_of = work.summarized_preview if summary else work.preview
        return await self._render(work_of, source, rows, self._max_rows)

    async def read(self, source: Source) -> dict[str, Any]:
        """A document as plain JSON data, for `JobRequest.document`."""
        return await self._call(work.read, source)

    async def placed(self, source: bytes, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        """Faults of a document that came as text, with their lines. Raises DefinitionError."""
        return await self._call(work.placed, source, faults)

    async def spellings(self, source: Source) -> Rendered:
        """`{"document", "yaml"}`: the source as plain JSON data and as YAML, whatever is wrong
        with what it says."""
        return await self._render(work.spellings, source)

    async def draft_of_columns(self, text: str) -> Rendered:
        """As `spellings`, of a first definition of the columns of a CSV file or SQL text."""
        return await self._render(work.draft_of_columns, text)

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

    async def _render(self, function: Callable[..., bytes], *arguments: Any) -> Rendered:
        self._check_unread()
        return self._held(await self._call(function, *arguments))

    def _check_unread(self) -> None:
        """Raises QueueFull where too many answers wait to be read."""
        own = self._unread[self._owner]
        if own >= UNREAD or self._unread.total() >= UNREAD_IN_ALL:
            raise QueueFull

    def _held(self, content: bytes) -> Rendered:
        """An answer that counts as unread for as long as somebody holds it."""
        answer = Rendered(content)
        self._unread[self._owner] += len(content)
        weakref.finalize(answer, self._unread.subtract, {self._owner: len(content)})
        return answer

    async def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run one call in an idle process, and once more in another one where that died: it may
        have been dead before."""
        try:
            return await self._call_once(function, *arguments)
        except ProcessDied:
            return await self._call_once(function, *arguments)

    async def _call_once(self, function: Callable[..., T], *arguments: Any) -> T:
        share = size_share(arguments[0] if arguments else b"")
        own = self._owner == RUNNER
        shortened = self._timeout * (LEAST_TIME + (1 - LEAST_TIME) * share)
        return await self._processes.run(
            self._owner,
            self._timeout if own else max(shortened, min(self._timeout, LEAST_SECONDS)),
            function,
            *arguments,
            cost=None if own else 1 + round((LARGE_COST - 1) * share),
        )


def size_share(source: Any) -> float:
    """The size of a definition as a part of `LARGE`, from 0 to 1; no more of it is looked at."""
    size, left = 0, [source]
    while left and size < LARGE:
        value = left.pop()
        if isinstance(value, (bytes, str)):
            size += len(value)
        elif isinstance(value, (Mapping, list)):
            size += NODE * len(value)
            left += _parts(value) if size < LARGE else ()
    return min(size / LARGE, 1.0)


def _parts(value: Mapping[str, Any] | list[Any]) -> list[Any]:
    return value if isinstance(value, list) else [*value, *value.values()]
