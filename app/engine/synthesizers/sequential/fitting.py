"""Learning the columns of a table one after the other, each given those before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.seeds import Stream
from app.engine.synthesis.models import Fairness
from app.engine.synthesizers.base import FitContext
from app.engine.synthesizers.lookups import determined, looked_up, with_determined_behind
from app.engine.synthesizers.preparation import FEWEST_BINS, PreparedColumn, prepared
from app.engine.synthesizers.row_rules import row_rules
from app.engine.synthesizers.sequential.boosting import FeatureTable, grow_code_tree
from app.engine.synthesizers.sequential.columns import Before, DeterminedColumn, TreeColumn
from app.engine.synthesizers.sequential.fairness import (
    PARITY,
    check_fairness,
    check_unruled,
    hidden_from_target,
)
from app.engine.synthesizers.sequential.linear import linear_features, seen_with
from app.engine.synthesizers.sequential.model import SequentialColumn, SequentialModel
from app.engine.synthesizers.sequential.parity import ParityColumn, parity_column
from app.engine.synthesizers.sequential.settings import SequentialSettings
from app.engine.synthesizers.table import MISSING, Codes, EncodedTable, Kind
from app.engine.synthesizers.values import (
    ColumnValues,
    DrawnValues,
    Features,
    Floats,
    Symbols,
)

COMMON = 5  # equal rows that are no one's own
RARE = 0.1  # share of the rows of one of two values


@dataclass(frozen=True, eq=False, slots=True)
class ColumnTask:
    """What one column is learned from; plain data that a worker process can be given.

    Args:
        before: the columns drawn before it, in order.
        features: their codes, shape (columns, rows).
        symbols: of the column, shape (rows,).
        target: feature codes of the column itself, shape (rows,).
        groups: number of each row, the same for the few that repeat one another in every column,
            shape (rows,).
    """

    values: ColumnValues
    before: list[ColumnValues]
    features: Features
    symbols: Symbols
    target: Features
    groups: NDArray[np.intp]
    settings: SequentialSettings
    stream: Stream


def fit(table: EncodedTable, settings: SequentialSettings, context: FitContext) -> SequentialModel:
    """A model of a table. Columns do not wait for one another: each is learned from real rows.

    Raises DefinitionError where a column cannot be made fair.
    """
    if context.fairness is not None:
        check_fairness(table, context.fairness)
    rows = _sampled(table.rows, settings.max_rows, context.stream)
    bins = min(settings.bins, max(FEWEST_BINS, len(rows) // settings.rows_per_bin))
    # First rows of a sequence are few, and most columns of those are missing in all others.
    per_bin = settings.rows_per_bin if table.early else 0
    unordered = prepared(table, context.protection, bins, per_bin)
    pairs = determined(unordered, table)
    columns = _ordered(unordered, pairs, table, context)
    rules = row_rules(table, [column.name for column in columns])
    check_unruled(context.fairness, {each.name for each in rules.columns})
    free = [column for column in columns if column.name not in pairs]
    tasks = _tasks(columns, free, rows, table, settings, context)
    learned = list(context.map(fit_column, tasks))
    grown: dict[str, SequentialColumn] = {
        task.values.name: _made_fair(task, each, context.fairness)
        for task, each in zip(tasks, learned, strict=True)
    }
    by_name = {column.name: column for column in columns}
    fitted = [
        grown[c.name] if c.name in grown else _looked_up(by_name[pairs[c.name]], c) for c in columns
    ]
    return SequentialModel(tuple(fitted), table.names, rules)


def fit_column(task: ColumnTask) -> TreeColumn:
    """One column; the same wherever it is learned."""
    linear = linear_features(task.values, task.target, task.before, task.features)
    labels = tuple(place for place, each in enumerate(task.before) if each.kind is Kind.LABEL)
    tree = grow_code_tree(
        FeatureTable(seen_with(linear, task.features), labels),
        task.symbols,
        task.values.symbols,
        task.settings,
        task.stream.generator().random(int(task.groups.max(initial=0)) + 1)[task.groups],
        is_ordered=task.values.kind is Kind.NUMBER,
        has_missing=task.values.symbols > len(task.values.starts),
    )
    return TreeColumn(task.values, linear, tree)


def _made_fair(
    task: ColumnTask, column: TreeColumn, fairness: Fairness | None
) -> TreeColumn | ParityColumn:
    """The target of demographic parity, weighed by the groups; every other column as it is."""
    name = column.values.name
    if fairness is None or fairness.notion != PARITY or name != fairness.target:
        return column
    place = [each.name for each in task.before].index(fairness.protected)
    protected = task.before[place]
    # A column of so few values has one feature code for each of them.
    codes = task.features[place].astype(np.int32)
    codes = np.where(codes < len(protected.values), codes, MISSING).astype(np.int32)
    drawn = {protected.name: DrawnValues(codes, np.zeros(len(codes)))}
    return parity_column(column, protected, Before(drawn, task.features), task.symbols)


def _tasks(
    columns: list[PreparedColumn],
    free: list[PreparedColumn],
    rows: NDArray[np.intp],
    table: EncodedTable,
    settings: SequentialSettings,
    context: FitContext,
) -> list[ColumnTask]:
    features = np.array([c.values.features_of(c.codes[rows]) for c in columns], dtype=np.uint8)
    if table.individuals is None:
        groups = _groups([column.codes[rows] for column in columns])
    else:
        # Rows of one individual on both sides would praise trees for knowing it.
        groups = np.unique(table.individuals[rows], return_inverse=True)[1]
    hidden = hidden_from_target(table, context.fairness)
    unseen = np.array([each.name in hidden for each in columns])
    tasks = []
    for column in free:
        place = columns.index(column)
        before = 0 if column.name in table.given else place
        usable = column.usable[rows]
        seen = features[:before, usable]
        if context.fairness is not None and column.name == context.fairness.target:
            seen[unseen[:before]] = 0  # trees find nothing in what never changes
        tasks.append(
            ColumnTask(
                column.values,
                [each.values for each in columns[:before]],
                seen,
                column.values.symbols_of(column.codes[rows][usable]),
                features[place, usable],
                groups[usable],
                settings,
                context.stream.child("column", column.name),
            )
        )
    return tasks


def _groups(columns: list[Codes]) -> NDArray[np.intp]:
    """Numbers of rows, the same for rows that are equal in every column, shape (rows,).

    Rows that COMMON or more share have numbers of their own: they are the rule, and to set all of
    them aside would teach that they do not occur.
    """
    found = np.zeros(len(columns[0]), dtype=np.intp)
    for codes in columns:
        # Renumbered after each column, so that pairs never leave 64 bits.
        pairs = found * (int(codes.max(initial=0)) + 2) + codes + 1
        found = np.unique(pairs, return_inverse=True)[1]
    is_common = np.bincount(found)[found] >= COMMON
    return np.where(is_common, len(found) + np.arange(len(found)), found)


def _sampled(rows: int, most: int, stream: Stream) -> NDArray[np.intp]:
    """Numbers of the rows that are learned from, ascending."""
    if rows <= most:
        return np.arange(rows)
    rng = stream.child("sample").generator()
    return np.sort(rng.choice(rows, size=most, replace=False))


def _entropy(column: PreparedColumn) -> float:
    """Of the column's symbols, in nats; those that say least are learned first."""
    symbols = column.values.symbols_of(column.codes[column.usable])
    shares: Floats = np.bincount(symbols) / max(len(symbols), 1)
    shares = shares[shares > 0]
    return round(float(-(shares * np.log(shares)).sum()), 9)


