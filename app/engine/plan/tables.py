"""From one declared table to its plan: order the columns, plan each, join what goes together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from graphlib import CycleError, TopologicalSorter

import pyarrow as pa

import app.engine.generators  # noqa: F401 -- registers every family of columns
from app.engine.errors import ConflictError, DefinitionError, Fault
from app.engine.generators.apportionment import make_apportionment
from app.engine.generators.base import Generator, Layout, Member, Scope, plan_column
from app.engine.generators.formulas import FormulaGenerator
from app.engine.generators.missing import WithMissing
from app.engine.generators.numbers.moments import BetweenGenerator
from app.engine.plan.constraints import constraint_step, try_constraints
from app.engine.plan.correlations import check_correlations, correlated_groups
from app.engine.plan.dependencies import column_dependencies
from app.engine.plan.keys.ancestry import TableAncestry, planning_order
from app.engine.plan.keys.planning import KeyPlanner, check_primary_key
from app.engine.plan.keys.related import (
    Related,
    columns_read,
    needed_columns,
    related_columns,
)
from app.engine.plan.literal import plan_literal
from app.engine.plan.paths import TablePaths
from app.engine.plan.plan import DeclaredRows, SingleColumn, Step, TablePlan
from app.engine.plan.problems import Problems
from app.engine.plan.samples import FEWEST_ROWS, LEAST_ROWS, sampled, spread_rows
from app.engine.plan.target.compiling import compile_target
from app.engine.plan.target.request import TargetRequest
from app.engine.schema.models import (
    AnyColumn,
    Definition,
    IdColumn,
    ProviderColumn,
    Table,
    Target,
)
from app.engine.seeds import Stream

NULLS_LAID_OVER = (IdColumn, ProviderColumn)
SAMPLE_SEED = 0


def plan_table(
    ancestry: TableAncestry,
    definition: Definition,
    root: int,
    problems: Problems,
    wanted: int | None = None,
    *,
    free_target: bool = False,
) -> TablePlan:
    """The plan of a table; faults of single columns go to `problems`.

    Args:
        ancestry: the table, its ancestors planned.
        wanted: rows, in place of the declared ones.
        free_target: whether the target is drawn on its own, whatever has an effect on it.

    Raises:
        DefinitionError: for faults between columns.
    """
    paths = TablePaths(ancestry.table.name, alone=len(definition.tables) == 1)
    if ancestry.table.rows is not None:
        return plan_literal(ancestry.table, paths)
    ancestry = replace(ancestry, table=_with_unique_key(ancestry.table))
    planner = _TablePlanner(ancestry, definition, root, paths, problems, free_target)
    return planner.plan(wanted)


def _with_unique_key(table: Table) -> Table:
    """A column that is the primary key alone is unique."""
    name = table.primary_key[0] if len(table.primary_key) == 1 else ""
    column = table.features.get(name)
    if column is None or isinstance(column, IdColumn):
        return table
    unique = column.model_copy(update={"unique": True})
    return table.model_copy(update={"features": {**table.features, name: unique}})


@dataclass(slots=True)
class _TablePlanner:
    ancestry: TableAncestry
    definition: Definition
    root: int
    paths: TablePaths
    problems: Problems
    free_target: bool

    def plan(self, wanted: int | None) -> TablePlan:
        table, sampling = self.ancestry.table, self.definition.sampling
        check_primary_key(table, self.paths)
        keys = KeyPlanner(self.ancestry, sampling, self.root, self.paths, wanted).plan()
        self.problems.warnings += keys.warnings
        layout = Layout(keys.rows)
        related = related_columns(self.ancestry, keys, self.root, self.paths)
        planned = self._columns(layout, related)
        self.problems.raise_any()
        if table.target and not self.free_target:
            self._add_target(planned, related, layout)
        stream = Stream(self.root, (table.name,))
        order = (*table.foreign_keys, *table.columns())
        source = DeclaredRows(_steps(table, related, planned, stream, self.paths), order)
        if table.constraints:
            tried = try_constraints(source, layout, self.paths.table("constraints"))
            check_correlations(table.correlations, tried, self.paths.table("correlations"))
        return TablePlan(table.name, layout, source)

    def _columns(self, layout: Layout, related: Related) -> dict[str, Member]:
        """Every column of the table's own by name, each after those it reads."""
        table = self.ancestry.table
        columns = table.columns()
        planned: dict[str, Member] = {}
        siblings = {**related.declared, **columns}
        types = related.types
        for name in _drawing_order(table, columns, related.members, self.paths):
            stream = Stream(self.root, (table.name, name))
            path = self.paths.column(table, name)
            sampling = self.definition.sampling
            scope = Scope(table.name, name, path, layout, sampling, stream, siblings, types)
            with self.problems.collected():
                planned[name] = Member(name, _generator(columns[name], scope), stream)
            self.problems.warnings += scope.warnings
        return planned

    def _add_target(self, planned: dict[str, Member], related: Related, layout: Layout) -> None:
        """The target's column, made dependent on others as declared.

        Raises:
            DefinitionError: where an effect or a rule cannot be read.
            ConflictError: where declared facts cannot hold together.
        """
        target = self.ancestry.table.target
        assert target is not None
        generator, warnings = self._solved(target, planned, related, layout)
        own = planned[target.name]
        planned[target.name] = Member(own.name, generator, own.stream)
        self.problems.warnings += warnings

    def _solved(
        self, target: Target, planned: Mapping[str, Member], related: Related, layout: Layout
    ) -> tuple[Generator, tuple[Fault, ...]]:
        """The target, solved on the rows of a table with parents, as the children of a few
        parents are like these few, not like what parents could be. Where that fails for few rows,
        which nobody can promise much of, it is solved on more that are like them."""
        if self.ancestry.key_paths() and layout.total >= LEAST_ROWS:
            made = partial(self._made_rows, planned, related, layout)
            try:
                return compile_target(self._target_request(target, planned, related, made))
            except ConflictError:
                if layout.total >= FEWEST_ROWS:
                    raise
        request = self._target_request(target, planned, related, self._invented_rows)
        return compile_target(request)

    def _target_request(
        self,
        target: Target,
        planned: Mapping[str, Member],
        related: Related,
        sample: Callable[[], Mapping[str, pa.Array]],
    ) -> TargetRequest:
        table, paths = self.ancestry.table, self.paths
        features = {name: planned[name].generator for name in table.features}
        types = {name: generator.type for name, generator in features.items()}
        return TargetRequest(
            target,
            planned[target.name].generator,
            {**related.declared, **table.features},
            features,
            {**related.types, **types},
            {**related.paths, **{name: paths.column(table, name) for name in table.features}},
            paths.column(table, target.name),
            table.rules,
            paths.table("rules"),
            sample=sample,
            joint=bool(table.correlations or table.constraints or related.members),
        )

    def _made_rows(
        self, planned: Mapping[str, Member], related: Related, layout: Layout
    ) -> Mapping[str, pa.Array]:
        """Rows of the table without its target."""
        table = self.ancestry.table
        features = {name: planned[name] for name in table.features}
        steps = _steps(table, related, features, Stream(self.root, (table.name,)), self.paths)
        return spread_rows(DeclaredRows(steps, tuple(features)), self._inputs(), layout)

    def _invented_rows(self) -> Mapping[str, pa.Array]:
        """Rows like those of the table, but more; the same whatever the seed.

        Raises:
            DefinitionError: where the columns cannot be had.
        """
        problems, planned = Problems(), dict[str, TablePlan]()
        name, ancestors = self.ancestry.table.name, self.ancestry.key_paths()
        declared = self.definition.tables
        fixed = {each for each in ancestors if declared[each].rows is not None}
        for table in planning_order(self.definition):
            if table.name == name or table.name in ancestors:
                stand_in = sampled(table, alone=not ancestors, fixed=fixed)
                planned[table.name] = plan_table(
                    TableAncestry(stand_in, declared, planned),
                    self.definition,
                    SAMPLE_SEED,
                    problems,
                    free_target=table.name == name,
                )
        problems.raise_any()
        plan = planned[name]
        assert isinstance(plan.source, DeclaredRows)
        if not ancestors:
            return plan.source.some(self._inputs(), 0, plan.layout)
        return spread_rows(plan.source, self._inputs(), plan.layout)

    def _inputs(self) -> set[str]:
        """Columns that the target may depend on; texts only where a rule reads them."""
        table = self.ancestry.table
        known = {*self.ancestry.columns(), *table.foreign_keys, *table.features}
        texts = (IdColumn, ProviderColumn)
        found = {name for name, each in table.features.items() if not isinstance(each, texts)}
        found.update(needed_columns(self.ancestry))
        return found.union(*(columns_read(rule.condition, known) for rule in table.rules))


