"""Runs of a plan: blocks made in parallel, files assembled in order while blocks are made."""

from __future__ import annotations

import contextlib
import functools
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.errors import FormatError, TablesmithError
from app.engine.execution.executors import (
    DASK,
    PROCESS,
    BlockExecutor,
    local_executor,
    start_assembler,
    start_block_executor,
)
from app.engine.execution.failures import engine_error
from app.engine.execution.limits import WorkerLimits
from app.engine.execution.parts import PARTS, PartsFolder, open_parts
from app.engine.execution.results import (
    CancelToken,
    Generated,
    GeneratedFile,
    GeneratedTable,
    Progress,
)
from app.engine.execution.schedule import Schedule, TableWork
from app.engine.execution.worker import FileTask, let_go
from app.engine.files import file_stem, sync_folder
from app.engine.formats import FORMATS, FormatOptions

if TYPE_CHECKING:
    from app.engine.plan.plan import Plan, TablePlan

MOST_DEATHS = 3

ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a run is carried out; none of it changes a byte of the result but the options."""

    workers: int
    options: FormatOptions
    progress: ProgressCallback | None
    cancel: CancelToken
    limits: WorkerLimits
    executor: str = PROCESS
    most_deaths: int = MOST_DEATHS

    @classmethod
    def of(
        cls,
        workers: int,
        options: FormatOptions | None,
        progress: ProgressCallback | None,
        cancel: CancelToken | None,
        limits: WorkerLimits | None,
        executor: str = PROCESS,
        most_deaths: int = MOST_DEATHS,
    ) -> RunSettings:
        """Settings with defaults for what is None."""
        return cls(
            workers,
            options or FormatOptions(),
            progress,
            cancel or CancelToken(),
            limits or WorkerLimits(),
            executor,
            most_deaths,
        )

    @property
    def is_remote(self) -> bool:
        """Whether other machines make the blocks."""
        return self.executor.startswith(DASK)

    def start_block_executor(self, blocks: int) -> BlockExecutor:
        """What makes blocks, with no more processes than there are blocks."""
        return start_block_executor(self.executor, max(1, min(self.workers, blocks)), self.limits)

    def start_assembler(self) -> BlockExecutor:
        """What assembles files."""
        return start_assembler(self.executor, self.limits)


def run_generation(
    plan: Plan,
    folder: Path,
    formats: Sequence[str],
    *,
    workers: int = 1,
    options: FormatOptions | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
    limits: WorkerLimits | None = None,
    parts: Path | None = None,
    executor: str | None = None,
    most_deaths: int = MOST_DEATHS,
) -> Generated:
    """Make every table of a plan as files ``<folder>/<table>.<suffix>`` in each of the formats.

    Blocks until done; safe in a thread. All files appear together at the end or not at all. A
    run that was killed is resumed where it stopped when the same plan is run into the same
    folder again.

    Args:
        workers: processes that make blocks; one more assembles files.
        progress: called in this thread after each block; what it raises ends the run.
        cancel: stops the run within a second from any other thread.
        parts: folder that keeps the parts, for the caller to remove; several runs may share it,
            even at the same time. ``<folder>/.parts``, removed at the end, when None.
        executor: `process`; `inline` for this thread, where `cancel` and `limits` reach nothing;
            or `dask://host:port` for the workers of a Dask scheduler, which have to see `parts`
            under the same path. None: `inline` for a few rows without `cancel` and `limits`,
            else `process`.
        most_deaths: how often processes may die in a row, no block finished in between.

    Raises:
        FormatError: an unknown format, or one that cannot hold a table; before any row is made.
        Cancelled: through `cancel`; parts and half-made files are gone.
        GenerationError: a full disk, too little memory, workers that keep dying.
    """
    if executor is None:
        unbound = cancel is None and limits is None
        executor = local_executor(plan.tables) if unbound else PROCESS
    settings = RunSettings.of(workers, options, progress, cancel, limits, executor, most_deaths)
    names = tuple(dict.fromkeys(formats))
    targets = {
        (table.name, name): folder / f"{file_stem(table.name)}.{_format_suffix(name)}"
        for table in plan.tables
        for name in names
    }
    if parts is not None:
        return _run(plan.tables, targets, parts, settings)
    return _run_and_clear(plan.tables, targets, folder / PARTS, settings)


def render(
    plan: Plan,
    table: str,
    format_name: str,
    path: Path,
    *,
    workers: int = 1,
    options: FormatOptions | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
    limits: WorkerLimits | None = None,
) -> GeneratedFile:
    """Make one table of a plan once more, as the file `path` in one format.

    The rows are those of every other run of the plan. Arguments and errors as for
    `run_generation`; KeyError where the plan has no such table.
    """
    settings = RunSettings.of(workers, options, progress, cancel, limits)
    _format_suffix(format_name)
    # Two services may make the same file at the same time.
    parts = path.parent / f".{path.name}.{secrets.token_hex(8)}{PARTS}"
    generated = _run_and_clear((plan.table(table),), {(table, format_name): path}, parts, settings)
    return generated.tables[0].files[0]


def _format_suffix(name: str) -> str:
    if name not in FORMATS:
        raise FormatError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    return FORMATS[name].suffix


def _run_and_clear(
    tables: tuple[TablePlan, ...],
    targets: dict[tuple[str, str], Path],
    parts: Path,
    settings: RunSettings,
) -> Generated:
    """As `_run`; parts are kept only for whoever goes on with a run that was cancelled so."""
    done = False
    try:
        generated = _run(tables, targets, parts, settings)
        done = True
    finally:
        if done or not settings.cancel.keep_parts:
            _remove(parts)
    return generated


def _remove(folder: Path) -> None:
    """Under another name first: a worker of a cluster, which cannot be stopped, would write into a
    folder that is being emptied."""
    aside = folder.with_name(f"{folder.name}.{secrets.token_hex(8)}")
    with contextlib.suppress(OSError):
        folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def _run(
    tables: tuple[TablePlan, ...],
    targets: dict[tuple[str, str], Path],
    parts: Path,
    settings: RunSettings,
) -> Generated:
    by_name = {table.name: table for table in tables}
    for table, name in targets:
        FORMATS[name].check(by_name[table].schema, by_name[table].rows, settings.options)
    # Half-made files are this run's alone: one that lost its job may still be writing its own.
    files = parts / f"files-{secrets.token_hex(8)}"
    try:
        folder = open_parts(parts, tables, settings.options, durable=settings.is_remote)
        files.mkdir()
        work = [_table_work(table, targets, folder, files, settings) for table in tables]
        blocks = sum(table.blocks for table in tables)
        start = functools.partial(settings.start_block_executor, blocks)
        deaths = settings.most_deaths
        assembler = settings.start_assembler
        with Schedule(work, start, assembler, settings.progress, deaths) as schedule:
            schedule.run(settings.cancel)
        return _publish(work, targets)
    except TablesmithError:
        raise
    except OSError as error:
        raise engine_error(error) from error
    finally:
        let_go(files)
        shutil.rmtree(files, ignore_errors=True)


def _table_work(
    table: TablePlan,
    targets: dict[tuple[str, str], Path],
    folder: PartsFolder,
    half_made: Path,
    settings: RunSettings,
) -> TableWork:
    formats = tuple(name for owner, name in targets if owner == table.name)
    files = [
        FileTask(
            table.name,
            table.sheet,
            name,
            half_made / f"{file_stem(table.name)}.{name}",
            folder.table(table.name),
            table.schema,
            settings.options,
        )
        for name in formats
    ]
    return TableWork(table, folder, formats, files, folder.present(table, formats))


def _publish(work: list[TableWork], targets: dict[tuple[str, str], Path]) -> Generated:
    """Give every file its final name, now that all are complete."""
    tables = []
    for table in work:
        files = []
        for task, (size, sha256) in table.finished:
            path = targets[task.table, task.format]
            task.path.replace(path)
            files.append(GeneratedFile(task.table, task.format, path, size, sha256))
        tables.append(GeneratedTable(table.plan.name, table.plan.rows, tuple(files)))
    for folder in {path.parent for path in targets.values()}:
        sync_folder(folder)
    return Generated(tuple(tables))
