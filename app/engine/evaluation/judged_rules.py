"""Rules between the numbers of a row that every real row keeps, tried in other rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.evaluation.row_space import Array, row_space
from app.engine.profiling.models import ColumnProfile, RowRule

MOST_DECIMALS = 12
EPSILON = float(np.finfo(np.float64).eps)
Kind = Literal["order", "strict_order", "sum", "product", "fixed_sum"]


@dataclass(frozen=True, slots=True)
class JudgedRule:
    """One rule.

    Args:
        rule: in the words of the language's expressions.
        places: numbers of the columns, the last one what the others come to.
        offset: what the two sides differ by: 0 as a rule, the total of a fixed sum.
        slack: how far from it the sides of a real row lie at most; 0 where all hold exactly, as
            every order does.
    """

    kind: Kind
    rule: str
    places: tuple[int, ...]
    slack: float = 0.0
    offset: float = 0.0

    def broken(self, rows: Array) -> NDArray[np.bool_]:
        """Which rows break it; none in which a value is missing. Shape (rows,)."""
        values, known = self._values(rows)
        if self.kind in {"order", "strict_order"}:
            less = np.less if self.kind == "strict_order" else np.less_equal
            return np.asarray(known & ~less(*values))
        return np.asarray(known & (self._gaps(values) > self.slack))

    def fitted(self, rows: Array, decimals: int) -> JudgedRule:
        """The same as strict as the real rows keep it.

        Args:
            rows: the real ones, shape (rows, columns).
            decimals: of the column that the others come to.
        """
        values, known = self._values(rows)
        values = values[:, known]
        if self.kind in {"order", "strict_order"}:
            kind: Kind = "strict_order" if (values[0] < values[1]).all() else "order"
            return replace(self, kind=kind)
        step = 0.5 * 10.0 ** -min(decimals, MOST_DECIMALS)
        made, wanted = self._sides(values)
        middle = float(np.median(made - wanted)) if known.any() else 0.0
        centred = replace(self, offset=step * round(middle / step))
        gap = float(centred._gaps(values).max(initial=0.0))
        return replace(centred, slack=_rounded_up(gap, step))

    def _values(self, rows: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Of its columns, shape (columns, rows), and in which rows all are there."""
        values = rows[:, list(self.places)].T
        known = np.asarray(np.isfinite(values).all(axis=0))
        return np.where(known, values, 0.0), known

    def _gaps(self, values: Array) -> Array:
        """How far from the offset the sides lie, beyond what arithmetic does to their last bits;
        shape (rows,)."""
        made, wanted = self._sides(values)
        size = np.abs(made) if self.kind == "product" else np.abs(values).sum(axis=0)
        noise = len(values) * EPSILON * (size + np.abs(wanted))
        return np.asarray(np.maximum(np.abs(made - wanted - self.offset) - noise, 0.0))

    def _sides(self, values: Array) -> tuple[Array, Array]:
        if self.kind == "fixed_sum":
            return values.sum(axis=0), np.zeros(values.shape[1])
        parts = values[:-1]
        return (parts.prod if self.kind == "product" else parts.sum)(axis=0), values[-1]


def judged_rules(
    rules: Iterable[RowRule], columns: Mapping[str, ColumnProfile], real: pa.Table
) -> Iterator[JudgedRule]:
    """Those of the rules whose columns are all compared, and are of one type where they stand in
    an order: moments of two types count in two units.

    Args:
        columns: what was found in the real ones, by name.
        real: the columns that are compared.
    """
    judged = [each for each in rules if _is_judged(each, real.schema)]
    names = sorted({name for each in judged for name in each.columns})
    if not judged:
        return
    rows = row_space(real.select(names)).numbers(real)
    for each in judged:
        here = rows[:, [names.index(name) for name in each.columns]]
        found = JudgedRule(each.kind, each.rule, tuple(range(len(each.columns))))
        fitted = found.fitted(here, columns[each.columns[-1]].format.max_decimals)
        places = tuple(real.schema.names.index(name) for name in each.columns)
        yield replace(fitted, places=places)


def _is_judged(rule: RowRule, schema: pa.Schema) -> bool:
    if not set(rule.columns) <= set(schema.names):
        return False
    types = {schema.field(name).type for name in rule.columns}
    return len(types) == 1 or not any(pa.types.is_temporal(each) for each in types)


def _rounded_up(gap: float, step: float) -> float:
    """The least multiple of a step that is no less: rows that were rounded come near to it, and
    no two tables equally near. Twice the gap at most, for steps that no rounding made."""
    return min(max(gap, step * math.ceil(gap / step - 1e-6)), 2.0 * gap)
