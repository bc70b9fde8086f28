"""Facts between the columns of one table: correlations and keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from app.engine.evaluation.declarations.columns import unique_fact
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.declarations.series import values
from app.engine.evaluation.measurement import Measurement
from app.engine.evaluation.tallies.base import Array, Tally
from app.engine.evaluation.tallies.correlations import (
    PearsonTally,
    SpearmanTally,
    correlation_tolerance,
    rank_edges,
)
from app.engine.generators.marginals import population
from app.engine.schema.models import Correlation, IdColumn


def correlation_facts(scope: TableScope) -> Iterator[Measurement]:
    for correlation in scope.table.correlations:
        a, b = correlation.between
        by_rank = correlation.method == "spearman"
        words = f"correlation of {a} with {b}" + (" (Spearman)" if by_rank else "")
        tolerance = correlation_tolerance(correlation.r, scope.rows, scope.sampling)
        note = scope.noted("Spearman" if by_rank else "Pearson")
        start = partial(_correlation_tally, correlation, scope)
        yield scope.one(words, correlation.r, start, tolerance, note)


def _correlation_tally(correlation: Correlation, scope: TableScope) -> Tally:
    a, b = correlation.between
    if correlation.method == "pearson":
        return PearsonTally(values(a), values(b), correlation.r, scope.sampling)
    edges = (_edges(a, scope), _edges(b, scope))
    return SpearmanTally(values(a), values(b), edges, correlation.r, scope.sampling)


def _edges(name: str, scope: TableScope) -> Array:
    """Cells of about equal mass of a column's planned population."""
    generator = scope.generator(name)
    planned = population(generator) if generator is not None else None
    return np.zeros(1) if planned is None else rank_edges(planned.values, planned.weights)


def key_facts(scope: TableScope) -> Iterator[Measurement]:
    """The primary key, unless its uniqueness is a fact of its only column already."""
    key = scope.table.primary_key
    if not key or not set(key) <= set(scope.schema.names):
        return
    column = scope.table.columns().get(key[0])
    if len(key) == 1 and column is not None and (column.unique or isinstance(column, IdColumn)):
        return
    yield unique_fact(key, scope)
