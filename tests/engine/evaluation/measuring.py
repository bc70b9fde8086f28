"""Tables measured in few words: drawn from a definition, damaged, written, measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.measurement import FactResult
from app.engine.evaluation.reading import TableFile
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.schema.load import load_definition
from tests.engine.planning import drawn

Damage = Callable[[pa.Table], pa.Table]


def plan_of_document(document: dict[str, Any]) -> Plan:
    return compile_plan(load_definition({"name": "t", "seed": 11, **document}).definition)


def measured_table(plan: Plan, table: pa.Table, folder: Path) -> dict[str, FactResult]:
    """Results by fact, of a table written to Parquet."""
    path = folder / "t.parquet"
    pq.write_table(table, path)
    return {
        result.fact: result
        for result in measure_facts(plan, {plan.tables[0].name: TableFile(path, "parquet")})
    }


def measured(
    document: dict[str, Any], folder: Path, damage: Damage | None = None
) -> dict[str, FactResult]:
    """Results by fact, of the table of a definition, damaged where wanted."""
    plan = plan_of_document(document)
    table = drawn(plan)
    return measured_table(plan, damage(table) if damage else table, folder)


def broken(results: dict[str, FactResult]) -> set[str]:
    return {fact for fact, result in results.items() if not result.holds}


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    """The table with other values in a column, its type kept."""
    place = table.schema.names.index(name)
    kind = table.schema.field(name).type
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return table.set_column(place, name, pa.array(values, plain))


def with_value(table: pa.Table, name: str, row: int, value: Any) -> pa.Table:
    """The table with one other value."""
    values = table.column(name).to_pylist()
    values[row] = value
    return with_column(table, name, values)


def unmet(plan: Plan, folder: Path) -> list[str]:
    """The facts of the plan's table that its rows do not hold, with what was seen."""
    return [
        f"{result.fact}: {result.observed}"
        for result in measured_table(plan, drawn(plan), folder).values()
        if not result.holds
    ]
