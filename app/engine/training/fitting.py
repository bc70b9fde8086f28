"""Learning a table, its columns side by side in worker processes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pyarrow as pa

from app.engine.errors import GenerationError
from app.engine.execution.executors import PROCESS, start_block_executor
from app.engine.execution.limits import WorkerLimits
from app.engine.execution.results import Progress
from app.engine.profiling.sources import profiled_table
from app.engine.seeds import fresh_seed
from app.engine.synthesizers.base import Map
from app.engine.synthesizers.cell_formats import with_labels
from app.engine.synthesizers.learning import LearnedTable, learn
from app.engine.synthesizers.provenance import Provenance, library_versions
from app.engine.synthesizers.registry import DEFAULT_SYNTHESIZER
from app.engine.synthesizers.table import EncodedTable
from app.engine.synthesizers.values import Protection
from app.engine.training.judging import evaluated
from app.engine.training.prepared_table import PreparedTable, prepare_file, prepare_source
from app.engine.training.training_plan import AskedTraining, TrainingPlan, rows_held_out

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
    judged: bool = False,
    key: bytes | None = None,
) -> LearnedTable:
    """Read a file of one table, profile it and fit a synthesizer to it.

    Args:
        synthesizer, settings, seed, target, holdout: what is given goes before what the definition
            says; a seed that neither says is drawn.
        definition: a synthesis definition, which says what happens to each column, how it is
            learned and how private; what the source suggests where None: keys are new, sensitive
            columns are fake.
        progress, judged: as for `train_as_planned`.
        key: of the source's fingerprint, which is left out where None.

    Raises:
        SourceError: what cannot be read or learned, and why.
        DefinitionError, GenerationError: as `train`.
        OSError: where there is no such file.
    """
    asked = AskedTraining(synthesizer, settings or {}, seed, target, holdout)
    prepared = prepare_file(path, definition, asked, key=key)
    return train_as_planned(prepared, workers, progress, judged=judged)


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
    judged: bool = False,
    key: bytes | None = None,
) -> LearnedTable:
    """As `train_file`, of a table in memory, which its definition calls `table`."""
    asked = AskedTraining(synthesizer, settings or {}, seed, target, holdout)
    labelled = {each.name for each in table.schema if pa.types.is_dictionary(each.type)}
    with profiled_table(table, TABLE) as source:
        prepared = prepare_source(source, definition, asked, key)
    cells = with_labels(prepared.cells, labelled)
    return train_as_planned(replace(prepared, cells=cells), workers, progress, judged=judged)


def train_as_planned(
    prepared: PreparedTable,
    workers: int = 1,
    progress: Callable[[Progress], None] | None = None,
    *,
    judged: bool = False,
) -> LearnedTable:
    """Fit the synthesizer that a prepared table's plan names. Raises as `train_file`.

    Args:
        progress: called in this thread after each column that is fitted by itself.
        judged: whether the model is judged, see `evaluated`.
    """
    plan = prepared.plan
    seed = fresh_seed() if plan.seed is None else plan.seed
    with mapping(workers, note=column_note(progress, len(prepared.typed.columns))) as run:
        learned = train_prepared(
            prepared,
            prepared.encoded(seed),
            plan.synthesizer,
            plan.settings,
            seed=seed,
            target=plan.target,
            protection=Protection(plan.k),
            run=run,
        )
    return evaluated(prepared, learned) if judged else learned


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
    start = monotonic()
    learned = learn(
        table, synthesizer, settings, seed=seed, protection=protection, target=target,
        fairness=prepared.plan.fairness, run=run,
    )  # fmt: skip
    return replace(
        learned,
        rows=prepared.rows or prepared.typed.rows,
        holdout=prepared.plan.holdout,
        held_out=rows_held_out(prepared.typed.rows, prepared.plan.holdout),
        cells=prepared.cells,
        made=prepared.made,
        order=prepared.order,
        kept=prepared.kept,
        declared=prepared.declared,
        warnings=(*_unused(prepared.plan), *learned.warnings),
        provenance=Provenance(
            fingerprint=prepared.fingerprint,
            trained_at=datetime.now(UTC).replace(microsecond=0),
            seconds=round(monotonic() - start, 1),
            libraries=library_versions(),
        ),
    )


def _unused(plan: TrainingPlan) -> Iterator[str]:
    for name in plan.unused:
        yield f"synthesizer.{name} has no effect: {plan.synthesizer!r} does not use it"


def column_note(
    progress: Callable[[Progress], None] | None, columns: int
) -> Callable[[], None] | None:
    """What counts columns as they are learned; None where nobody is there to see it."""
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
