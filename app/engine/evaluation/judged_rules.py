"""Rules between the numbers of a row that every real row keeps, tried in other rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.evaluation.row_space import Array
from app.engine.profiling.models import ColumnProfile, RowRule

RELATIVE = 1e-12  # what arithmetic does to the last digits of a sum
Kind = Literal["order", "strict_order", "sum", "product", "fixed_sum"]


@dataclass(frozen=True, slots=True)
class JudgedRule:
    """One rule.

    Args:
        rule: in the words of the language's expressions.
        places: numbers of the columns, the last one what the others come to.
        slack: how far the two sides may lie apart: half of the last decimal of each column.
        total: of columns with one sum in all rows.
    """

    kind: Kind
    rule: str
    places: tuple[int, ...]
    slack: float = 0.0
    total: float = 0.0

    def broken(self, rows: Array) -> NDArray[np.bool_]:
        """Which rows break it; none in which a value is missing. Shape (rows,)."""
        values = rows[:, list(self.places)].T
        known = np.isfinite(values).all(axis=0)
        return np.asarray(known & ~self._kept(np.where(known, values, 0.0)))

    def _kept(self, values: Array) -> NDArray[np.bool_]:
        if self.kind == "strict_order":
            return np.asarray(values[0] < values[1])
        if self.kind == "order":
            return np.asarray(values[0] <= values[1])
        made, wanted = self._sides(values)
        return np.asarray(np.abs(made - wanted) <= self.slack + RELATIVE * np.abs(made))

    def _sides(self, values: Array) -> tuple[Array, Array]:
        if self.kind == "fixed_sum":
            return values.sum(axis=0), np.full(values.shape[1], self.total)
        parts = values[:-1]
        return (parts.prod if self.kind == "product" else parts.sum)(axis=0), values[-1]


def judged_rules(
    rules: Iterable[RowRule], columns: Mapping[str, ColumnProfile], schema: pa.Schema
) -> Iterator[JudgedRule]:
    """Those of the rules whose columns are all compared, and are of one type where they stand in
    an order: moments of two types count in two units.

    Args:
        columns: what was found in the real ones, by name.
        schema: of the columns that are compared.
    """
    for each in rules:
        if not set(each.columns) <= set(schema.names):
            continue
        types = {schema.field(name).type for name in each.columns}
        if any(pa.types.is_temporal(kind) for kind in types) and len(types) > 1:
            continue
        places = tuple(schema.names.index(name) for name in each.columns)
        slack = _slack([columns[name] for name in each.columns])
        yield JudgedRule(_kind(each), each.rule, places, slack, _total(each))


def _slack(columns: Sequence[ColumnProfile]) -> float:
    return sum(0.5 * 10.0 ** -min(each.format.max_decimals, 12) for each in columns) + 1e-9


def _kind(rule: RowRule) -> Kind:
    return "strict_order" if rule.kind == "order" and " <= " not in rule.rule else rule.kind


def _total(rule: RowRule) -> float:
    return float(rule.rule.rpartition(" == ")[2]) if rule.kind == "fixed_sum" else 0.0
