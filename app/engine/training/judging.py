"""A model judged by rows of its source that it never saw, right after it was fitted.

Where the table is large enough, these are the rows that were set aside. A smaller one is learned
whole: then a second model learns 80 % of it, is judged by the others, and is thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.errors import TablesmithError
from app.engine.evaluation.contest import contest
from app.engine.evaluation.judgement import Figure, figures_of
from app.engine.evaluation.measures import HEADLINES
from app.engine.generators.bijection import make_shuffle
from app.engine.profiling.typed_table import TypedTable
from app.engine.seeds import Stream
from app.engine.synthesizers.cell_formats import encode_typed
from app.engine.synthesizers.learning import FEW_ROWS, LearnedTable, learn
from app.engine.synthesizers.provenance import ModelEvaluation, ModelFigure
from app.engine.training.prepared_table import PreparedTable
from app.engine.training.training_plan import held_out, rows_held_out

SECOND_HOLDOUT = 0.2
# So much is looked at that judging takes a fraction of what fitting does.
MOST_ROWS = 1_000
MOST_CELLS = 100_000
DECIMALS = 4
FEW = "The table has fewer than {rows} rows, too few to judge a model by."
SECOND = (
    "The model learned all rows. A second one, which learned 80 % of them and was thrown away, was "
    "judged by the others."
)
SAMPLED = "At most {rows:,} rows of each kind were looked at."
KEPT = "Columns whose rows keep their own values were drawn like the others."
FAILED = "The model could not be judged ({reason})."


@dataclass(frozen=True, slots=True)
class _Parts:
    """A model and the rows that it is judged by."""

    learned: LearnedTable
    train: TypedTable
    holdout: TypedTable


def evaluated(prepared: PreparedTable, learned: LearnedTable) -> LearnedTable:
    """The same model with what it is worth beside rows that were not learned.

    Where the plan sets nothing aside it is not judged, and comes back as it is. A judge that fails
    costs no model: the notes say so.

    Args:
        prepared: what it was fitted to.
    """
    plan = prepared.plan
    if not plan.holdout:
        return learned
    if prepared.typed.rows < FEW_ROWS:
        found = _evaluation(notes=[FEW.format(rows=FEW_ROWS)])
    else:
        found = _by_rows_apart(prepared, learned)
    return replace(learned, evaluation=found)


def _by_rows_apart(prepared: PreparedTable, learned: LearnedTable) -> ModelEvaluation:
    rows, share, seed = prepared.typed.rows, prepared.plan.holdout, learned.seed
    is_second = not rows_held_out(rows, share)
    apart = _second_holdout(rows, seed) if is_second else held_out(rows, share, seed)
    train, holdout = _taken(prepared.typed, ~apart), _taken(prepared.typed, apart)
    try:
        judged = _second(prepared, learned, train) if is_second else learned
        parts = _Parts(judged, train, holdout)
        return _judged(parts, is_second=is_second, is_kept=bool(prepared.kept))
    except (TablesmithError, ArithmeticError, ValueError, pa.ArrowException) as error:
        # The words of a library may hold values of rows.
        notes = [FAILED.format(reason=type(error).__name__)]
        return _evaluation(is_second=is_second, notes=notes)


def _second_holdout(rows: int, seed: int) -> NDArray[np.bool_]:
    """Which rows of a small table the second model does not learn, shape (rows,)."""
    shuffle = make_shuffle(rows, Stream(seed).child("second", "holdout"))
    return shuffle(np.arange(rows, dtype=np.int64)) < round(SECOND_HOLDOUT * rows)


def _taken(table: TypedTable, rows: NDArray[np.bool_]) -> TypedTable:
    places = np.flatnonzero(rows)
    columns = tuple(replace(each, values=each.values.take(places)) for each in table.columns)
    return replace(table, rows=len(places), columns=columns)


def _second(prepared: PreparedTable, learned: LearnedTable, table: TypedTable) -> LearnedTable:
    """A model fitted like the first one to other rows."""
    return learn(
        encode_typed(table, prepared.rules, prepared.texts),
        learned.synthesizer,
        learned.settings.model_dump(),
        seed=learned.seed,
        protection=learned.protection,
        target=learned.target,
        fairness=learned.fairness,
    )


def _judged(parts: _Parts, *, is_second: bool, is_kept: bool) -> ModelEvaluation:
    learned = parts.learned
    most = max(1, min(MOST_ROWS, MOST_CELLS // len(parts.train.columns)))
    train, holdout = (_sampled(each, most, learned.seed) for each in (parts.train, parts.holdout))
    block = learned.block(min(most, parts.train.rows), learned.seed, 0)
    synthetic = pa.Table.from_batches([block])
    texts = [each.name for each in learned.texts]
    beside = contest(train, holdout, synthetic, learned.target, learned.seed, texts=texts)
    figures = figures_of(beside, measures=HEADLINES)
    is_sampled = max(parts.train.rows, parts.holdout.rows) > most
    notes = [(SECOND, is_second), (SAMPLED.format(rows=most), is_sampled), (KEPT, is_kept)]
    return _evaluation(
        (train.num_rows, holdout.num_rows, synthetic.num_rows),
        tuple(_figure(each) for each in figures),
        is_second=is_second,
        notes=[words for words, holds in notes if holds],
    )


def _sampled(table: TypedTable, most: int, seed: int) -> pa.Table:
    """Rows of a table spread over it by a keyed bijection of their places."""
    whole = table.arrow()
    if table.rows <= most:
        return whole
    shuffle = make_shuffle(table.rows, Stream(seed).child("judged", "rows"))
    return whole.filter(pa.array(shuffle(np.arange(table.rows, dtype=np.int64)) < most))


def _evaluation(
    rows: tuple[int, int, int] = (0, 0, 0),
    figures: tuple[ModelFigure, ...] = (),
    *,
    is_second: bool = False,
    notes: list[str],
) -> ModelEvaluation:
    learned, holdout, synthetic = rows
    return ModelEvaluation(
        learned=learned,
        held_out=holdout,
        synthetic=synthetic,
        second_model=is_second,
        figures=list(figures),
        notes=notes,
    )


def _figure(figure: Figure) -> ModelFigure:
    """A figure with the decimals that its interval allows."""
    own = figure.interval
    decimals = DECIMALS if own is None else own.decimals

    def rounded(value: float | None) -> float | None:
        return None if value is None or not np.isfinite(value) else round(float(value), decimals)

    return ModelFigure(
        name=figure.name,
        value=rounded(figure.value),
        low=None if own is None else rounded(own.low),
        high=None if own is None else rounded(own.high),
        ceiling=rounded(figure.ceiling),
        floor=rounded(figure.floor),
        copied=rounded(figure.copy),
    )
