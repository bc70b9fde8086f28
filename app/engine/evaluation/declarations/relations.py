"""Facts between columns, of one table and of several: correlations and keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.evaluation.accumulator import Accumulator, Array
from app.engine.evaluation.accumulators.children import (
    ChildrenAccumulator,
    LineNumbersAccumulator,
    WeightsAccumulator,
)
from app.engine.evaluation.accumulators.correlations import (
    PearsonAccumulator,
    SpearmanAccumulator,
    correlation_tolerance,
    rank_edges,
)
from app.engine.evaluation.accumulators.distances import DistanceAccumulator, distance_tolerance
from app.engine.evaluation.accumulators.violations import Check
from app.engine.evaluation.declarations.columns import law_in_words, nulls_fact, unique_fact
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.declarations.series import values
from app.engine.evaluation.marginal_cdf import number_cdf
from app.engine.evaluation.measurement import Measurement
from app.engine.generators.arranging.marginals import population
from app.engine.generators.base import Layout
from app.engine.plan.keys.ancestry import rows_name
from app.engine.plan.keys.children import children_column
from app.engine.plan.keys.pairing import MatchedRows
from app.engine.plan.keys.rows import ChildrenOf
from app.engine.plan.keys.weights import RowsByWeight
from app.engine.schema.models import Children, Correlation, ForeignKey, IdColumn, LineNumberColumn


def correlation_facts(scope: TableScope) -> Iterator[Measurement]:
    for correlation in scope.table.correlations:
        a, b = correlation.between
        by_rank = correlation.method == "spearman"
        words = f"correlation of {a} with {b}" + (" (Spearman)" if by_rank else "")
        tolerance = correlation_tolerance(correlation.r, scope.rows, scope.sampling)
        note = scope.noted("Spearman" if by_rank else "Pearson")
        start = partial(_correlation_accumulator, correlation, scope)
        yield scope.one(words, correlation.r, start, tolerance, note)


def _correlation_accumulator(correlation: Correlation, scope: TableScope) -> Accumulator:
    a, b = correlation.between
    if correlation.method == "pearson":
        return PearsonAccumulator(values(a), values(b), correlation.r, scope.sampling)
    edges = (_edges(a, scope), _edges(b, scope))
    return SpearmanAccumulator(values(a), values(b), edges, correlation.r, scope.sampling)


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


def foreign_key_facts(scope: TableScope) -> Iterator[Measurement]:
    """Every key refers to a row that is there; nulls, uniqueness and children are as declared."""
    for name, key in scope.table.foreign_keys.items():
        columns = ", ".join((key.references, *key.columns.values()))
        note = f"every value is one of {columns}"
        yield scope.every_row(f"foreign key {name}", _refers_to_nothing(name), note)
        yield nulls_fact(name, key.missing, scope)
        if key.unique:
            yield unique_fact((name, *key.columns), scope)
        if key.children is not None:
            yield _children(name, key, key.children, scope)
        if key.weights is not None:
            yield _weights(name, key, scope)


def line_number_facts(scope: TableScope) -> Iterator[Measurement]:
    """The rows of each parent are numbered without a gap."""
    for name, column in scope.table.features.items():
        if not isinstance(column, LineNumberColumn):
            continue
        key = scope.table.foreign_keys[column.per]
        start = partial(
            LineNumbersAccumulator,
            rows_name(column.per),
            name,
            scope.rows_of[key.table],
            column.start,
        )
        note = f"rows of {key.table} whose rows by {column.per} are numbered otherwise"
        yield scope.one(f"{name} from {column.start} on, per {column.per}", 0, start, note=note)


def _weights(name: str, key: ForeignKey, scope: TableScope) -> Measurement:
    """How many rows refer to each row of the parent, beside what its weight gives it."""
    parents = scope.rows_of[key.table]

    def start() -> WeightsAccumulator:
        counted = scope.generators[rows_name(name)]
        assert isinstance(counted, ChildrenOf | MatchedRows)
        shares = counted.counts.generator
        assert isinstance(shares, RowsByWeight)
        expected = partial(shares.expected, Layout(parents))
        return WeightsAccumulator(rows_name(name), parents, expected, scope.sampling)

    said = key.weights.column if key.weights and key.weights.column else "their weights"
    note = f"most rows of one parent, more or less than in proportion to {said}"
    return scope.one(f"rows per {key.table} by {name}", 0.0, start, 1.0, scope.noted(note))


def _refers_to_nothing(name: str) -> Check:
    def broken(batch: pa.RecordBatch) -> NDArray[np.bool_]:
        lost = pc.and_(batch.column(name).is_valid(), batch.column(rows_name(name)).is_null())
        return np.asarray(lost.to_numpy(zero_copy_only=False), dtype=np.bool_)

    return broken


def _children(name: str, key: ForeignKey, children: Children, scope: TableScope) -> Measurement:
    """How many children the rows of the parent have; a share of them may have none to draw."""
    column = children_column(children)
    parents = scope.rows_of[key.table]

    def start() -> ChildrenAccumulator:
        declared = number_cdf(column)
        nobody = (1.0 - children.share) * (declared.thresholds > 0)
        # Of what lies below the declared counts only 0 is possible.
        single = declared.single.copy()
        single[0] = True
        mixed = replace(declared, below=children.share * declared.below + nobody, single=single)
        return ChildrenAccumulator(
            rows_name(name), parents, DistanceAccumulator("children", mixed, scope.sampling)
        )

    note = f"Kolmogorov–Smirnov distance to {law_in_words(column)}"
    note += f", for {children.share:.4g} of the rows" if children.share < 1 else ""
    tolerance = distance_tolerance(parents, scope.sampling)
    words = f"children of {key.table} by {name}"
    return scope.one(words, 0.0, start, tolerance, scope.noted(note))
