"""CPU work for requests: a few processes that are always on."""

from __future__ import annotations

import copy
import weakref
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from app.engine.errors import Fault
from app.engine.schema.learned import model_references
from app.workers import estimate_tasks, private_tasks, source_tasks, training_tasks, worker_tasks
from app.workers.answers import Rendered
from app.workers.errors import QueueFull
from app.workers.processes import ProcessDied, Processes
from app.workers.turns import Bounds, Turns

T = TypeVar("T")
Source = bytes | Mapping[str, Any]
# The files of a tenant's models by the names that are asked for; those that there are.
FindModels = Callable[[str, Sequence[str]], Awaitable[Mapping[str, Path]]]

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


class RequestWorkers:
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
        self._find_models: FindModels = _no_models
        self._unread: Counter[str] = Counter()

    def of(self, tenant: str) -> RequestWorkers:
        """The same processes, called in the name of a tenant."""
        view = copy.copy(self)
        view._owner = tenant
        return view

    def look_up_models(self, find: FindModels) -> None:
        """Take the models that definitions name from `find`; there are none before."""
        self._find_models = find

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
        models = await self._models(source)
        return await self._render(worker_tasks.validate, source, self._max_rows, models)

    async def compile(self, source: Source) -> Rendered:
        """The compiled plan for reading: rules, else, facts, effects, reachable, text."""
        models = await self._models(source)
        return await self._render(worker_tasks.explain, source, self._max_rows, models)

    async def explain_plan(self, file: Path, key: bytes) -> Rendered | None:
        """As `compile`, of a plan in a file; None where the file cannot be read."""
        self._check_unread()
        content = await self._call(worker_tasks.explain_file, file, key)
        return None if content is None else self._held(content)

    async def preview(
        self, source: Source, rows: int, *, summary: bool = False, plots: bool = False
    ) -> Rendered:
        """`{"name", "seed", "warnings": [fault], "tables": {name: [record, …]}}`, and where it is
        asked for `"summary": {table: {column: ColumnSummary}}`, and as plots `"densities": {table:
        {column: DeclaredDensity}}, "targets": {table: {column: TargetFigures}}`."""
        models = await self._models(source)
        arguments = (source, rows, self._max_rows, summary, plots, models)
        return await self._render(worker_tasks.preview, *arguments)

    async def read(self, source: Source) -> dict[str, Any]:
        """A document as plain JSON data, for `JobRequest.document`."""
        return await self._call(worker_tasks.read, source, await self._models(source))

    async def placed(self, source: bytes, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        """Faults of a document that came as text, with their lines. Raises DefinitionError."""
        return await self._call(worker_tasks.placed, source, faults, await self._models(source))

    async def spellings(self, source: Source) -> Rendered:
        """`{"document", "yaml"}`: the source as plain JSON data and as YAML, whatever is wrong
        with what it says."""
        return await self._render(worker_tasks.spellings, source)

    async def imported(self, content: bytes, suffix: str, name: str | None) -> Rendered:
        """As `spellings`, of a first definition of the tables of an SQL script or of a file; and
        `columns`, what was read and assumed of each, and what is `left_out`."""
        return await self._render(worker_tasks.imported, content, suffix, name)

    async def sql_of(self, source: Source, dialect: str) -> Rendered:
        """As `worker_tasks.sql_of`."""
        return await self._render(worker_tasks.sql_of, source, dialect, self._max_rows)

    async def source_rows(
        self, file: source_tasks.SourceFile, work: Path, table: str | None, rows: int
    ) -> Rendered | tuple[str, ...]:
        """As `source_tasks.first_rows`; the names of the tables where none is called `table`.
        Raises SourceError."""
        self._check_unread()
        arguments = (file.path, work, table, rows, dict(file.options))
        found = await self._call(source_tasks.first_rows, *arguments)
        return found.tables if found.content is None else self._held(found.content)

    async def source_detail(
        self, profile: str, head: Mapping[str, Any], *, values: bool
    ) -> Rendered:
        """As `source_tasks.source_detail`."""
        return await self._render(source_tasks.source_detail, profile, head, values)

    async def check_synthesis(
        self, source: Source, profile: str, source_id: str
    ) -> source_tasks.CheckedSynthesis:
        """A synthesis definition without faults, held against the profile of its source, which is
        given as JSON."""
        return await self._call(source_tasks.check_synthesis, source, profile, source_id)

    async def synthesis_yaml(self, document: Mapping[str, Any]) -> bytes:
        """A synthesis definition as YAML."""
        return await self._call(source_tasks.written_yaml, document)

    async def compile_to_file(
        self,
        document: Mapping[str, Any],
        file: Path,
        *,
        key: bytes,
        rows: int | None = None,
        seed: int | None = None,
        tenant: str | None = None,
    ) -> worker_tasks.Compiled:
        """Write the document's plan to `file`, sealed with `key`.

        Args:
            tenant: whose models it may name, where the service itself calls.
        """
        models = await self._models(document, tenant)
        arguments = (document, rows, seed, file, key, self._max_rows, models)
        return await self._call(worker_tasks.compile_to_file, *arguments)

    async def describe_model(self, file: Path) -> dict[str, Any]:
        """A `ModelDescription` of a model file as plain data. Raises ModelError."""
        return await self._call(worker_tasks.describe_model, file)

    async def plan_model_to_file(
        self,
        model: Path,
        file: Path,
        *,
        key: bytes,
        name: str,
        rows: int | None,
        seed: int | None,
        formats: Sequence[str],
        conditions: Any = None,
        shares: Any = None,
        copies: int = 1,
    ) -> worker_tasks.Compiled:
        """Write the plan of rows that a model draws to `file`, sealed with `key`. Raises
        ModelError."""
        arguments = (
            model, name, rows, seed, formats, file, key, self._max_rows, conditions, shares,
            copies,
        )  # fmt: skip
        return await self._call(worker_tasks.plan_model_to_file, *arguments)

    async def assess_training(
        self, profile: str, definition: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> training_tasks.AssessedTraining:
        """What training a source with this profile, as JSON, is; raises DefinitionError."""
        return await self._call(training_tasks.assess_training, profile, definition, settings)

    async def assess_private(
        self,
        privacy: Mapping[str, Any],
        settings: Mapping[str, Any],
        file: source_tasks.SourceFile,
        drop: Sequence[str],
        target: str | None,
    ) -> private_tasks.AssessedPrivacy:
        """As `private_tasks.assess_private`; raises DefinitionError."""
        arguments = (privacy, settings, file, drop, target)
        return await self._call(private_tasks.assess_private, *arguments)

    async def estimate_source(
        self, profile: str, definition: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """As `estimate_tasks.estimate_source`; raises DefinitionError."""
        return await self._call(estimate_tasks.estimate_source, profile, definition, settings)

    async def _models(self, source: Source, tenant: str | None = None) -> worker_tasks.ModelPaths:
        """The files of the models that a definition names, as far as the tenant has them."""
        if not isinstance(source, bytes):
            references = model_references(source)
        elif b"from" in source:
            references = await self._call(worker_tasks.model_references, source)
        else:
            references = ()
        if not references:
            return worker_tasks.NO_MODELS
        found = await self._find_models(self._owner if tenant is None else tenant, references)
        return worker_tasks.ModelPaths(found)

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
        models = [each for each in arguments if isinstance(each, worker_tasks.ModelPaths)]
        share = size_share([*arguments[:1], *models])
        own = self._owner == RUNNER
        shortened = self._timeout * (LEAST_TIME + (1 - LEAST_TIME) * share)
        return await self._processes.run(
            self._owner,
            self._timeout if own else max(shortened, min(self._timeout, LEAST_SECONDS)),
            function,
            *arguments,
            cost=None if own else 1 + round((LARGE_COST - 1) * share),
        )


async def _no_models(tenant: str, references: Sequence[str]) -> Mapping[str, Path]:
    return {}


def size_share(source: Any) -> float:
    """The size of a definition, or of a file, as a part of `LARGE`, from 0 to 1; no more of it is
    looked at."""
    size, left = 0, [source]
    while left and size < LARGE:
        value = left.pop()
        if isinstance(value, (bytes, str)):
            size += len(value)
        elif isinstance(value, Path):
            size += value.stat().st_size if value.is_file() else 0
        elif isinstance(value, (Mapping, list)):
            size += NODE * len(value)
            left += _parts(value) if size < LARGE else ()
    return min(size / LARGE, 1.0)


def _parts(value: Mapping[str, Any] | list[Any]) -> list[Any]:
    return value if isinstance(value, list) else [*value, *value.values()]
