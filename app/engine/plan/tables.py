"""From one declared table to its plan: order the columns, plan each, join what goes together."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import pyarrow as pa

import app.engine.generators  # noqa: F401 -- registers every family of columns
from app.engine.errors import DefinitionError, Fault
from app.engine.generators.base import Generator, Layout, Member, Scope, plan_column
from app.engine.generators.formulas import FormulaGenerator
from app.engine.generators.lines import make_line
from app.engine.generators.missing import WithMissing
from app.engine.generators.moments import BetweenGenerator
from app.engine.plan.constraints import constraint_step, try_constraints
from app.engine.plan.correlations import check_correlations, correlated_groups
from app.engine.plan.dependencies import column_dependencies
from app.engine.plan.places import Places
from app.engine.plan.plan import DeclaredRows, SingleColumn, Step, TablePlan
from app.engine.plan.problems import Problems
from app.engine.plan.target.compiling import compile_target
from app.engine.plan.target.request import SAMPLE_ROWS, TargetRequest
from app.engine.schema.models import AnyColumn, IdColumn, ProviderColumn, Table
from app.engine.seeds import Stream

NULLS_LAID_OVER = (IdColumn, ProviderColumn)
SAMPLE_SEED = 0


def plan_table(
    table: Table, rows: int, sampling: str, root: int, places: Places, problems: Problems
) -> TablePlan:
    """The plan of a table of declared columns; faults of single columns go to `problems`.

    Raises:
        DefinitionError: for faults between columns.
    """
    layout = Layout(rows)
    planned = _plan_columns(table, layout, sampling, root, places, problems)
    problems.raise_any()
    stream = Stream(root, (table.name,))
    if table.target:
        planned[table.target.name], warnings = plan_target(table, planned, places)
        problems.warnings += warnings
    source = DeclaredRows(_steps(table, planned, stream, places), tuple(table.columns()))
    if table.constraints:
        tried = try_constraints(source, layout, places.table("constraints"))
        check_correlations(table.correlations, tried, places.table("correlations"))
    return TablePlan(table.name, layout, source)


def _plan_columns(
    table: Table, layout: Layout, sampling: str, root: int, places: Places, problems: Problems
) -> dict[str, Member]:
    """Every column by name, each after those it reads."""
    columns = table.columns()
    planned: dict[str, Member] = {}
    types: dict[str, pa.DataType] = {}
    for name in _drawing_order(table, columns, places):
        stream = Stream(root, (table.name, name))
        path = places.column(table, name)
        scope = Scope(table.name, name, path, layout, sampling, stream, columns, types)
        with problems.collected():
            planned[name] = Member(name, _generator(columns[name], scope), stream)
        problems.warnings += scope.warnings
    return planned


def _generator(column: AnyColumn, scope: Scope) -> Generator:
    generator = plan_column(column, scope)
    if column.missing and isinstance(column, NULLS_LAID_OVER):
        return WithMissing(generator, make_line(scope.sampling, scope.rows, [1.0], column.missing))
    return generator


def _drawing_order(
    table: Table, columns: Mapping[str, AnyColumn], places: Places
) -> tuple[str, ...]:
    """Column names, each after those it reads.

    Raises:
        DefinitionError: where columns read one another in a circle.
    """
    graph = {name: column_dependencies(name, table) for name in columns}
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        path = places.column(table, error.args[1][0])
        message = f"these columns are computed from one another: {circle}"
        raise DefinitionError([Fault(path, message, "break the circle")]) from None


def plan_target(
    table: Table, planned: Mapping[str, Member], places: Places
) -> tuple[Member, tuple[Fault, ...]]:
    """The target's column, made dependent on the features as declared, and warnings.

    Raises:
        DefinitionError: where an effect or a rule cannot be read.
        ConflictError: where declared facts cannot hold together.
    """
    assert table.target is not None
    own = planned[table.target.name]
    features = {name: planned[name].generator for name in table.features}
    request = TargetRequest(
        table.target,
        own.generator,
        table.features,
        features,
        {name: generator.type for name, generator in features.items()},
        {name: places.column(table, name) for name in table.features},
        places.column(table, table.target.name),
        table.rules,
        places.table("rules"),
        sample=lambda: _feature_sample(table, places),
        joint=bool(table.correlations or table.constraints),
    )
    generator, warnings = compile_target(request)
    return Member(own.name, generator, own.stream), warnings


def _feature_sample(table: Table, places: Places) -> Mapping[str, pa.Array]:
    """One block of the features alone; the same whatever the seed and the rows of the table.

    Raises:
        DefinitionError: where the features cannot be had.
    """
    features = {
        name: column.model_copy(update={"unique": False}) for name, column in table.features.items()
    }
    alone = table.model_copy(update={"features": features, "target": None})
    problems = Problems()
    sample = plan_table(alone, SAMPLE_ROWS, "exact", SAMPLE_SEED, places, problems).block(0)
    problems.raise_any()
    return {name: sample.column(name) for name in sample.schema.names}


def _steps(
    table: Table, planned: Mapping[str, Member], stream: Stream, places: Places
) -> tuple[Step, ...]:
    """What is drawn, then the exchanges that make constraints hold, then what is computed."""
    features = {name: member for name, member in planned.items() if name in table.features}
    constraints = constraint_step(table, features, stream, places.table("constraints"))
    needed = constraints.needed if constraints else frozenset[str]()
    drawn = {name: member for name, member in features.items() if _is_drawn(member, needed)}
    groups = correlated_groups(table.correlations, drawn, stream, places.table("correlations"))
    group_of = {member.name: group for group in groups for member in group.members}
    steps: dict[str, Step] = {}
    for name, member in drawn.items():
        group = group_of.get(name)
        steps.setdefault(group.members[0].name if group else name, group or SingleColumn(member))
    repair = [constraints.repair] if constraints else []
    computed = [SingleColumn(member) for name, member in planned.items() if name not in drawn]
    return (*steps.values(), *repair, *computed)


def _is_drawn(member: Member, needed: frozenset[str]) -> bool:
    """Whether a feature comes before the exchanges for constraints: moments that follow other
    columns come after them, unless a constraint needs them."""
    if isinstance(member.generator, BetweenGenerator):
        return member.name in needed
    return not isinstance(member.generator, FormulaGenerator)
