"""What a table has of others: its foreign keys, and the columns of parents that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from app.engine.expressions import ExpressionError, parse
from app.engine.generators.base import Generator, Layout, Member, ReferenceDay, Scope, plan_column
from app.engine.plan.keys.ancestry import KeyPath, TableAncestry, rows_name
from app.engine.plan.keys.parents import ParentColumn, ParentRows
from app.engine.plan.keys.planning import Keys
from app.engine.plan.paths import TablePaths
from app.engine.plan.plan import DeclaredRows, SingleColumn, TablePlan
from app.engine.schema.models import Column, FormulaColumn, MomentColumn, ScriptColumn, Table
from app.engine.schema.reading.hidden import has_effect
from app.engine.scripts import read_script
from app.engine.seeds import Stream


@dataclass(frozen=True, slots=True)
class Related:
    """Columns that come from other tables.

    Args:
        members: in the order in which they are drawn: row numbers of the keys, the keys
            themselves, and what is read of ancestors, as ``table.column``.
        declared: the declared columns that are read of ancestors.
        paths: their places in the document.
    """

    members: dict[str, Member] = field(default_factory=dict)
    declared: dict[str, Column] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)

    @property
    def types(self) -> dict[str, pa.DataType]:
        return {
            name: member.generator.type
            for name, member in self.members.items()
            if not name.startswith(rows_name(""))
        }

    def sources(self) -> dict[str, Generator]:
        """The generators that the values come from, in the tables where they are drawn."""
        found = dict[str, Generator]()
        for name in self.declared:
            column = self.members[name].generator
            assert isinstance(column, ParentColumn)
            source = column.parent.table.source
            if isinstance(source, DeclaredRows):
                found[name] = source.columns[column.column]
        return found


def related_columns(
    ancestry: TableAncestry, keys: Keys, root: int, paths: TablePaths, today: ReferenceDay
) -> Related:
    """The keys of a table, and the columns of its ancestors that it needs.

    Raises:
        DefinitionError: where it is not clear which row of an ancestor is meant.
    """
    found = Related({member.name: member for member in keys.members})
    parents = {name: ParentRows(plan) for name, plan in ancestry.planned.items()}
    for name, key in ancestry.table.foreign_keys.items():
        parent = parents.get(key.table) or ParentRows(
            _own_key(ancestry, key.column, keys.rows, root, today)
        )
        for own, column in {name: key.column, **key.columns}.items():
            _add(found, own, ParentColumn(parent, rows_name(name), column))
    available = ancestry.columns()
    for written in needed_columns(ancestry):
        table, column = available[written]
        key_path = ancestry.key_path(written, paths.table("foreign_keys"))
        rows = _rows_of(found, key_path, ancestry, parents)
        _add(found, written, ParentColumn(parents[table], rows, column))
        declared = ancestry.declared_column(written)
        if declared is not None:
            found.declared[written] = declared
            found.paths[written] = f"tables.{table}.features.{column}"
    return found


def _add(found: Related, name: str, column: ParentColumn) -> None:
    found.members[name] = Member(name, column, Stream(0))


def _rows_of(
    found: Related, key_path: KeyPath, ancestry: TableAncestry, parents: dict[str, ParentRows]
) -> str:
    """The name of the row numbers of the ancestor at the end of a path of keys, which are drawn
    too."""
    rows = rows_name(key_path.keys[0])
    table = ancestry.table.foreign_keys[key_path.keys[0]].table
    for key in key_path.keys[1:]:
        further = rows + rows_name(key)
        if further not in found.members:
            _add(found, further, ParentColumn(parents[table], rows, rows_name(key)))
        rows, table = further, ancestry.declared[table].foreign_keys[key].table
    return rows


def _own_key(
    ancestry: TableAncestry, column: str, rows: int, root: int, today: ReferenceDay
) -> TablePlan:
    """The column that keys of the same table refer to, by itself."""
    table = ancestry.table
    stream = Stream(root, (table.key, column))
    layout = Layout(rows)
    scope = Scope(table.name, column, column, layout, "exact", stream, table.columns())
    scope.today = today
    member = Member(column, plan_column(table.features[column], scope), stream)
    return TablePlan(
        table.name, layout, DeclaredRows((SingleColumn(member),), (column,)), table.key
    )


def needed_columns(ancestry: TableAncestry) -> list[str]:
    """Which of the ancestors' columns the table reads, in the order of the names."""
    table, available = ancestry.table, set(ancestry.columns())
    known = {*available, *table.key_columns(), *table.columns()}
    wanted = {name for text in _expressions(table) for name in columns_read(text, known)}
    for column in table.columns().values():
        if isinstance(column, MomentColumn):
            wanted |= {name for name in (column.after, column.before) if name}
        elif isinstance(column, ScriptColumn):
            wanted |= read_script(column.script).columns.keys()
    if table.target:
        wanted |= {name for name in ancestry.by_table() if _has_effect(ancestry, name)}
    return sorted(wanted & available)


def _expressions(table: Table) -> Iterator[str]:
    yield from (c.expr for c in table.features.values() if isinstance(c, FormulaColumn))
    yield from (constraint.expr for constraint in table.constraints)
    yield from (rule.condition for rule in table.rules)


def columns_read(text: str, known: set[str]) -> frozenset[str]:
    """The columns that an expression reads; none where it cannot be read, which is reported where
    it is planned."""
    try:
        return parse(text, known).columns
    except ExpressionError:
        return frozenset()


def _has_effect(ancestry: TableAncestry, written: str) -> bool:
    """Whether an ancestor's column has an effect on the target; effects in a table with a target
    of its own are effects on that one."""
    table, _ = ancestry.columns()[written]
    column = ancestry.declared_column(written)
    if column is None or ancestry.declared[table].target is not None:
        return False
    return has_effect(column)