def _ordered(
    columns: list[PreparedColumn],
    pairs: dict[str, str],
    table: EncodedTable,
    context: FitContext,
) -> list[PreparedColumn]:
    """Given ones first, then early ones, then by entropy, the least first; what another column
    determines stands right behind it.

    A target that asks for rare rows comes last: these are too few for every other column to be
    learned from by itself, and enough to say what tells them from all rows. So does one that is
    made fair: no other column is to tell of it what it was.
    """
    fair = None if context.fairness is None else context.fairness.target
    early = {name: place for place, name in enumerate(table.early)}

    def rank(column: PreparedColumn) -> tuple[bool, float, bool, float, str]:
        is_last = column.name == context.target and _is_rare(column)
        is_last |= column.name == fair
        is_given = column.name in table.given and column.name not in early
        place = early.get(column.name, len(early)) if not is_given else 0
        return not is_given, place, is_last, _entropy(column), column.name

    order = sorted(columns, key=rank)
    return with_determined_behind(columns, order, pairs)


def _is_rare(column: PreparedColumn) -> bool:
    """Whether it has two values, one of which few rows have."""
    counts = column.values.counts
    return len(counts) == 2 and bool(counts.min() < RARE * counts.sum())


def _looked_up(determinant: PreparedColumn, column: PreparedColumn) -> DeterminedColumn:
    lookup = looked_up(determinant, column)
    return DeterminedColumn(column.values, determinant.name, lookup.codes)
