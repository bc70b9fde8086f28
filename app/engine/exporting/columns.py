"""What a database has to know of the columns of a definition: types, lengths, nulls, ends."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from app.engine.schema.models import (
    CategoryColumn,
    Column,
    ComputedColumn,
    Definition,
    ForeignKey,
    IdColumn,
    MomentColumn,
    NumberColumn,
    Table,
)
from app.engine.sources.declarations import SqlKind

MOST_DIGITS = 38
"""Of a decimal, in every database."""
UUID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """A column of a table in a database.

    Args:
        precision: digits of a decimal, `scale` of them behind the point.
        length: characters of the longest text; None where nothing bounds it.
        low, high: declared ends of the values, as Python's own of the kind; None where open.
        labels: all values of a category.
        description: in words, where the definition has one.
    """

    name: str
    kind: SqlKind
    nullable: bool = False
    unique: bool = False
    precision: int = 0
    scale: int = 0
    length: int | None = None
    low: Any = None
    high: Any = None
    labels: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class SqlReference:
    """A foreign key, with the parent's column for each of its own."""

    columns: tuple[str, ...]
    table: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SqlTable:
    """A table with its keys; columns in the order of its files. `together` are columns of which no
    two rows have the same values."""

    name: str
    columns: tuple[SqlColumn, ...]
    primary_key: tuple[str, ...] = ()
    references: tuple[SqlReference, ...] = ()
    unique: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    description: str = ""

    def column(self, name: str) -> SqlColumn:
        """Raises KeyError where there is none of this name."""
        for each in self.columns:
            if each.name == name:
                return each
        raise KeyError(name)


def sql_tables(definition: Definition, schemas: Mapping[str, pa.Schema]) -> list[SqlTable]:
    """The tables of a definition, parents before their children.

    Args:
        schemas: the Arrow schema of each table's rows.
    """
    made: dict[str, SqlTable] = {}

    def add(name: str) -> None:
        table = definition.tables[name]
        for key in table.foreign_keys.values():
            if key.table not in made and key.table != name:
                add(key.table)
        if name not in made:
            made[name] = _table(table, definition, schemas[name], made)

    for name in definition.tables:
        add(name)
    return list(made.values())


def _table(
    table: Table, definition: Definition, schema: pa.Schema, made: Mapping[str, SqlTable]
) -> SqlTable:
    columns: dict[str, SqlColumn] = {}
    declared = table.columns()
    keyed = {name: goal for name, goal in _goals(table).items() if name in schema.names}
    own = [name for name in schema.names if name not in keyed]
    for name in (*own, *keyed):
        if name in keyed:
            kind = schema.field(name).type
            columns[name] = _reference_column(name, keyed[name], table, columns, made, kind)
        elif name in declared:
            columns[name] = declared_column(name, declared[name], schema.field(name).type)
        else:
            columns[name] = _literal_column(name, table, schema.field(name).type)
    references = tuple(
        SqlReference((name, *key.columns), key.table, (key.column, *key.columns.values()))
        for name, key in table.foreign_keys.items()
        if name in schema.names and _is_key(key, definition.tables[key.table])
    )
    return SqlTable(
        table.name,
        tuple(_in_key(columns[name], table.primary_key) for name in schema.names),
        table.primary_key,
        references,
        tuple(name for name in _unique(table, definition) if name in schema.names),
        tuple(_together(table, schema)),
        table.description or "",
    )


def _together(table: Table, schema: pa.Schema) -> Iterator[tuple[str, ...]]:
    """Keys of several columns that refer to another row each. Where some rows refer to nothing,
    databases do not agree on what that means."""
    for first, key in table.foreign_keys.items():
        names = (first, *key.columns)
        is_said = set(names) == set(table.primary_key) or first not in schema.names
        if key.unique and key.columns and not (key.missing or is_said):
            yield names


def _goals(table: Table) -> dict[str, tuple[ForeignKey, str]]:
    """Every column that a foreign key makes, with the key and the parent's column."""
    return {
        name: (key, goal)
        for first, key in table.foreign_keys.items()
        for name, goal in ((first, key.column), *key.columns.items())
    }


def _is_key(key: ForeignKey, parent: Table) -> bool:
    """Whether what a key refers to is one in a database: one column, or the primary key."""
    if key.columns:
        return {key.column, *key.columns.values()} == {*parent.primary_key}
    return key.column not in parent.hidden()


def _in_key(column: SqlColumn, primary_key: tuple[str, ...]) -> SqlColumn:
    return replace(column, nullable=False) if column.name in primary_key else column


def _unique(table: Table, definition: Definition) -> tuple[str, ...]:
    """Columns that are unique beside the primary key: as declared, and those that keys name."""
    found = {name for name, column in table.columns().items() if column.unique or _is_id(column)}
    found |= {name for name, key in table.foreign_keys.items() if key.unique and not key.columns}
    found |= {
        key.column
        for other in definition.tables.values()
        for key in other.foreign_keys.values()
        if key.table == table.name and not key.columns
    }
    order = (*table.foreign_keys, *table.columns(), *(table.rows[0] if table.rows else ()))
    return tuple(name for name in order if name in found and (name,) != table.primary_key)


def _is_id(column: Column) -> bool:
    return isinstance(column, IdColumn)