def _generator(column: AnyColumn, scope: Scope) -> Generator:
    generator = plan_column(column, scope)
    if column.missing and isinstance(column, NULLS_LAID_OVER):
        return WithMissing(
            generator, make_apportionment(scope.sampling, scope.rows, [1.0], column.missing)
        )
    return generator


def _drawing_order(
    table: Table, columns: Mapping[str, AnyColumn], given: Iterable[str], paths: TablePaths
) -> tuple[str, ...]:
    """Column names, each after those it reads, of which some are given before.

    Raises:
        DefinitionError: where columns read one another in a circle.
    """
    graph = {name: column_dependencies(name, table, given) for name in columns}
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        path = paths.column(table, error.args[1][0])
        message = f"these columns are computed from one another: {circle}"
        raise DefinitionError([Fault(path, message, "break the circle")]) from None


def _steps(
    table: Table,
    related: Related,
    planned: Mapping[str, Member],
    stream: Stream,
    paths: TablePaths,
) -> tuple[Step, ...]:
    """Keys and what is read of parents, what is drawn, then the exchanges that make constraints
    hold, then what is computed."""
    features = {name: member for name, member in planned.items() if name in table.features}
    known = {**related.members, **features}
    constraints = constraint_step(table, known, stream, paths.table("constraints"))
    needed = constraints.needed if constraints else frozenset[str]()
    drawn = {name: member for name, member in features.items() if _is_drawn(member, needed)}
    groups = correlated_groups(table.correlations, drawn, stream, paths.table("correlations"))
    group_of = {member.name: group for group in groups for member in group.members}
    steps: dict[str, Step] = {}
    for name, member in drawn.items():
        group = group_of.get(name)
        steps.setdefault(group.members[0].name if group else name, group or SingleColumn(member))
    repair = [constraints.repair] if constraints else []
    computed = [SingleColumn(member) for name, member in planned.items() if name not in drawn]
    given = [SingleColumn(member) for member in related.members.values()]
    return (*given, *steps.values(), *repair, *computed)


def _is_drawn(member: Member, needed: frozenset[str]) -> bool:
    """Whether a feature comes before the exchanges for constraints: moments that follow other
    columns come after them, unless a constraint needs them."""
    if isinstance(member.generator, BetweenGenerator):
        return member.name in needed
    return not isinstance(member.generator, FormulaGenerator)
