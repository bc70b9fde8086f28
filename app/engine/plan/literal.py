"""Lookup tables whose rows stand in the definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from app.engine.errors import ConflictError, DefinitionError, Fault
from app.engine.expressions import ExpressionError, parse
from app.engine.generators.arranging.exchanging import keeps
from app.engine.generators.base import Layout
from app.engine.plan.paths import TablePaths
from app.engine.plan.plan import LiteralRows, TablePlan
from app.engine.schema.models import Table
from app.engine.schema.reading.labels import label_kind

LARGEST = 2**63


def plan_literal(table: Table, paths: TablePaths) -> TablePlan:
    """The plan of a table given by its rows.

    Raises:
        DefinitionError: for a value that no column can hold.
        ConflictError: where a row breaks a constraint.
    """
    rows = table.rows or ()
    names = list(rows[0]) if rows else []
    faults, columns = list[Fault](), dict[str, pa.Array]()
    for name in names:
        try:
            columns[name] = _column([row[name] for row in rows])
        except (pa.ArrowException, OverflowError):
            message = f"the values of {name} do not fit one column"
            hint = f"texts, numbers of 15 digits, whole ones below {LARGEST:,}, or true and false"
            faults.append(Fault(paths.table("rows"), message, hint))
    if faults:
        raise DefinitionError(faults)
    _check_constraints(table, columns, paths)
    source = LiteralRows(pa.record_batch(columns))
    return TablePlan(table.name, Layout(len(rows)), source, table.key)


def _check_constraints(table: Table, columns: Mapping[str, pa.Array], paths: TablePaths) -> None:
    """Refuse rows that break a constraint; null counts as kept."""
    types = {name: column.type for name, column in columns.items()}
    for number, constraint in enumerate(table.constraints):
        path = paths.table(f"constraints[{number}]")
        try:
            condition = parse(constraint.expr, columns)
            condition.check_condition(types)
        except ExpressionError as error:
            raise error.at(f"{path}.expr") from None
        broken = np.flatnonzero(~keeps(condition, columns, len(table.rows or ())))
        if len(broken):
            message = f"rows[{broken[0]}] breaks it"
            raise ConflictError([Fault(path, message, "change the row, or drop the constraint")])


def _column(values: list[Any]) -> pa.Array:
    """Whole numbers as int64, others as float64, texts that all are days as dates; a column
    without values is one of texts.

    Raises:
        OverflowError: for a whole number among others that float64 cannot hold.
    """
    if any(isinstance(value, float) for value in values):
        floats = [None if value is None else float(value) for value in values]
        if floats != values:
            raise OverflowError
        values = floats
    texts = [value for value in values if value is not None]
    if texts and all(isinstance(value, str) for value in texts) and label_kind(texts) == "date":
        return pa.array(values, pa.string()).cast(pa.date32())
    found = pa.array(values)
    return found.cast(pa.string()) if pa.types.is_null(found.type) else found