def _reference_column(
    name: str,
    goal: tuple[ForeignKey, str],
    table: Table,
    own: Mapping[str, SqlColumn],
    made: Mapping[str, SqlTable],
    kind: pa.DataType,
) -> SqlColumn:
    """Of the type of the column that it refers to."""
    key, column = goal
    columns = own if key.table == table.name else {e.name: e for e in made[key.table].columns}
    parent = columns.get(column)
    if parent is None:  # it is hidden, and no table has it
        return replace(_by_arrow(name, kind, None), nullable=key.missing > 0)
    return SqlColumn(
        name,
        parent.kind,
        key.missing > 0,
        precision=parent.precision,
        scale=parent.scale,
        length=parent.length,
        description=key.description or "",
    )


def declared_column(name: str, column: Column, kind: pa.DataType) -> SqlColumn:
    """A declared column; `kind` is what its rows hold."""
    found = _KINDS[column.type](name, column, kind) if column.type in _KINDS else _by_arrow(
        name, kind, getattr(column, "max_length", None)
    )  # fmt: skip
    nullable = column.missing > 0 or isinstance(column, ComputedColumn)
    return replace(
        found, nullable=nullable, unique=column.unique, description=column.description or ""
    )


def _number(name: str, column: Column, kind: pa.DataType) -> SqlColumn:
    assert isinstance(column, NumberColumn)
    low, high = column.min, column.max
    if column.type == "int":
        least, most = (None if end is None else int(end) for end in (low, high))
        return SqlColumn(name, "integer", low=least, high=most)
    if column.decimals is None:
        return SqlColumn(name, "double", low=low, high=high)
    precision = _precision(low, high, column.decimals)
    if precision is None:
        return SqlColumn(name, "double", low=low, high=high)
    return SqlColumn(
        name, "decimal", precision=precision, scale=column.decimals, low=low, high=high
    )


def _precision(low: float | None, high: float | None, decimals: int) -> int | None:
    """Digits that every value has room in; None where it may have more than databases count."""
    if low is None or high is None:
        return MOST_DIGITS
    largest = max(abs(low), abs(high))
    before = max(1, math.floor(math.log10(largest)) + 1) if largest >= 1 else 1
    precision = before + decimals
    return precision if precision <= MOST_DIGITS else None


def _category(name: str, column: Column, kind: pa.DataType) -> SqlColumn:
    assert isinstance(column, CategoryColumn)
    labels = tuple(cat.label for cat in column.cats)
    if column.kind == "text":
        length = column.max_length or max(map(len, labels))
        return SqlColumn(name, "text", length=length, labels=labels)
    found = _by_arrow(name, kind, None)
    return replace(found, labels=labels)


def _moment(name: str, column: Column, kind: pa.DataType) -> SqlColumn:
    assert isinstance(column, MomentColumn)
    if column.format is not None:
        return _by_arrow(name, kind, None)
    low, high = (None, None) if column.after or column.before else (column.start, column.end)
    if column.type == "datetime":
        low, high = _whole_moment(low, "00:00:00"), _whole_moment(high, "23:59:59")
    kinds: dict[str, SqlKind] = {"date": "date", "datetime": "datetime", "time": "time"}
    return SqlColumn(name, kinds[column.type], low=low, high=high)


def _whole_moment(text: str | None, time: str) -> str | None:
    """A moment with its time, as files have it; a day alone is meant from its start to its end."""
    if text is None:
        return None
    day = len(text) == len("2024-12-31")
    return f"{text} {time}" if day else dt.datetime.fromisoformat(text).isoformat(sep=" ")


def _identifier(name: str, column: Column, kind: pa.DataType) -> SqlColumn:
    assert isinstance(column, IdColumn)
    if column.format == "uuid":
        return SqlColumn(name, "uuid", length=UUID_LENGTH)
    if column.format == "sequence" and pa.types.is_integer(kind):
        return SqlColumn(name, "integer")
    length = len(column.pattern) if column.pattern else None
    if column.format == "sequence":
        length = len(column.prefix) + max(column.width, 19)
    return SqlColumn(name, "text", length=column.max_length or length)


_KINDS = {
    "int": _number,
    "float": _number,
    "category": _category,
    "date": _moment,
    "datetime": _moment,
    "time": _moment,
    "id": _identifier,
}


def _literal_column(name: str, table: Table, kind: pa.DataType) -> SqlColumn:
    """A column of rows that stand in the definition."""
    if table.rows is None:  # drawn from a model, of which a definition says no columns
        return replace(_by_arrow(name, kind, None), nullable=True)
    values = [row[name] for row in table.rows]
    texts = [str(value) for value in values if value is not None]
    longest = max(map(len, texts), default=1)
    found = _by_arrow(name, kind, longest if pa.types.is_string(kind) else None)
    return replace(found, nullable=any(value is None for value in values))


def _by_arrow(name: str, kind: pa.DataType, length: int | None) -> SqlColumn:
    """A column by the type of its rows."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests: tuple[tuple[Any, SqlKind], ...] = (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "double"),
        (pa.types.is_date, "date"),
        (pa.types.is_timestamp, "datetime"),
        (pa.types.is_time, "time"),
    )
    found: SqlKind = next((each for fits, each in tests if fits(kind)), "text")
    return SqlColumn(name, found, length=length if found == "text" else None)
