"""Scripts that load the CSV files of a definition's tables into a database, with all of its
constraints on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.engine.exporting.columns import SqlColumn, SqlTable
from app.engine.exporting.ddl import tables_of
from app.engine.exporting.dialects import MYSQL, POSTGRESQL, SQLITE
from app.engine.plan.plan import Plan

STAGE = "tablesmith_load"
"""The table that SQLite reads a file into, every cell a text."""


def load_script(plan: Plan, dialect: str) -> str:
    """A script for the database's own client, run in the folder of the CSV files.

    Args:
        dialect: a name of `LOADERS`.

    Raises:
        ValueError: where there is no script for a database, or nothing was declared.
    """
    if dialect not in LOADERS:
        known = ", ".join(LOADERS)
        raise ValueError(f"there is no script that loads files into {dialect}, only into {known}")
    head, loader, tail = LOADERS[dialect]
    parts = [loader(table, f"{table.name}.csv") for table in tables_of(plan)]
    return "\n".join([*head, *parts, *tail]) + "\n"


def _postgresql(table: SqlTable, file: str) -> str:
    columns = ", ".join(POSTGRESQL.quoted(each.name) for each in table.columns)
    return (
        f"\\copy {POSTGRESQL.quoted(table.name)} ({columns}) FROM {POSTGRESQL.literal(file)}"
        " WITH (FORMAT csv, HEADER true, ENCODING 'UTF8')"
    )


def _sqlite(table: SqlTable, file: str) -> str:
    """By way of a table of texts: the client takes an empty cell for an empty text."""
    names = ", ".join(SQLITE.quoted(each.name) for each in table.columns)
    values = ", ".join(_sqlite_value(each) for each in table.columns)
    path = '"' + file.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return (
        f"DROP TABLE IF EXISTS {STAGE};\n"
        f".import --csv {path} {STAGE}\n"
        f"INSERT INTO {SQLITE.quoted(table.name)} ({names})\n  SELECT {values} FROM {STAGE};\n"
        f"DROP TABLE {STAGE};"
    )


def _sqlite_value(column: SqlColumn) -> str:
    name = SQLITE.quoted(column.name)
    if column.kind == "boolean":
        return f"CASE {name} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"
    return f"NULLIF({name}, '')" if column.nullable or column.kind != "text" else name


def _mysql(table: SqlTable, file: str) -> str:
    columns = ", ".join(f"@c{place}" for place in range(len(table.columns)))
    values = ",\n  ".join(
        f"{MYSQL.quoted(each.name)} = {_mysql_value(each, f'@c{place}')}"
        for place, each in enumerate(table.columns)
    )
    return (
        f"LOAD DATA LOCAL INFILE {MYSQL.literal(file)} INTO TABLE {MYSQL.quoted(table.name)}\n"
        "  CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"'"
        " ESCAPED BY ''\n  LINES TERMINATED BY '\\n' IGNORE 1 LINES\n"
        f"  ({columns}) SET\n  {values};"
    )


def _mysql_value(column: SqlColumn, variable: str) -> str:
    if column.kind == "boolean":
        return f"CASE {variable} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"
    return f"NULLIF({variable}, '')" if column.nullable or column.kind != "text" else variable


Loader = Callable[[SqlTable, str], str]
LOADERS: Mapping[str, tuple[tuple[str, ...], Loader, tuple[str, ...]]] = {
    POSTGRESQL.name: (("\\set ON_ERROR_STOP on", "BEGIN;"), _postgresql, ("COMMIT;",)),
    SQLITE.name: ((".bail on", "PRAGMA foreign_keys = ON;"), _sqlite, ()),
    MYSQL.name: ((), _mysql, ()),
}
