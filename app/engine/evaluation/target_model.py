"""What evaluation asks of a compiled target: nothing else here knows how one is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.evaluation.accumulator import Array
from app.engine.generators.categories import typed_labels
from app.engine.plan.plan import DeclaredRows, TablePlan
from app.engine.plan.target.bins import LabelBins
from app.engine.plan.target.model import TargetModel

Rows = Callable[[pa.RecordBatch], Array]


@dataclass(frozen=True, slots=True)
class KnownTarget:
    """What the plan knows of a target.

    Args:
        labels: empty for a numeric target.
        positive: number of the positive label.
        metric: auc, accuracy or r2: what measures how predictable the target is.
        best: that metric for a model that knows the rules.
        strengths: for each declared effect its subject, label and reached correlation.
        scores: probability of each label in each row, shape (labels, rows); the additive score,
            shape (1, rows), of a numeric target.
    """

    name: str
    labels: tuple[str, ...]
    positive: int
    metric: str
    best: float
    strengths: tuple[tuple[str, str, str | None, float | str, float], ...]
    scores: Rows


def known_target(table: TablePlan, name: str, schema: pa.Schema) -> KnownTarget | None:
    """The compiled target of a table; None where it has none, or one that reads other columns than
    those of the schema."""
    source = table.source
    generator = source.columns.get(name) if isinstance(source, DeclaredRows) else None
    model = getattr(generator, "model", None)
    if not isinstance(model, TargetModel) or not model.reads <= set(schema.names):
        return None
    return KnownTarget(
        name,
        model.labels,
        model.positive,
        model.metric,
        model.reached,
        tuple((e.column, e.subject, e.label, e.strength, e.reached) for e in model.effects),
        _scores_of(model),
    )


def _scores_of(model: TargetModel) -> Rows:
    known = {c.column: c.bins.labels for c in model.cards if isinstance(c.bins, LabelBins)}

    def scores(batch: pa.RecordBatch) -> Array:
        if not model.reads:
            return np.repeat(_constant(model)[:, None], batch.num_rows, axis=1)
        columns = {name: _binned(batch.column(name), known.get(name)) for name in model.reads}
        return model.probabilities(columns) if model.labels else model.scores(columns)

    return scores


def _constant(model: TargetModel) -> Array:
    return np.asarray(model.shares) if model.labels else model.base


def _binned(column: pa.Array, labels: tuple[str, ...] | None) -> pa.Array:
    """The column with labels that were never declared as nulls: a file may be damaged."""
    if labels is None:
        return column
    declared = pc.is_in(column, value_set=typed_labels(labels, column.type))
    return pc.if_else(declared, column, pa.scalar(None, column.type))
