"""Tables that were learned, for a database: as the source's database declares them where there was
one, else as their columns and keys are. Only what the rows hold is declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.exporting.columns import MOST_DIGITS, SqlColumn, SqlReference, SqlTable
from app.engine.sources.declarations import DeclaredColumn, DeclaredKey, DeclaredTable, SqlKind

ARROW: Mapping[SqlKind, pa.DataType] = {
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "zoned": pa.timestamp("us", "UTC"),
    "time": pa.time64("us"),
    "text": pa.string(),
    "uuid": pa.string(),
}


@dataclass(frozen=True, eq=False, slots=True)
class LoadedTables:
    """Tables as they go into a database.

    Args:
        tables: those that are referred to first, as far as they do not refer to one another.
        rows: of each table, in the types of its columns.
        left_out: what is declared in the source and the rows do not hold, in words.
    """

    tables: tuple[SqlTable, ...]
    rows: Mapping[str, pa.Table]
    left_out: tuple[str, ...]


def learned_tables(
    declared: Mapping[str, DeclaredTable], rows: Mapping[str, pa.Table]
) -> LoadedTables:
    """Tables with what is declared of them and holds in their rows.

    Args:
        rows: drawn, in the types that the model has.
    """
    made, typed, left = dict[str, SqlTable](), dict[str, pa.Table](), list[str]()
    for name in _ordered(declared):
        table, there = rows[name], _referred(declared[name], made)
        columns = [
            _column(each, table[each], declared[name].columns.get(each), there.get(each))
            for each in table.column_names
        ]
        typed[name] = pa.table({each.name: _cast(table[each.name], each) for each in columns})
        made[name] = SqlTable(name, tuple(columns))
    for name in _ordered(declared):
        made[name] = _keyed(made[name], declared[name], typed[name], left)
    for name in made:
        made[name] = _referring(made, name, declared[name].foreign_keys, typed, left)
    tables = tuple(made[name] for name in _ordered(declared))
    return LoadedTables(tables, typed, tuple(left))


def _ordered(declared: Mapping[str, DeclaredTable]) -> list[str]:
    """Names of tables, each behind those that it refers to, but where that goes in a circle."""
    found: dict[str, None] = {}
    way: set[str] = set()

    def add(name: str) -> None:
        if name in found or name in way:
            return
        way.add(name)
        for key in declared[name].foreign_keys:
            add(key.table)
        found[name] = None

    for name in declared:
        add(name)
    return list(found)


def _referred(declared: DeclaredTable, made: Mapping[str, SqlTable]) -> dict[str, SqlColumn]:
    """The columns of tables that are there which a table's columns refer to, by the names of
    these."""
    return {
        column: made[key.table].column(there)
        for key in declared.foreign_keys
        if key.table in made
        for column, there in zip(key.columns, key.parent_columns, strict=True)
    }


def _column(
    name: str,
    cells: pa.ChunkedArray,
    declared: DeclaredColumn | None,
    referred: SqlColumn | None,
) -> SqlColumn:
    """A column of the declared type, or that of the column which it refers to, where its cells can
    be had in it; else of their own."""
    found = _own_column(name, _plain(cells).type)
    if declared is not None and _fits(declared.kind, found.kind):
        found = _first_cast(cells, _declared_column(found, declared, cells), found)
    elif declared is None and referred is not None and referred.kind != found.kind:
        wanted = replace(referred, name=name, nullable=True, unique=False)
        found = _first_cast(cells, wanted, found)
    return replace(found, nullable=found.nullable or cells.null_count > 0)


def _first_cast(cells: pa.ChunkedArray, wanted: SqlColumn, own: SqlColumn) -> SqlColumn:
    """The first one that cells can be had in."""
    try:
        _cast(cells, wanted)
    except pa.ArrowException:
        return replace(own, nullable=wanted.nullable)
    return wanted


def _fits(declared: SqlKind, found: SqlKind) -> bool:
    takes: dict[SqlKind, set[SqlKind]] = {
        "decimal": {"decimal", "double", "integer"},
        "double": {"decimal", "double", "integer"},
        "datetime": {"datetime", "date", "zoned"},
        "zoned": {"datetime", "date", "zoned"},
        "text": {*ARROW, "decimal"},
    }
    return found == "text" or found in takes.get(declared, {declared})


def _declared_column(
    found: SqlColumn, declared: DeclaredColumn, cells: pa.ChunkedArray
) -> SqlColumn:
    column = replace(found, kind=declared.kind, nullable=declared.nullable, length=None)
    if declared.kind == "decimal":
        if not 0 < declared.precision <= MOST_DIGITS:
            return replace(found, nullable=declared.nullable)
        return replace(column, precision=declared.precision, scale=declared.scale)
    if declared.kind != "text":
        return column
    longest = _longest(cells)
    length = None if declared.length is None else max(declared.length, longest)
    labels = declared.labels if _are_labels(cells, declared.labels) else ()
    return replace(column, length=length, labels=labels)


def _own_column(name: str, kind: pa.DataType) -> SqlColumn:
    types = pa.types
    if types.is_decimal(kind):
        return SqlColumn(name, "decimal", True, precision=kind.precision, scale=kind.scale)
    if types.is_timestamp(kind):
        return SqlColumn(name, "datetime" if kind.tz is None else "zoned", nullable=True)
    kinds: list[tuple[bool, SqlKind]] = [
        (types.is_boolean(kind), "boolean"),
        (types.is_integer(kind), "integer"),
        (types.is_floating(kind), "double"),
        (types.is_date(kind), "date"),
        (types.is_time(kind), "time"),
    ]
    return SqlColumn(name, next((each for fits, each in kinds if fits), "text"), nullable=True)


def _longest(cells: pa.ChunkedArray) -> int:
    return int(pc.max(pc.utf8_length(_plain(cells).cast(pa.string()))).as_py() or 1)


def _are_labels(cells: pa.ChunkedArray, labels: Sequence[str]) -> bool:
    known = pc.is_in(_plain(cells).drop_null(), value_set=pa.array(labels, pa.string()))
    return bool(labels) and bool(pc.all(known).as_py() in (True, None))


def _plain(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return cells.cast(cells.type.value_type) if pa.types.is_dictionary(cells.type) else cells


def _cast(cells: pa.ChunkedArray, column: SqlColumn) -> pa.ChunkedArray:
    """Cells in the type of their column; moments without a zone are taken for UTC."""
    if column.kind != "decimal":
        return _plain(cells).cast(ARROW[column.kind])
    wanted = pa.decimal128(column.precision, column.scale)
    plain = _plain(cells)
    if pa.types.is_floating(plain.type):
        plain = pc.round(plain, column.scale)
    return plain.cast(wanted, safe=False)


def _keyed(table: SqlTable, declared: DeclaredTable, rows: pa.Table, left: list[str]) -> SqlTable:
    """The table with its primary key and what is unique, as far as rows hold it."""
    key = declared.primary_key
    if key and (_repeats(rows, key) or any(rows[name].null_count for name in key)):
        left.append(f"{table.name}: the primary key {', '.join(key)}")
        key = ()
    sets = []
    for names in declared.unique:
        if _repeats(rows, names):
            left.append(f"{table.name}: {', '.join(names)} as unique")
        else:
            sets.append(names)
    columns = tuple(
        replace(each, nullable=False) if each.name in key else each for each in table.columns
    )
    left += _missing(table, declared, rows)
    return replace(
        table,
        columns=columns,
        primary_key=key,
        unique=tuple(names[0] for names in sets if len(names) == 1),
        together=tuple(names for names in sets if len(names) > 1),
    )


def _missing(table: SqlTable, declared: DeclaredTable, rows: pa.Table) -> Iterator[str]:
    for name, each in declared.columns.items():
        if not each.nullable and name in rows.column_names and rows[name].null_count:
            yield f"{table.name}: {name} as NOT NULL"


def _repeats(rows: pa.Table, names: Sequence[str]) -> bool:
    """Whether two rows have the same values, in rows where none of them is missing."""
    own = rows.select(list(names)).drop_null()
    return own.group_by(list(names)).aggregate([]).num_rows < own.num_rows


def _referring(
    made: Mapping[str, SqlTable],
    name: str,
    keys: Sequence[DeclaredKey],
    rows: Mapping[str, pa.Table],
    left: list[str],
) -> SqlTable:
    """The table with its foreign keys, as far as they are such in the database and rows hold
    them. Columns that refer to one another have one type."""
    found = []
    for key in keys:
        parent = made[key.table]
        sets = [{*parent.primary_key}, *({each} for each in parent.unique)]
        sets += [{*each} for each in parent.together]
        if {*key.parent_columns} in sets and _resolves(rows[name], rows[key.table], key):
            found.append(SqlReference(key.columns, key.table, key.parent_columns))
        else:
            left.append(f"{name}: the foreign key {', '.join(key.columns)} to {key.table}")
    return replace(made[name], references=tuple(found))


def _resolves(rows: pa.Table, parents: pa.Table, key: DeclaredKey) -> bool:
    """Whether each row that misses no part of a key refers to one of the parents."""
    own = rows.select(list(key.columns)).drop_null()
    there = parents.select(list(key.parent_columns)).rename_columns(list(key.columns))
    if own.schema.types != there.schema.types:
        return False
    return own.join(there, keys=list(key.columns), join_type="left anti").num_rows == 0
