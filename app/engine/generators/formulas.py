"""Columns computed from other columns of the same row by an expression."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from app.engine.errors import ComputationError
from app.engine.expressions import Expression, ExpressionError, parse
from app.engine.generators.base import Block, Scope
from app.engine.generators.computed import Computed, computed_apportionment, planned_types
from app.engine.schema.models import FormulaColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class FormulaGenerator(Computed):
    """The values of `expression`."""

    expression: Expression

    @property
    def reads(self) -> frozenset[str]:
        return self.expression.columns

    def draw(self, block: Block) -> pa.Array:
        try:
            values = self.expression.evaluate(block.columns, block.rows)
        except ComputationError as error:
            raise error.at(f"{self.path}.expr") from error
        return self.finished(values, block)


def plan_formula(column: FormulaColumn, scope: Scope) -> FormulaGenerator:
    if column.unique:
        raise scope.fail("a formula cannot promise unique values", "leave 'unique' out", "unique")
    try:
        expression = parse(column.expr, {*scope.siblings, *scope.types})
        result = expression.type(planned_types(expression.columns, scope))
    except ExpressionError as error:
        raise error.at(f"{scope.path}.expr") from None
    if pa.types.is_null(result):
        raise scope.fail("the formula is null in every row", "give it a value", "expr")
    return FormulaGenerator(
        expression=expression,
        type=result,
        apportionment=computed_apportionment(column, result, scope),
        decimals=column.decimals,
        path=scope.path,
        longest=column.max_length,
    )
