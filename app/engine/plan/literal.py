"""Lookup tables whose rows stand in the definition."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from app.engine.errors import DefinitionError, Fault
from app.engine.generators.base import Layout
from app.engine.plan.places import Places
from app.engine.plan.plan import LiteralRows, TablePlan
from app.engine.schema.models import Table

LARGEST = 2**63


def plan_literal(table: Table, places: Places) -> TablePlan:
    """The plan of a table given by its rows.

    Raises:
        DefinitionError: for a value that no column can hold.
    """
    rows = table.rows or ()
    names = list(rows[0]) if rows else []
    faults, columns = list[Fault](), dict[str, pa.Array]()
    for name in names:
        try:
            columns[name] = _column([row[name] for row in rows])
        except (pa.ArrowException, OverflowError):
            message = f"the values of {name} do not fit one column"
            hint = f"texts, numbers below 2^63 = {LARGEST:,}, or true and false"
            faults.append(Fault(places.table("rows"), message, hint))
    if faults:
        raise DefinitionError(faults)
    return TablePlan(table.name, Layout(len(rows)), LiteralRows(pa.record_batch(columns)))


def _column(values: list[Any]) -> pa.Array:
    """Whole numbers as int64, others as float64; a column without values is one of texts."""
    if any(isinstance(value, float) for value in values):
        values = [None if value is None else float(value) for value in values]
    found = pa.array(values)
    return found.cast(pa.string()) if pa.types.is_null(found.type) else found
