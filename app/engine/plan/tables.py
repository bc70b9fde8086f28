"""From one declared table to its plan: order the columns, plan each, join what goes together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from graphlib import CycleError, TopologicalSorter

import pyarrow as pa

import app.engine.generators  # noqa: F401 -- registers every family of columns
from app.engine.errors import ConflictError, DefinitionError, Fault
from app.engine.generators.apportionment import make_apportionment
from app.engine.generators.arranging.associated import AssociatedColumns
from app.engine.generators.arranging.beside import ColumnsBeside
from app.engine.generators.arranging.correlated import CorrelatedColumns
from app.engine.generators.base import Generator, Layout, Member, ReferenceDay, Scope, plan_column
from app.engine.generators.computed import Computed
from app.engine.generators.missing import WithMissing
from app.engine.generators.numbers.following import BetweenGenerator
from app.engine.plan.associations import associated_pairs, check_associations
from app.engine.plan.constraints import constraint_step, try_constraints
from app.engine.plan.correlations import check_correlations, correlated_groups
from app.engine.plan.dependencies import column_dependencies
from app.engine.plan.from_model.columns import learned_generators, learned_name
from app.engine.plan.from_model.drawing import LearnedStep
from app.engine.plan.from_model.planning import learned_only, learned_step
from app.engine.plan.keys.ancestry import TableAncestry, planning_order, rows_name
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
from app.engine.plan.target.small_tables import sign_warnings
from app.engine.schema.models import (
    Column,
    ComputedColumn,
    Definition,
    IdColumn,
    JointColumn,
    MomentColumn,
    NumberColumn,
    ProviderColumn,
    Table,
    Target,
)
from app.engine.seeds import Stream

NULLS_LAID_OVER = (IdColumn, JointColumn, ProviderColumn)
SAMPLE_SEED = 0


def plan_table(
    ancestry: TableAncestry,
    definition: Definition,
    root: int,
    problems: Problems,
    today: ReferenceDay,
    wanted: int | None = None,
    *,
    free_target: bool = False,
) -> TablePlan:
    """The plan of a table; faults of single columns go to `problems`.

    Args:
        ancestry: the table, its ancestors planned.
        today: the day that providers take for today.
        wanted: rows, in place of the declared ones.
        free_target: whether the target is drawn on its own, whatever has an effect on it.

    Raises:
        DefinitionError: for faults between columns.
    """
    paths = TablePaths(ancestry.table.name, alone=len(definition.tables) == 1)
    if ancestry.table.rows is not None:
        return plan_literal(ancestry.table, paths)
    planner = _TablePlanner(ancestry, definition, root, paths, problems, today, free_target)
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
    """One table on its way to a plan; `tried` is its first block where one had to be drawn."""

    ancestry: TableAncestry
    definition: Definition
    root: int
    paths: TablePaths
    problems: Problems
    today: ReferenceDay
    free_target: bool
    tried: Mapping[str, pa.Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ancestry = replace(self.ancestry, table=_with_unique_key(self.ancestry.table))

    def plan(self, wanted: int | None = None) -> TablePlan:
        table, sampling = self.ancestry.table, self.definition.sampling
        check_primary_key(table, self.paths)
        keys = KeyPlanner(self.ancestry, sampling, self.root, self.paths, wanted).plan()
        self.problems.warnings += keys.warnings
        layout = Layout(keys.rows)
        related = related_columns(self.ancestry, keys, self.root, self.paths, self.today)
        planned = self._columns(layout, related)
        self.problems.raise_any()
        learned = self._learned(planned, layout)
        if table.target and not self.free_target:
            self._add_target(planned, related, layout, learned)
        hidden = table.hidden()
        steps = self._steps(planned, related, layout, learned)
        source = DeclaredRows(steps, table.written(), _fixed_decimals(table))
        if table.constraints:
            tried = try_constraints(source, hidden, layout, self.paths.table("constraints"))
            self.tried = dict(zip(tried.schema.names, tried.columns, strict=True))
            check_correlations(table.correlations, tried, self.paths.table("correlations"))
            place = self.paths.table("associations")
            check_associations(table.associations, planned, tried, place)
        if table.target and not self.free_target and sampling == "exact":
            place = self.paths.column(table, table.target.name)
            self.problems.warnings += sign_warnings(source, table.target.name, layout, place)
        return TablePlan(table.name, layout, source, table.key, hidden)

    def _columns(self, layout: Layout, related: Related) -> dict[str, Member]:
        """Every column of the table's own by name, each after those it reads."""
        table = self.ancestry.table
        columns = table.columns()
        planned: dict[str, Member] = {}
        siblings = {**related.declared, **columns}
        types, generators = related.types, related.sources()
        keys = {key: related.members[rows_name(key)].generator for key in table.foreign_keys}
        for name, learned in learned_generators(table).items():
            generators[name], types[name] = learned, learned.type
            planned[name] = Member(name, learned, Stream(self.root, (table.key, name)))
        for name in _drawing_order(table, columns, related.members, self.paths):
            if name in planned:
                continue
            stream = Stream(self.root, (table.key, name))
            path = self.paths.column(table, name)
            sampling = self.definition.sampling
            scope = Scope(table.name, name, path, layout, sampling, stream, siblings, types)
            scope.generators, scope.today = generators, self.today
            scope.keys = keys
            with self.problems.collected():
                generators[name] = _generator(columns[name], scope)
                planned[name] = Member(name, generators[name], stream)
            self.problems.warnings += scope.warnings
        return planned

    def _learned(self, planned: Mapping[str, Member], layout: Layout) -> LearnedStep | None:
        """The step of the columns that a model draws."""
        table, sampling = self.ancestry.table, self.definition.sampling
        if table.model is None:
            return None
        tables = self.definition.tables.values()
        columns = [column for each in tables for column in each.features.values()]
        moments = [each for each in columns if isinstance(each, MomentColumn)]
        named = {name for each in moments for name in (each.after, each.before) if name}
        followed = {name.rpartition(".")[2] for name in named} | named
        return learned_step(table, planned, layout, sampling, self.root, self.paths, followed)

    def _steps(
        self,
        planned: Mapping[str, Member],
        related: Related,
        layout: Layout,
        learned: LearnedStep | None,
    ) -> tuple[Step, ...]:
        stream = Stream(self.root, (self.ancestry.table.key,))
        return _steps(self.ancestry.table, related, planned, stream, layout, self.paths, learned)

    def _add_target(
        self,
        planned: dict[str, Member],
        related: Related,
        layout: Layout,
        learned: LearnedStep | None,
    ) -> None:
        """The target's column, made dependent on others as declared.

        Raises:
            DefinitionError: where an effect or a rule cannot be read.
            ConflictError: where declared facts cannot hold together.
        """
        target = self.ancestry.table.target
        assert target is not None
        generator, warnings = self._solved(target, planned, related, layout, learned)
        own = planned[target.name]
        planned[target.name] = Member(own.name, generator, own.stream)
        self.problems.warnings += warnings

    def _solved(
        self,
        target: Target,
        planned: Mapping[str, Member],
        related: Related,
        layout: Layout,
        learned: LearnedStep | None,
    ) -> tuple[Generator, tuple[Fault, ...]]:
        """The target, solved on the rows of a table with parents, as the children of a few
        parents are like these few, not like what parents could be. Where that fails for few rows,
        which nobody can promise much of, it is solved on more that are like them."""
        if self.ancestry.key_paths() and layout.total >= LEAST_ROWS:
            made = partial(self._made_rows, planned, related, layout, learned)
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
            joint=bool(
                table.correlations
                or table.associations
                or table.constraints
                or related.members
                or table.model
            ),
            learned=learned_name(target.name) if target.is_learned else None,
        )

    def _made_rows(
        self,
        planned: Mapping[str, Member],
        related: Related,
        layout: Layout,
        learned: LearnedStep | None,
    ) -> Mapping[str, pa.Array]:
        """Rows of the table without its target."""
        target = self.ancestry.table.target
        features = {n: each for n, each in planned.items() if target is None or n != target.name}
        steps = self._steps(features, related, layout, learned)
        return spread_rows(DeclaredRows(steps, tuple(features)), self._inputs(), layout)

    def _invented_rows(self) -> Mapping[str, pa.Array]:
        """Rows like those of the table, but more; the same whatever the seed.

        Raises:
            DefinitionError: where the columns cannot be had.
        """
        ancestors = self.ancestry.key_paths()
        if not ancestors:
            return self._invented_alone()
        problems, planned = Problems(), dict[str, TablePlan]()
        name, declared = self.ancestry.table.name, self.definition.tables
        fixed = {each for each in ancestors if declared[each].rows is not None}
        for table in planning_order(self.definition):
            if table.name == name or table.name in ancestors:
                planned[table.name] = plan_table(
                    TableAncestry(sampled(table, alone=False, fixed=fixed), declared, planned),
                    self.definition,
                    SAMPLE_SEED,
                    problems,
                    self.today,
                    free_target=table.name == name,
                )
        problems.raise_any()
        plan = planned[name]
        assert isinstance(plan.source, DeclaredRows)
        return spread_rows(plan.source, self._inputs(), plan.layout)

    def _invented_alone(self) -> Mapping[str, pa.Array]:
        problems = Problems()
        declared = self.definition.tables
        table = sampled(declared[self.ancestry.table.name], alone=True)
        ancestry = TableAncestry(table, declared, {})
        planner = _TablePlanner(
            ancestry, self.definition, SAMPLE_SEED, self.paths, problems, self.today, True
        )
        plan = planner.plan()
        problems.raise_any()
        assert isinstance(plan.source, DeclaredRows)
        # Rows that were drawn to see that constraints can be kept need not be drawn again.
        if self._inputs() <= planner.tried.keys():
            return planner.tried
        return plan.source.some(self._inputs(), 0, plan.layout)

    def _inputs(self) -> set[str]:
        """Columns that the target may depend on; texts only where a rule reads them."""
        table = self.ancestry.table
        known = {*self.ancestry.columns(), *table.key_columns(), *table.features}
        texts = (IdColumn, ProviderColumn)
        found = {name for name, each in table.features.items() if not isinstance(each, texts)}
        found.update(needed_columns(self.ancestry))
        if table.target is not None and table.target.is_learned:
            found.add(learned_name(table.target.name))
        return found.union(*(columns_read(rule.condition, known) for rule in table.rules))


