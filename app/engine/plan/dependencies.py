"""Which columns of its table a column reads, and so must follow."""

from __future__ import annotations

from collections.abc import Iterable

from app.engine.schema.models import Column, FormulaColumn, MomentColumn, ScriptColumn, Table
from app.engine.scripts import read_script


def column_dependencies(name: str, table: Table, given: Iterable[str] = ()) -> frozenset[str]:
    """Names of the columns that must be drawn before `name`, those `given` before left out.

    Raises:
        DefinitionError: where a formula cannot be read.
    """
    if table.target and table.target.name == name:
        return frozenset(table.features)
    return _read_by(table.features[name], table, given)


def _read_by(column: Column, table: Table, given: Iterable[str]) -> frozenset[str]:
    if isinstance(column, MomentColumn):
        named = (name for name in (column.after, column.before) if name)
        return frozenset(named) & frozenset(table.features)
    if isinstance(column, FormulaColumn):
        from app.engine.expressions import parse

        read = parse(column.expr, {*table.features, *given}).columns
        return frozenset(read) & frozenset(table.features)
    if isinstance(column, ScriptColumn):
        return frozenset(read_script(column.script).columns) & frozenset(table.features)
    return frozenset()
