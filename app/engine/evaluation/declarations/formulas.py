"""Facts that are computed again row by row: formulas, scripts and constraints."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import ComputationError
from app.engine.evaluation.accumulators.violations import Check
from app.engine.evaluation.declarations.scope import TableScope
from app.engine.evaluation.measurement import Measurement
from app.engine.expressions import Expression, ExpressionError, parse
from app.engine.generators.scripts import script_values
from app.engine.schema.models import ComputedColumn, FormulaColumn, ScriptColumn
from app.engine.scripts import read_script

SAME = 1e-9  # relative: texts of floats are exact, spreadsheets keep 15 digits


def formula_facts(column: FormulaColumn, name: str, scope: TableScope) -> Iterator[Measurement]:
    others = [other for other in scope.schema.names if other != name]
    expression = own_expression(column.expr, others)
    if expression is None:
        return
    fact = f"formula of {name}"

    def wanted(batch: pa.RecordBatch) -> pa.Array:
        return expression.evaluate(_columns(batch, expression), batch.num_rows)

    yield scope.every_row(fact, _recomputed(name, column, wanted), f"{name} = {column.expr}")


def script_facts(column: ScriptColumn, name: str, scope: TableScope) -> Iterator[Measurement]:
    """As for a formula, where the table's own file has every column that the script reads."""
    reads = read_script(column.script).columns
    if not reads.keys() <= {*scope.schema.names} - {name}:
        return

    def wanted(batch: pa.RecordBatch) -> pa.Array:
        columns = {each: batch.column(each) for each in reads}
        try:
            return script_values(column.script, column.returns, columns, batch.num_rows)
        except ComputationError:  # of rows that the definition would not have made
            return pa.nulls(batch.num_rows, batch.column(name).type)

    yield scope.every_row(f"script of {name}", _recomputed(name, column, wanted), "computed again")


def constraint_facts(scope: TableScope) -> Iterator[Measurement]:
    for constraint in scope.table.constraints:
        expression = own_expression(constraint.expr, scope.schema.names)
        if expression is not None:
            note = "null counts as kept"
            yield scope.every_row(f"constraint {constraint.expr}", _kept(expression), note)


def own_expression(text: str, names: Collection[str]) -> Expression | None:
    """An expression over these columns; None where it reads those of another table, which its own
    file cannot show."""
    try:
        return parse(text, names)
    except ExpressionError:
        return None


def _kept(expression: Expression) -> Check:
    """Where a condition is false; null counts as kept, as in an SQL CHECK."""

    def broken(batch: pa.RecordBatch) -> NDArray[np.bool_]:
        verdict = expression.evaluate(_columns(batch, expression), batch.num_rows)
        kept = verdict.cast(pa.bool_()).fill_null(True)
        return ~np.asarray(kept.to_numpy(zero_copy_only=False), dtype=np.bool_)

    return broken


def _recomputed(
    name: str, column: ComputedColumn, compute: Callable[[pa.RecordBatch], pa.Array]
) -> Check:
    """Where the column differs from what is computed; nulls are allowed where they are declared."""

    def broken(batch: pa.RecordBatch) -> NDArray[np.bool_]:
        found = batch.column(name)
        wanted = compute(batch)
        if column.decimals is not None and pa.types.is_floating(wanted.type):
            wanted = pc.round(wanted, column.decimals)
        wanted = wanted.cast(found.type)
        lacking, surplus = (
            _flags(pc.and_(found.is_null(), wanted.is_valid())),
            _flags(pc.and_(found.is_valid(), wanted.is_null())),
        )
        apart = ~_flags(_same(found, wanted).fill_null(True))
        return apart | surplus | (lacking if not column.missing else False)

    return broken


def _same(found: pa.Array, wanted: pa.Array) -> pa.Array:
    equal = pc.equal(found, wanted)
    if not pa.types.is_floating(found.type):
        return equal
    scale = pc.max_element_wise(pc.abs(found), pc.abs(wanted), 1.0)
    return pc.or_(
        equal, pc.less_equal(pc.abs(pc.subtract(found, wanted)), pc.multiply(scale, SAME))
    )


def _columns(batch: pa.RecordBatch, expression: Expression) -> dict[str, pa.Array]:
    return {name: batch.column(name) for name in expression.columns}


def _flags(values: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.bool_)
