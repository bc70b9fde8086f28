"""Columns computed from other columns of the same row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import ComputationError, DefinitionError
from app.engine.expressions import Expression, ExpressionError, parse
from app.engine.generators.apportionment import Apportionment, make_apportionment
from app.engine.generators.base import Block, Scope
from app.engine.generators.lengths import require_short, require_texts
from app.engine.generators.segmented import arrangement
from app.engine.schema.models import FormulaColumn


@dataclass(frozen=True, slots=True)
class FormulaGenerator:
    """The values of `expression`, rounded to `decimals` where given; none is a text of more
    than `longest` characters. `apportionment` has the segments values, nulls. `path` is the
    column's place in the definition."""

    expression: Expression
    type: pa.DataType
    apportionment: Apportionment
    decimals: int | None = None
    path: str = ""
    longest: int | None = None

    @property
    def reads(self) -> frozenset[str]:
        return self.expression.columns

    def draw(self, block: Block) -> pa.Array:
        try:
            values = self.expression.evaluate(block.columns, block.rows)
        except ComputationError as error:
            raise error.at(f"{self.path}.expr") from error
        self._require_short(values)
        if self.decimals is not None and pa.types.is_floating(values.type):
            values = pc.round(values, self.decimals)
        return self._with_nulls(values.cast(self.type), block)

    def _require_short(self, values: pa.Array) -> None:
        if self.longest is None:
            return
        try:
            require_short(values, self.longest)
        except ComputationError as error:
            raise error.at(f"{self.path}.max_length") from None

    def _with_nulls(self, values: pa.Array, block: Block) -> pa.Array:
        """The declared share of nulls; those that the formula gives by itself count among them."""
        more = int(self.apportionment.block_counts(block)[-1]) - values.null_count
        if more <= 0:
            return values
        order = arrangement(block)
        order = order[values.is_valid().to_numpy(zero_copy_only=False)[order]]
        mask = np.zeros(block.rows, dtype=np.bool_)
        mask[order[:more]] = True
        return pc.if_else(pa.array(mask), pa.scalar(None, self.type), values)


def plan_formula(column: FormulaColumn, scope: Scope) -> FormulaGenerator:
    if column.unique:
        raise scope.fail("a formula cannot promise unique values", "leave 'unique' out", "unique")
    try:
        expression = parse(column.expr, {*scope.siblings, *scope.types})
        result = expression.type(_types(expression, scope))
    except ExpressionError as error:
        raise error.at(f"{scope.path}.expr") from None
    if pa.types.is_null(result):
        raise scope.fail("the formula is null in every row", "give it a value", "expr")
    apportionment = make_apportionment(scope.sampling, scope.rows, [1.0], column.missing)
    if column.max_length is not None:
        require_texts(result, scope)
    decimals, longest = column.decimals, column.max_length
    return FormulaGenerator(expression, result, apportionment, decimals, scope.path, longest)


def _types(expression: Expression, scope: Scope) -> dict[str, pa.DataType]:
    """Types of the columns read; they are planned before the formula is.

    Raises:
        DefinitionError: without a fault, where one of them could not be planned: that is the fault.
    """
    if not expression.columns <= scope.types.keys():
        raise DefinitionError([])
    return {name: scope.types[name] for name in expression.columns}
