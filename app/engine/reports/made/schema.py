"""What columns the tables of a report have, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from app.engine.plan.plan import Plan, TablePlan
from app.engine.reports.made.sources import GIVEN, KEY, LEARNED, learned_kind, value_type
from app.engine.schema.models import Column, ForeignKey, Table

INTEGER, NUMBER, TEXT, BOOLEAN = "integer", "number", "text", "boolean"
DATE, MOMENT, TIME = "date", "datetime", "time"


def described_tables(plan: Plan) -> list[dict[str, Any]]:
    """Of each table its `name`, `description`, `columns`, `primary_key` and `foreign_keys`; of
    each column `name`, `kind` (as declared, or what became of one of a real table), `type` (of its
    values) and `description`."""
    return [_described(each, plan) for each in plan.tables]


def _described(table: TablePlan, plan: Plan) -> dict[str, Any]:
    declared = None if plan.definition is None else plan.definition.tables.get(table.name)
    return {
        "name": table.name,
        "description": None if declared is None else declared.description,
        "columns": list(_columns(table, declared)),
        "primary_key": _primary_key(table, declared),
        "foreign_keys": [] if declared is None else list(_foreign_keys(declared, plan)),
    }


def _columns(table: TablePlan, declared: Table | None) -> Iterator[dict[str, Any]]:
    known: Mapping[str, Column | ForeignKey] = (
        {} if declared is None else {**declared.columns(), **declared.key_columns()}
    )
    for field in table.schema:
        column = known.get(field.name)
        yield {
            "name": field.name,
            "kind": learned_kind(table.source, field.name) or _kind(column, declared),
            "type": type_of(value_type(table.source, field)),
            "description": None if column is None else column.description,
        }


def _kind(column: Column | ForeignKey | None, declared: Table | None) -> str:
    """Columns of a lookup table are given; those of a model alone are learned."""
    if isinstance(column, ForeignKey):
        return KEY
    if column is not None:
        return str(column.type)
    return LEARNED if declared is None or declared.rows is None else GIVEN


def _primary_key(table: TablePlan, declared: Table | None) -> list[str]:
    """Empty where a column of it is not written."""
    names = () if declared is None else declared.primary_key
    return list(names) if set(names) <= set(table.schema.names) else []


def _foreign_keys(declared: Table, plan: Plan) -> Iterator[dict[str, Any]]:
    """Those whose columns are all written, here and in the table that they refer to."""
    written = {table.name: set(table.schema.names) for table in plan.tables}
    for name, key in declared.foreign_keys.items():
        pairs = {name: key.column, **key.columns}
        if set(pairs) <= written[declared.name] and set(pairs.values()) <= written[key.table]:
            yield {"table": key.table, "columns": pairs}


def type_of(kind: pa.DataType) -> str:
    """What a value of the type is, in a word."""
    if pa.types.is_dictionary(kind):
        return type_of(kind.value_type)
    tests = (
        (pa.types.is_boolean, BOOLEAN),
        (pa.types.is_integer, INTEGER),
        (pa.types.is_floating, NUMBER),
        (pa.types.is_decimal, NUMBER),
        (pa.types.is_date, DATE),
        (pa.types.is_timestamp, MOMENT),
        (pa.types.is_time, TIME),
    )
    return next((word for test, word in tests if test(kind)), TEXT)
