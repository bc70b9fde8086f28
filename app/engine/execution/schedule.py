"""The order of work in a run: a bounded window of blocks, and one process that assembles.

Files are assembled from whatever contiguous parts there are while later blocks are still made,
so hashing and copying cost no time of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from app.engine.errors import Cancelled, GenerationError
from app.engine.execution.parts import PartsFolder
from app.engine.execution.results import CancelToken, Progress
from app.engine.execution.worker import (
    BlockTask,
    FileTask,
    append_parts,
    finish_file,
    make_block,
)

if TYPE_CHECKING:
    from app.engine.execution.executors import BlockExecutor
    from app.engine.plan.plan import TablePlan

WAITING_BLOCKS = 2
PARTS_A_CALL = 8


@dataclass(slots=True)
class Assembly:
    """How far one file is: parts appended, then its size and SHA-256."""

    task: FileTask
    appended: int = 0
    result: tuple[int, str] | None = None


@dataclass(slots=True)
class TableWork:
    """What is done and what is due of one table.

    Args:
        present: numbers of the blocks whose parts are on disk.
    """

    plan: TablePlan
    folder: PartsFolder
    formats: tuple[str, ...]
    files: list[FileTask]
    present: set[int]
    assemblies: list[Assembly] = field(init=False)
    ready: int = field(init=False, default=0)
    rows: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.assemblies = [Assembly(task) for task in self.files]
        found, self.present = self.present, set()
        for number in found:
            self.add(number)

    def add(self, number: int) -> None:
        """Note that a block's parts are on disk; `ready` blocks are there without a gap."""
        if number not in self.present:
            self.present.add(number)
            self.rows += self.plan.block_rows(number)
        while self.ready in self.present:
            self.ready += 1

    def missing(self) -> Iterator[BlockTask]:
        """Tasks of the blocks that are not there yet, in order."""
        for number in range(self.plan.blocks):
            if number not in self.present:
                yield BlockTask(
                    self.folder.plan,
                    self.folder.plan_digest,
                    self.plan.name,
                    number,
                    self.formats,
                    self.folder.table(self.plan.name),
                    self.files[0].options,
                    self.folder.durable,
                )

    @property
    def finished(self) -> Iterator[tuple[FileTask, tuple[int, str]]]:
        for assembly in self.assemblies:
            if assembly.result is not None:
                yield assembly.task, assembly.result