def _generator(column: Column, scope: Scope) -> Generator:
    generator = plan_column(column, scope)
    if column.missing and isinstance(column, NULLS_LAID_OVER):
        return WithMissing(
            generator, make_apportionment(scope.sampling, scope.rows, [1.0], column.missing)
        )
    return generator


def _drawing_order(
    table: Table, columns: Mapping[str, Column], given: Iterable[str], paths: TablePaths
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
    layout: Layout,
    paths: TablePaths,
    learned: LearnedStep | None,
) -> tuple[Step, ...]:
    """Keys and what is read of parents, what a model draws, what is drawn, then the exchanges that
    make constraints hold, then what is computed."""
    target = table.target.name if table.target else None
    features = {name: member for name, member in planned.items() if name != target}
    known = {**related.members, **features}
    kept = learned_only(table, features) if learned else ()
    constraints = constraint_step(table, known, stream, paths.table("constraints"), kept)
    needed = constraints.needed if constraints else frozenset[str]()
    given = {member.name for member in learned.members} if learned else set[str]()
    own = {name: member for name, member in planned.items() if name not in given}
    drawn = {n: each for n, each in own.items() if n != target and _is_drawn(each, needed)}
    place = paths.table("associations")
    groups: list[CorrelatedColumns | ColumnsBeside | AssociatedColumns] = [
        *correlated_groups(table.correlations, features, stream, paths.table("correlations")),
        *associated_pairs(table.associations, features, layout, stream, place),
    ]
    group_of = {member.name: group for group in groups for member in group.members}
    steps: dict[str, Step] = {}
    for name, member in drawn.items():
        group = group_of.get(name)
        steps.setdefault(group.members[0].name if group else name, group or SingleColumn(member))
    repair = [constraints.repair] if constraints else []
    computed = [SingleColumn(member) for name, member in own.items() if name not in drawn]
    before = [SingleColumn(member) for member in related.members.values()]
    return (*before, *([learned] if learned else ()), *steps.values(), *repair, *computed)


def _is_drawn(member: Member, needed: frozenset[str]) -> bool:
    """Whether a feature comes before the exchanges for constraints: moments that follow other
    columns come after them, unless a constraint needs them."""
    if isinstance(member.generator, BetweenGenerator):
        return member.name in needed
    return not isinstance(member.generator, Computed)


def _fixed_decimals(table: Table) -> dict[str, int]:
    return {
        name: column.decimals
        for name, column in table.columns().items()
        if isinstance(column, NumberColumn | ComputedColumn)
        and column.fixed_decimals
        and column.decimals is not None
    }
