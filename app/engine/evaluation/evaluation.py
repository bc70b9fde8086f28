"""Synthetic rows judged by tables alone, however they were made."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from app.engine.errors import DefinitionError, Fault
from app.engine.evaluation.composite import EQUAL, Composite, Weights, composite
from app.engine.evaluation.contest import Contest, contest
from app.engine.evaluation.fidelity.columns import ColumnFidelity, column_fidelity
from app.engine.evaluation.fidelity.pairs import PairFidelity, pair_fidelity
from app.engine.evaluation.judged_tables import MOST_ROWS, JudgedTables, Source, read_tables
from app.engine.evaluation.judgement import Figure, figures_of
from app.engine.evaluation.row_space import RowSpace, row_hashes, row_space
from app.engine.evaluation.utility.comparison import ModelScores, compared_models
from app.engine.evaluation.utility.fairness import (
    FairnessFigures,
    check_protected,
    fairness_figures,
)

MOST_COLUMNS = 100  # whose pairs are
HELD_OUT = 0.3  # share of the real rows, where none were held out
NO_HOLDOUT = (
    "Without rows that were held out before anything was learned nothing can be said of what the "
    "synthetic rows give away. Fidelity is measured between two parts of the real rows."
)
FEW_GROUPS = "Fewer than two groups have rows enough in every table to say how fair the target is."


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What synthetic rows are worth and what they give away.

    Args:
        target: the column that models predict; None where no column was named.
        rows: of the real, the held-out (0 where there are none) and the synthetic table.
        columns: farthest from their ceiling first.
        pairs: farthest from their ceiling first.
        models: of the target, trained on real rows, on synthetic ones and on both; empty where
            there is no target.
        composite: a weighted mean of three figures.
        notes: what was not measured or left out, in words.
        fairness: of the target between groups; None where no protected column was named.
    """

    target: str | None
    rows: tuple[int, int, int]
    figures: tuple[Figure, ...]
    columns: tuple[ColumnFidelity, ...]
    pairs: tuple[PairFidelity, ...]
    models: tuple[ModelScores, ...]
    composite: Composite
    notes: tuple[str, ...]
    fairness: FairnessFigures | None = None


def evaluate(
    real: Source,
    synthetic: Source,
    *,
    holdout: Source | None = None,
    target: str | None = None,
    seed: int = 0,
    weights: Weights = EQUAL,
    protected: str | None = None,
) -> Evaluation:
    """Judge synthetic rows by the real ones.

    Args:
        real: what was learned: a file, or a table in memory.
        holdout: real rows that were set aside before. Without them fidelity alone is measured.
        target: a column that models are to predict.
        seed: of samples, of the order of rows and of what they are compared with.
        weights: of fidelity, diversity and privacy in the composite figure.
        protected: a column between whose values the target is to be fair.

    Raises:
        SourceError: a table that cannot be read, or be compared with the others.
        DefinitionError: there is no such target, or weights are none.
        OSError: there is no such file.
    """
    tables = read_tables(real, synthetic, holdout, seed)
    return evaluate_tables(tables, target=target, seed=seed, weights=weights, protected=protected)


def evaluate_tables(
    tables: JudgedTables,
    *,
    target: str | None = None,
    seed: int = 0,
    weights: Weights = EQUAL,
    neighbour_columns: int | None = None,
    protected: str | None = None,
) -> Evaluation:
    """As `evaluate`, of tables that were read.

    Args:
        neighbour_columns: how many columns, the first ones, neighbours are looked for by where
            diversity is measured; all when None.
        protected: a column between whose values the target is to be fair.

    Raises DefinitionError.
    """
    _check_target(target, tables.real)
    train, held = _parts(tables)
    notes = [*tables.left_out, *_notes(tables, neighbour_columns)]
    met = replace(
        contest(
            train,
            held,
            tables.synthetic,
            target,
            seed,
            rules=tables.rules,
            faults=tables.faults,
            texts=tables.texts,
        ),
        neighbour_columns=neighbour_columns,
    )
    place = None if protected is None else check_protected(met, protected)
    real, synthetic, held_out = tables.rows
    with threadpool_limits(limits=1, user_api="blas"):  # threads that wait cost what they wait
        figures = figures_of(met, has_holdout=tables.holdout is not None)
        models = compared_models(met)
        fair = None if place is None else fairness_figures(met, place)
    if place is not None and fair is None:
        notes.append(FEW_GROUPS)
    return Evaluation(
        target, (real, held_out, synthetic), figures, _columns(met), _pairs(met),
        models, composite(figures, weights), tuple(notes), fair,
    )  # fmt: skip


def _check_target(target: str | None, real: pa.Table) -> None:
    if target is not None and target not in real.column_names:
        known = ", ".join(real.column_names[:20])
        raise DefinitionError(
            [Fault("target", f"no column {target!r} is judged", f"one of {known}")]
        )
    if target is not None and real.num_columns == 1:
        message = "is the only column that is judged, so that nothing could predict it"
        raise DefinitionError([Fault("target", message, "leave it out")])


def _parts(tables: JudgedTables) -> tuple[pa.Table, pa.Table]:
    """Rows to compare, and those that they are compared with: the held-out ones, else some of the
    real ones by their hash, so that equal rows lie on one side."""
    if tables.holdout is not None:
        return tables.real, tables.holdout
    hashes = row_hashes(row_space(tables.real, texts=tables.texts).numbers(tables.real))
    order = np.argsort(hashes, kind="stable")
    held = int(len(order) * HELD_OUT)
    # Equal rows have one hash and stand together: the cut goes behind them.
    held = int(np.searchsorted(hashes[order], hashes[order[held]], side="left")) or held
    return tables.real.take(np.sort(order[held:])), tables.real.take(np.sort(order[:held]))


def _notes(tables: JudgedTables, neighbour_columns: int | None) -> list[str]:
    notes = [NO_HOLDOUT] if tables.holdout is None else []
    if max(tables.rows) > MOST_ROWS:
        notes.append(
            f"Of each table {MOST_ROWS:,} rows at most were looked at, drawn at random; what cells "
            "and keys are was looked for in all rows."
        )
    if tables.real.num_columns > MOST_COLUMNS:
        notes.append(f"Pairs are those of the first {MOST_COLUMNS} columns.")
    if neighbour_columns is not None and neighbour_columns < tables.real.num_columns:
        notes.append(f"Neighbours are looked for by the first {neighbour_columns} columns.")
    return notes


def _columns(met: Contest) -> tuple[ColumnFidelity, ...]:
    found = column_fidelity(met.space, met.train, met.holdout, met.synthetic)
    return tuple(sorted(found, key=lambda each: each.ceiling - each.distance))


def _pairs(met: Contest) -> tuple[PairFidelity, ...]:
    tables = (met.train, met.holdout, met.synthetic, met.shuffled)
    first = RowSpace(met.space.axes[:MOST_COLUMNS])
    found = pair_fidelity(first, *tables)
    return tuple(sorted(found, key=lambda each: each.ceiling - each.distance))
