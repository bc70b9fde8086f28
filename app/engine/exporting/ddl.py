"""`CREATE TABLE` for a definition: types, nulls, keys, and the conditions that columns declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.engine.exporting.columns import SqlColumn, SqlReference, SqlTable, sql_tables
from app.engine.exporting.dialects import DIALECTS, SqlDialect
from app.engine.expressions.names import written
from app.engine.plan.plan import Plan
from app.engine.schema.models import MomentColumn, Table
from app.engine.schema.names import find_name

MOST_LABELS = 200
"""Labels that are listed in a condition."""
_ORDER = re.compile(r"\s*(`(?:[^`]|``)+`|\w+)\s*(<=|<|>=|>)\s*(`(?:[^`]|``)+`|\w+)\s*")


def tables_of(plan: Plan) -> list[SqlTable]:
    """The tables of a plan that was compiled from a definition, parents before their children.

    Raises:
        ValueError: where nothing was declared.
    """
    if plan.definition is None:
        raise ValueError("there is no definition")
    return sql_tables(plan.definition, {table.name: table.schema for table in plan.tables})


def create_tables(plan: Plan, dialect: str) -> str:
    """A script that makes the tables of a plan, parents first.

    Args:
        dialect: a name of `DIALECTS`.

    Raises:
        ValueError: where nothing was declared.
    """
    known = DIALECTS[dialect]
    definition = plan.definition
    made = tables_of(plan)
    assert definition is not None
    parts = [_statements(each, definition.tables[each.name], known) for each in made]
    return "\n\n".join(parts) + "\n"


def _statements(table: SqlTable, declared: Table, dialect: SqlDialect) -> str:
    conditions = [*_conditions(table, dialect), *_orders(table, declared, dialect)]
    references = [foreign_key(each, dialect) for each in table.references]
    made = create_table(table, dialect, [*references, *(f"CHECK ({each})" for each in conditions)])
    return "\n".join([made, *_comments(table, dialect)])


def create_learned(table: SqlTable, dialect: SqlDialect, references: Iterable[str] = ()) -> str:
    """`CREATE TABLE` for a table of which no definition says more than its columns and keys.

    Args:
        references: what stands in it of foreign keys.
    """
    conditions = (f"CHECK ({each})" for each in _conditions(table, dialect))
    return create_table(table, dialect, [*references, *conditions])


def create_table(table: SqlTable, dialect: SqlDialect, further: Iterable[str]) -> str:
    """`CREATE TABLE` with columns and unique keys.

    Args:
        further: that stands behind these.
    """
    lines = [_column(each, table, dialect) for each in table.columns]
    lines += [*_keys(table, dialect), *further]
    body = ",\n".join(f"  {line}" for line in lines)
    ending = dialect.ending
    if dialect.comments == "clause" and table.description:
        ending = f" COMMENT = {dialect.literal(table.description)}{ending}"
    return f"CREATE TABLE {dialect.quoted(table.name)} (\n{body}\n){ending}"


def foreign_key(reference: SqlReference, dialect: SqlDialect) -> str:
    """A foreign key as it stands in a table."""
    return (
        f"FOREIGN KEY ({', '.join(map(dialect.quoted, reference.columns))})"
        f" REFERENCES {dialect.quoted(reference.table)}"
        f" ({', '.join(map(dialect.quoted, reference.parent_columns))})"
    )


def _column(column: SqlColumn, table: SqlTable, dialect: SqlDialect) -> str:
    referring = (name for each in table.references for name in each.columns)
    together = (name for each in table.together for name in each)
    keyed = {*table.primary_key, *table.unique, *referring, *together}
    kind = dialect.type(column, in_key=column.name in keyed)
    null = "" if column.nullable else " NOT NULL"
    said = ""
    if dialect.comments == "clause" and column.description:
        said = f" COMMENT {dialect.literal(column.description)}"
    return f"{dialect.quoted(column.name)} {kind}{null}{said}"


def _keys(table: SqlTable, dialect: SqlDialect) -> Iterator[str]:
    if table.primary_key:
        yield f"PRIMARY KEY ({', '.join(map(dialect.quoted, table.primary_key))})"
    for name in table.unique:
        yield f"UNIQUE ({dialect.quoted(name)})"
    for names in table.together:
        yield f"UNIQUE ({', '.join(map(dialect.quoted, names))})"


def _conditions(table: SqlTable, dialect: SqlDialect) -> Iterator[str]:
    """What is declared of the values of single columns, in every row."""
    for column in table.columns:
        name = dialect.quoted(column.name)
        if column.labels and len(column.labels) <= MOST_LABELS and column.kind != "boolean":
            listed = ", ".join(_value(each, column, dialect) for each in column.labels)
            yield f"{name} IN ({listed})"
        elif column.low is not None or column.high is not None:
            yield _between(name, column, dialect)


def _between(name: str, column: SqlColumn, dialect: SqlDialect) -> str:
    low, high = (
        None if end is None else _value(end, column, dialect) for end in (column.low, column.high)
    )
    if low is not None and high is not None:
        return f"{name} BETWEEN {low} AND {high}"
    return f"{name} >= {low}" if high is None else f"{name} <= {high}"


def _value(value: object, column: SqlColumn, dialect: SqlDialect) -> str:
    if column.kind in {"date", "datetime", "time"}:
        return dialect.moment(str(value), column.kind)
    if column.kind == "text":
        return dialect.literal(str(value))
    return _figure(value) if isinstance(value, float) else str(value)


def _figure(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _orders(table: SqlTable, declared: Table, dialect: SqlDialect) -> Iterator[str]:
    """Orders of two columns: constraints that say no more, and moments that follow others."""
    names = [column.name for column in table.columns]
    for constraint in declared.constraints:
        found = _ORDER.fullmatch(constraint.expr)
        first, second = (find_name(found[place], names) for place in (1, 3)) if found else ("", "")
        if found and first and second:
            yield f"{dialect.quoted(first)} {found[2]} {dialect.quoted(second)}"
    for name, column in declared.columns().items():
        if not isinstance(column, MomentColumn) or column.format is not None:
            continue
        for other, sign in ((column.after, ">"), (column.before, "<")):
            if other in names and table.column(other).kind == column.type:
                yield f"{dialect.quoted(name)} {sign} {dialect.quoted(other)}"


def _comments(table: SqlTable, dialect: SqlDialect) -> Iterator[str]:
    if dialect.comments != "statement":
        return
    name = dialect.quoted(table.name)
    if table.description:
        yield f"COMMENT ON TABLE {name} IS {dialect.literal(table.description)};"
    for column in table.columns:
        if column.description:
            place = f"{name}.{dialect.quoted(column.name)}"
            yield f"COMMENT ON COLUMN {place} IS {dialect.literal(column.description)};"


def not_in_sql(plan: Plan) -> list[str]:
    """What a definition promises of rows that no condition of the script says, in words."""
    found = []
    for table in plan.definition.tables.values() if plan.definition else ():
        for constraint in table.constraints:
            if _ORDER.fullmatch(constraint.expr) is None:
                found.append(f"{table.name}: the constraint {constraint.expr}")
        for name, column in table.columns().items():
            if column.type in ("formula", "script"):
                found.append(f"{table.name}: {written(name)} is computed, here a plain column")
    return found
