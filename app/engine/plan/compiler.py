"""From a definition to a plan: order the columns, plan each one, collect every fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

import pyarrow as pa

from app.engine.errors import DefinitionError, Fault
from app.engine.generators.base import Generator, Layout, Member, Scope, plan_column
from app.engine.generators.lines import make_line
from app.engine.generators.missing import WithMissing
from app.engine.plan.correlations import correlated_groups
from app.engine.plan.dependencies import column_dependencies
from app.engine.plan.plan import DeclaredRows, Plan, SingleColumn, Step, TablePlan
from app.engine.schema.models import (
    AnyColumn,
    Definition,
    FormulaColumn,
    IdColumn,
    ProviderColumn,
    Table,
)
from app.engine.seeds import Stream, fresh_seed

DEFAULT_ROWS = 1000
NULLS_LAID_OVER = (FormulaColumn, IdColumn, ProviderColumn)


def compile_plan(
    definition: Definition, *, rows: int | None = None, seed: int | None = None
) -> Plan:
    """The plan of a definition.

    Args:
        definition: as `load_definition` gives it.
        rows: rows of the (root) table, in place of the declared ones.
        seed: root seed, in place of the declared one; drawn anew where neither is given.

    Raises:
        DefinitionError: with every fault that planning finds.
        ConflictError: where declared facts cannot hold together.
    """
    chosen = definition.seed if seed is None else seed
    root = fresh_seed() if chosen is None else chosen
    problems = _Problems()
    tables = [
        _plan_table(table, definition, rows, root, problems) for table in definition.tables.values()
    ]
    if problems.faults:
        raise problems.error()
    planned = tuple(table for table in tables if table is not None)
    return Plan(definition.name, root, planned, tuple(problems.warnings), definition.output_file)


@dataclass(slots=True)
class _Problems:
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    kinds: set[type[DefinitionError]] = field(default_factory=set)

    def add(self, error: DefinitionError) -> None:
        self.faults += error.faults
        self.kinds.add(type(error))

    def error(self) -> DefinitionError:
        kind = next(iter(self.kinds)) if len(self.kinds) == 1 else DefinitionError
        return kind(self.faults)


def _plan_table(
    table: Table, definition: Definition, rows: int | None, root: int, problems: _Problems
) -> TablePlan | None:
    layout = Layout(_row_count(table, rows))
    columns = table.columns()
    try:
        order = _drawing_order(table, columns)
    except DefinitionError as error:
        problems.add(error)
        return None
    planned: dict[str, Member] = {}
    types: dict[str, pa.DataType] = {}
    for name in order:
        stream = Stream(root, (table.name, name))
        path = _column_path(table, definition, name)
        scope = Scope(table.name, name, path, layout, definition.sampling, stream, columns, types)
        try:
            planned[name] = Member(name, _generator(columns[name], scope), stream)
        except DefinitionError as error:
            problems.add(error)
        problems.warnings += scope.warnings
    if problems.faults:
        return None
    try:
        steps = _steps(table, planned, Stream(root, (table.name,)), definition)
    except DefinitionError as error:
        problems.add(error)
        return None
    return TablePlan(table.name, layout, DeclaredRows(steps, tuple(columns)))


def _steps(
    table: Table, planned: Mapping[str, Member], stream: Stream, definition: Definition
) -> tuple[Step, ...]:
    """Columns that correlate in one step, placed where the first of them stands: none of them
    reads another column."""
    groups = correlated_groups(
        table.correlations, planned, stream, f"{_table_path(table, definition)}correlations"
    )
    group_of = {member.name: group for group in groups for member in group.members}
    steps: dict[str, Step] = {}
    for name, member in planned.items():
        group = group_of.get(name)
        steps.setdefault(group.members[0].name if group else name, group or SingleColumn(member))
    return tuple(steps.values())


def _row_count(table: Table, rows: int | None) -> int:
    if rows is not None:
        return rows
    return DEFAULT_ROWS if table.n_samples is None else table.n_samples


def _generator(column: AnyColumn, scope: Scope) -> Generator:
    generator = plan_column(column, scope)
    if column.missing and isinstance(column, NULLS_LAID_OVER):
        return WithMissing(generator, make_line(scope.sampling, scope.rows, [1.0], column.missing))
    return generator


def _drawing_order(table: Table, columns: Mapping[str, AnyColumn]) -> tuple[str, ...]:
    """Column names, each after those it reads.

    Raises:
        DefinitionError: where columns read one another in a circle.
    """
    graph = {name: column_dependencies(name, table) for name in columns}
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        path = f"schema.features.{error.args[1][0]}"
        message = f"these columns are computed from one another: {circle}"
        raise DefinitionError([Fault(path, message, "break the circle")]) from None


def _column_path(table: Table, definition: Definition, name: str) -> str:
    part = "target" if table.target and table.target.name == name else "features"
    return f"{_table_path(table, definition) or 'schema.'}{part}.{name}"


def _table_path(table: Table, definition: Definition) -> str:
    return "" if len(definition.tables) == 1 else f"tables.{table.name}."