class Schedule:
    """Carries out the work of a run with executors of its own; a context manager.

    Dead workers are replaced and their blocks made again, as long as blocks keep being finished
    in between.
    """

    def __init__(
        self,
        work: list[TableWork],
        start_block_executor: Callable[[], BlockExecutor],
        start_assembler: Callable[[], BlockExecutor],
        progress: Callable[[Progress], None] | None,
        most_deaths: int,
    ) -> None:
        self._most_deaths = most_deaths
        self._work = {table.plan.name: table for table in work}
        self._start_block_executor = start_block_executor
        self._start_assembler = start_assembler
        self._progress = progress
        self._block_executor = start_block_executor()
        self._assembler = start_assembler()
        self._blocks: dict[Future[int], BlockTask] = {}
        self._due = self._all_missing()
        self._file: tuple[Future[Any], Assembly] | None = None
        self._deaths = {"blocks": 0, "assembler": 0}

    def __enter__(self) -> Schedule:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Everything is on disk or void by now, so nobody needs to wait for a polite end.
        self._block_executor.kill()
        self._assembler.kill()

    def run(self, cancel: CancelToken) -> None:
        """Make all blocks and complete all files.

        Raises:
            Cancelled: as soon as the token says so.
            GenerationError: workers died time and again without finishing a block.
        """
        self._report("generate")
        while True:
            self._submit_blocks()
            self._submit_file()
            pending: set[Future[Any]] = {*self._blocks}
            if self._file:
                pending.add(self._file[0])
            if not pending:
                if self._complete():
                    return
                continue  # an assembler that could not take a file was replaced
            pending.add(cancel.signal)
            finished, _ = wait(pending, return_when=FIRST_COMPLETED)
            if cancel.cancelled:
                raise Cancelled("the run was cancelled")
            self._collect_blocks(finished)
            self._collect_file(finished)

    def _complete(self) -> bool:
        return all(
            assembly.result is not None
            for table in self._work.values()
            for assembly in table.assemblies
        )

    def _all_missing(self) -> Iterator[BlockTask]:
        return (task for table in self._work.values() for task in table.missing())

    def _submit_blocks(self) -> None:
        while len(self._blocks) < self._block_executor.workers + WAITING_BLOCKS:
            task = next(self._due, None)
            if task is None:
                return
            try:
                self._blocks[self._block_executor.submit(make_block, task)] = task
            except BrokenExecutor:
                self._restart_block_executor()

    def _collect_blocks(self, finished: set[Future[Any]]) -> None:
        broken = False
        for future in [future for future in self._blocks if future in finished]:
            task = self._blocks.pop(future)
            try:
                future.result()
            except BrokenExecutor:
                broken = True
                continue
            self._work[task.table].add(task.number)
            self._deaths["blocks"] = 0
            self._report("generate")
        if broken:
            self._restart_block_executor()

    def _restart_block_executor(self) -> None:
        self._count_death("blocks")
        self._block_executor.kill()
        self._block_executor = self._start_block_executor()
        self._blocks.clear()
        for table in self._work.values():
            for number in table.folder.present(table.plan, table.formats):
                table.add(number)
        self._due = self._all_missing()

    def _submit_file(self) -> None:
        if self._file is not None:
            return
        for table in self._work.values():
            for assembly in table.assemblies:
                future = self._next_step(table, assembly)
                if future is not None:
                    self._file = future, assembly
                    return

    def _next_step(self, table: TableWork, assembly: Assembly) -> Future[Any] | None:
        """Start what can be done for a file now: append parts, complete it, or nothing."""
        if assembly.result is not None:
            return None
        first = assembly.appended
        try:
            if first == table.plan.blocks:
                return self._assembler.submit(finish_file, assembly.task)
            if first < table.ready:
                stop = min(table.ready, first + PARTS_A_CALL)
                return self._assembler.submit(append_parts, assembly.task, first, stop)
        except BrokenExecutor:
            self._restart_assembler()
        return None

    def _collect_file(self, finished: set[Future[Any]]) -> None:
        if self._file is None or self._file[0] not in finished:
            return
        future, assembly = self._file
        self._file = None
        try:
            value = future.result()
        except BrokenExecutor:
            self._restart_assembler()
            return
        if isinstance(value, int):
            assembly.appended = value
        elif isinstance(value, tuple):
            assembly.result = value
        if not self._blocks:
            self._report("assemble")

    def _restart_assembler(self) -> None:
        """Begin the unfinished files again: what was appended so far died with the process."""
        self._count_death("assembler")
        self._assembler.kill()
        self._assembler = self._start_assembler()
        for table in self._work.values():
            for assembly in table.assemblies:
                if assembly.result is None:
                    assembly.appended = 0

    def _count_death(self, pool: str) -> None:
        self._deaths[pool] += 1
        if self._deaths[pool] >= self._most_deaths:
            raise GenerationError(
                f"worker processes died {self._most_deaths} times without finishing anything; "
                "the machine may be short of memory: use fewer workers or a smaller table"
            )

    def _report(self, stage: str) -> None:
        if self._progress is None:
            return
        total = sum(table.plan.rows for table in self._work.values())
        if stage == "generate":
            self._progress(Progress("generate", self._rows_made(), total))
        else:
            self._progress(Progress("assemble", self._rows_assembled(), total))

    def _rows_made(self) -> int:
        return sum(table.rows for table in self._work.values())

    def _rows_assembled(self) -> int:
        """Rows that are in all files of their table."""
        return sum(
            table.plan.first_row(least) if least < table.plan.blocks else table.plan.rows
            for table in self._work.values()
            for least in [min(assembly.appended for assembly in table.assemblies)]
        )
