"""How the columns of made tables are distributed, beside what was declared of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.evaluation.marginal_cdf import number_cdf
from app.engine.evaluation.row_space import Array, NumberAxis, is_label, row_space
from app.engine.generators.faker.people import SEXES
from app.engine.plan.plan import Plan, TablePlan
from app.engine.reports.margins import MISSING, MOST_LABELS, OTHERS, are_whole, bin_edges, bin_names
from app.engine.reports.margins import margin_of as shares_of_values
from app.engine.schema.learned import LearnedColumn
from app.engine.schema.models import (
    BoolColumn,
    CategoryColumn,
    Column,
    IdColumn,
    JointColumn,
    LineNumberColumn,
    NumberColumn,
    Table,
)

MOST_DISTINCT = 50  # labels that nobody declared, of which a drawing says something


@dataclass(frozen=True, slots=True)
class MadeColumn:
    """Shares of rows by the values of one column.

    Args:
        places: labels, or bins in order.
        declared: shares as declared; empty where no distribution was.
        made: those of the rows.
    """

    table: str
    column: str
    is_label: bool
    places: tuple[str, ...]
    declared: tuple[float, ...]
    made: tuple[float, ...]


def made_columns(plan: Plan, most: int) -> tuple[tuple[MadeColumn, ...], int]:
    """Columns of the first block of each table, `most` at most in the order of the definition; and
    how many were left out for that. Keys, and texts of many kinds, have nothing to draw."""
    found: list[MadeColumn] = []
    left = 0
    for table in plan.tables:
        if not table.rows:
            continue
        drawable = _drawable(table, plan)
        chosen = drawable[: most - len(found)]
        left += len(drawable) - len(chosen)
        found += _columns_of(table, plan, chosen)
    return tuple(found), left


def _declared_table(table: TablePlan, plan: Plan) -> Table | None:
    return None if plan.definition is None else plan.definition.tables.get(table.name)


def _drawable(table: TablePlan, plan: Plan) -> list[str]:
    """Names of the columns that a drawing may say something of."""
    declared = _declared_table(table, plan)
    known = {} if declared is None else declared.columns()
    keys = set() if declared is None else {*declared.primary_key, *declared.key_columns()}
    return [
        name
        for name in table.schema.names
        if name not in keys and not isinstance(known.get(name), IdColumn | LineNumberColumn)
    ]


def _columns_of(table: TablePlan, plan: Plan, names: list[str]) -> Iterator[MadeColumn]:
    declared = _declared_table(table, plan)
    known: Mapping[str, Column] = {} if declared is None else declared.columns()
    rows = pa.Table.from_batches([table.block(0)])
    for name in names:
        drawn = _drawn(name, rows[name], known.get(name))
        if drawn is not None:
            yield MadeColumn(table.name, name, *drawn)


Drawn = tuple[bool, tuple[str, ...], tuple[float, ...], tuple[float, ...]]


def _drawn(name: str, values: pa.ChunkedArray, column: Column | None) -> Drawn | None:
    """None where there is nothing to see."""
    if is_label(values.type):
        return _labels(values, _declared_labels(column), 0.0 if column is None else column.missing)
    if not (pa.types.is_temporal(values.type) or pa.types.is_primitive(values.type)):
        return None
    shares = _declared_labels(column)
    if shares:
        return _labels(values, shares, column.missing if column else 0.0)
    return _numbers(name, values, column)


def _declared_labels(column: Column | None) -> dict[str, float]:
    """Shares of the labels that are there; empty where they were not declared."""
    if column is None or (isinstance(column, LearnedColumn) and "shares" not in column.declared):
        return {}
    match column:
        case CategoryColumn():
            return {each.label: each.proportion for each in column.cats}
        case BoolColumn():
            return {"true": column.proportion, "false": 1.0 - column.proportion}
        case JointColumn(part="sex"):
            return dict.fromkeys(SEXES, 0.5)
    return {}


def _labels(values: pa.ChunkedArray, declared: dict[str, float], missing: float) -> Drawn | None:
    texts = pc.drop_null(_texts(values))
    counted = pc.value_counts(texts)
    counts = dict(zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True))
    if not declared and not 0 < len(counts) <= MOST_DISTINCT:
        return None
    order = sorted(
        {*declared, *counts}, key=lambda each: (-declared.get(each, 0), -counts.get(each, 0), each)
    )
    places = order[:MOST_LABELS]
    made = {name: counts.get(name, 0) / len(values) for name in places}
    said = {name: declared.get(name, 0.0) * (1.0 - missing) for name in places}
    if rest := order[MOST_LABELS:]:
        made[OTHERS] = sum(counts.get(name, 0) for name in rest) / len(values)
        said[OTHERS] = sum(declared.get(name, 0.0) for name in rest) * (1.0 - missing)
    if values.null_count or (declared and missing):
        made[MISSING], said[MISSING] = values.null_count / len(values), missing
    return True, tuple(made), _rounded(said.values()) if declared else (), _rounded(made.values())


def _texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    return values.cast(pa.string())


def _numbers(name: str, values: pa.ChunkedArray, column: Column | None) -> Drawn | None:
    axis = row_space(pa.table({name: values})).axes[0]
    if not isinstance(axis, NumberAxis) or not len(axis.ordered):
        return None
    numbers = axis.numbers(values)
    seen = shares_of_values(axis, values.type, numbers, numbers)
    declared: tuple[float, ...] = ()
    if isinstance(column, NumberColumn) and not isinstance(column, LearnedColumn):
        edges = bin_edges(axis.ordered, is_whole=are_whole(values.type, numbers))
        shares = dict(zip(bin_names(edges, values.type), _between(column, edges), strict=True))
        shares[MISSING] = column.missing
        declared = _rounded(shares[place] for place in seen.places)
    return False, seen.places, declared, seen.synthetic


def _between(column: NumberColumn, edges: Array) -> Array:
    """Declared shares below the first edge, between two, and from the last one on."""
    known = number_cdf(column)
    places = np.searchsorted(known.thresholds, edges, side="right") - 1
    below = np.where(places < 0, 0.0, known.below[np.maximum(places, 0)])
    return np.diff(below, prepend=0.0, append=1.0) * (1.0 - column.missing)


def _rounded(shares: object) -> tuple[float, ...]:
    return tuple(round(float(each), 4) for each in shares)  # type: ignore[attr-defined]
