"""Learning a table, its columns side by side in worker processes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.errors import GenerationError, SourceError
from app.engine.execution.executors import PROCESS, start_block_executor
from app.engine.execution.limits import WorkerLimits
from app.engine.execution.results import Progress
from app.engine.execution.training_plan import (
    AskedTraining,
    TrainingPlan,
    plan_training,
    rows_held_out,
    without_held_out,
)
from app.engine.profiling.sources import ProfiledSource, profiled_source, profiled_table
from app.engine.profiling.typed_table import TypedTable
from app.engine.seeds import fresh_seed
from app.engine.sources.tables import ReadingOptions
from app.engine.synthesis.applying import AppliedTable, apply_synthesis
from app.engine.synthesis.defaults import suggested_synthesis
from app.engine.synthesis.reading import LoadedSynthesis, load_synthesis
from app.engine.synthesizers.base import Map
from app.engine.synthesizers.cell_formats import (
    ColumnCells,
    cells_of,
    encode_typed,
    made_cells,
    with_labels,
)
from app.engine.synthesizers.learning import LearnedTable, learn
from app.engine.synthesizers.registry import DEFAULT_SYNTHESIZER
from app.engine.synthesizers.row_rules import stated_rules
from app.engine.synthesizers.table import EncodedTable
from app.engine.synthesizers.values import Protection

# What a table in memory is called.
TABLE = "table"


def train(
    table: EncodedTable,
    synthesizer: str = DEFAULT_SYNTHESIZER,
    settings: Mapping[str, Any] | None = None,
    *,
    seed: int,
    target: str | None = None,
    workers: int = 1,
) -> LearnedTable:
    """Fit a synthesizer; the model does not depend on the number of workers.

    Raises:
        DefinitionError: an unknown synthesizer, setting or target.
        GenerationError: a worker died.
    """
    with mapping(workers) as run:
        return learn(table, synthesizer, settings, seed=seed, target=target, run=run)


def train_file(
    path: Path,
    synthesizer: str | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    seed: int | None = None,
    target: str | None = None,
    holdout: float | None = None,
    definition: bytes | Mapping[str, Any] | None = None,
    workers: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> LearnedTable:
    """Read a file of one table, profile it and fit a synthesizer to it.

    Args:
        synthesizer, settings, seed, target, holdout: what is given goes before what the definition
            says; a seed that neither says is drawn.
        definition: a synthesis definition, which says what happens to each column, how it is
            learned and how private; what the source suggests where None: keys are new, sensitive
            columns are fake.
        progress: as for `train_as_planned`.

    Raises:
        SourceError: what cannot be read or learned, and why.
        DefinitionError, GenerationError: as `train`.
        OSError: where there is no such file.
    """
    asked = AskedTraining(synthesizer, settings or {}, seed, target, holdout)
    return train_as_planned(prepare_file(path, definition, asked), workers, progress)


def train_table(
    table: pa.Table,
    synthesizer: str | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    seed: int | None = None,
    target: str | None = None,
    holdout: float | None = None,
    definition: bytes | Mapping[str, Any] | None = None,
    workers: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> LearnedTable:
    """As `train_file`, of a table in memory, which its definition calls `table`."""
    asked = AskedTraining(synthesizer, settings or {}, seed, target, holdout)
    labelled = {each.name for each in table.schema if pa.types.is_dictionary(each.type)}
    with profiled_table(table, TABLE) as source:
        prepared = prepare_source(source, definition, asked)
    cells = with_labels(prepared.cells, labelled)
    return train_as_planned(replace(prepared, cells=cells), workers, progress)


def train_as_planned(
    prepared: PreparedTable,
    workers: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> LearnedTable:
    """Fit the synthesizer that a prepared table's plan names. Raises as `train_file`.

    Args:
        progress: called in this thread after each column that is fitted by itself.
    """
    plan = prepared.plan
    seed = fresh_seed() if plan.seed is None else plan.seed
    with mapping(workers, note=_column_note(progress, len(prepared.typed.columns))) as run:
        return train_prepared(
            prepared,
            prepared.encoded(seed),
            plan.synthesizer,
            plan.settings,
            seed=seed,
            target=plan.target,
            protection=Protection(plan.k),
            run=run,
        )


@dataclass(frozen=True, slots=True)
class PreparedTable:
    """A table of a source as it is to be learned; plain data that another process may be given.

    Args:
        typed: the columns that are learned.
        cells: how the source writes its columns.
        made: columns that are declared, by name.
        order: of all columns that come out.
        rows: that are wanted; None for as many as the source has.
        plan: how it is learned.
        warnings: what is left out of the source or the definition, in words.
        kept: columns whose rows keep their own values.
        rules: that the definition declares, as expressions.
    """

    typed: TypedTable
    cells: tuple[ColumnCells, ...]
    made: Mapping[str, dict[str, Any]]
    order: tuple[str, ...]
    rows: int | None
    plan: TrainingPlan
    warnings: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def encoded(self, seed: int) -> EncodedTable:
        """The columns as synthesizers learn them, without the rows that are set aside.

        Args:
            seed: of the fit.

        Raises SourceError.
        """
        return encode_typed(without_held_out(self.typed, self.plan.holdout, seed), self.rules)


def prepare_file(
    path: Path,
    definition: bytes | Mapping[str, Any] | None = None,
    asked: AskedTraining | None = None,
    *,
    options: ReadingOptions | None = None,
) -> PreparedTable:
    """Read a file of one table and treat its columns as a synthesis definition says.

    Args:
        options: how the file is read, as far as that is not to be detected.

    Raises SourceError, DefinitionError, OSError as `train_file`.
    """
    with profiled_source(path, options) as source:
        return prepare_source(source, definition, asked)


def prepare_source(
    source: ProfiledSource,
    definition: bytes | Mapping[str, Any] | None = None,
    asked: AskedTraining | None = None,
) -> PreparedTable:
    """The one table of a source with its columns treated as a synthesis definition says.

    Raises SourceError, DefinitionError.
    """
    profile = source.profile
    if len(profile.tables) != 1:
        found = f"{profile.name} holds {len(profile.tables)} tables"
        raise SourceError(f"{found}: one is learned at a time")
    wanted = suggested_synthesis(profile) if definition is None else definition
    loaded = load_synthesis(wanted, profile)
    plan = plan_training(profile, loaded, asked)
    applied = apply_synthesis(source, plan.table, loaded)
    cells = (*cells_of(applied.learned), *made_cells(applied.made_profiles))
    by_name = {each.name: each for each in cells}
    unkept = tuple(_unkept(applied))
    return PreparedTable(
        applied.learned,
        tuple(by_name[name] for name in applied.order if name in by_name),
        dict(applied.made),
        applied.order,
        applied.rows,
        plan,
        tuple(_warnings(source, loaded, plan)) + (() if definition is None else unkept),
        applied.kept,
        applied.rules,
    )


def _warnings(source: ProfiledSource, loaded: LoadedSynthesis, plan: TrainingPlan) -> Iterator[str]:
    yield from source.profile.tables[0].warnings
    yield from map(str, loaded.warnings)
    for name in plan.unused:
        yield f"synthesizer.{name} is not used by {plan.synthesizer!r}"


def _unkept(applied: AppliedTable) -> Iterator[str]:
    """Declared rules that drawn rows are not made to keep."""
    learned = [each.name for each in applied.learned.columns]
    for rule in applied.rules:
        if not stated_rules(rule, applied.order):
            yield f"the rule {rule[:100]!r} is not kept: only orders and sums are"
        elif not stated_rules(rule, learned):
            yield f"the rule {rule[:100]!r} is not kept: not all of its columns are learned"


def train_prepared(
    prepared: PreparedTable,
    table: EncodedTable,
    synthesizer: str = DEFAULT_SYNTHESIZER,
    settings: Mapping[str, Any] | None = None,
    *,
    seed: int,
    target: str | None = None,
    protection: Protection | None = None,
    run: Map = map,
) -> LearnedTable:
    """Fit a synthesizer to a prepared table.

    Args:
        table: `prepared.encoded(seed)`.
        run: the built-in `map`, or that of an executor.

    Raises DefinitionError, GenerationError as `train`.
    """
    learned = learn(
        table, synthesizer, settings, seed=seed, protection=protection, target=target, run=run
    )
    return replace(
        learned,
        rows=prepared.rows or prepared.typed.rows,
        holdout=prepared.plan.holdout,
        held_out=rows_held_out(prepared.typed.rows, prepared.plan.holdout),
        cells=prepared.cells,
        made=prepared.made,
        order=prepared.order,
        kept=prepared.kept,
    )


def _column_note(
    progress: Callable[[Progress], None] | None, columns: int
) -> Callable[[], None] | None:
    """What counts the columns of a table as they are learned."""
    if progress is None:
        return None
    done = itertools.count(1)
    return lambda: progress(Progress("learn", next(done), columns))


def _noted(results: Iterable[Any], note: Callable[[], None] | None) -> Iterator[Any]:
    for each in results:
        if note is not None:
            note()
        yield each


@contextmanager
def mapping(
    workers: int, limits: WorkerLimits | None = None, note: Callable[[], None] | None = None
) -> Iterator[Map]:
    """The built-in `map` for one worker, else that of so many processes while the block lasts.

    Args:
        note: called after each result, in the order of the items.
    """
    if workers <= 1:
        yield map if note is None else lambda function, items: _noted(map(function, items), note)
        return
    pool = start_block_executor(PROCESS, workers, limits or WorkerLimits())

    def run(function: Callable[[Any], Any], items: Iterable[Any], /) -> list[Any]:
        try:
            waiting = [pool.submit(function, item) for item in items]
            return list(_noted((each.result() for each in waiting), note))
        except BrokenProcessPool:
            raise GenerationError("a worker process died while a column was learned") from None

    try:
        yield run
    finally:
        pool.kill()
