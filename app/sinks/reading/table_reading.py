"""Tables of a database, or what a query gives, as Parquet files, over an open connection.

Nothing is written to the database: where it knows such transactions, all is read in one that may
not write and sees one state of the database, and it is rolled back in any case. Nothing of a row is
in what is raised.
"""

from __future__ import annotations

import re
import sqlite3
import warnings
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.errors import SourceError
from app.engine.sources.declarations import DeclaredTable
from app.sinks.reading.catalog import TablePlace, declared_tables
from app.sinks.reading.row_batches import write_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult

ROWS_AT_ONCE = 65_536
MOST_LISTED = 50
# What a transaction of such a database is begun with, so that it cannot write.
READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "mysql": "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "mariadb": "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
}
# What begins one that sees the same state of all tables until it ends.
SNAPSHOT = {
    "sqlite": "BEGIN",
    "mysql": "START TRANSACTION WITH CONSISTENT SNAPSHOT",
    "mariadb": "START TRANSACTION WITH CONSISTENT SNAPSHOT",
}
_UNFIT = re.compile(r"[^\w.-]+")  # for the name of a file
# Classes of SQLSTATE whose texts speak of the statement and of who asks, and of no row.
_TOLD = ("25", "28", "3D", "3F", "42")
# The same by the numbers of MySQL and MariaDB.
_TOLD_NUMBERS = frozenset({1044, 1045, 1049, 1054, 1060, 1064, 1142, 1143, 1146, 1305, 1792})
_OF_THE_SYSTEM = frozenset({"information_schema", "pg_catalog"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read: tables by name, `schema.table` too, or what one query gives; the only table
    that there is where neither is named.

    Args:
        all_tables: whether all tables that there are, where none is named.
        columns: `table.column`: of a table that is named here no other columns are read.
    """

    tables: tuple[str, ...] = ()
    query: str | None = None
    all_tables: bool = False
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """A table on its way: its name in errors, what gives its rows, its file, what is declared."""

    name: str
    statement: str
    file: Path
    declared: DeclaredTable | None = None


class SeveralTablesError(SourceError):
    """None of several tables is named, and neither is a query."""


def read_tables(
    connection: Connection, wanted: Wanted, folder: Path, most: int | None = None
) -> int:
    """Write each table into a Parquet file of a folder; how many bytes they have.

    Args:
        connection: on which nothing has been done yet.
        folder: empty.
        most: bytes that the files may have.

    Raises SourceError for what cannot be read.
    """
    try:
        stored = 0
        for each in _reads(_read_only(connection), wanted, folder):
            stored += _read(connection, each, None if most is None else most - stored)
        return stored
    except SourceError:
        raise
    except Exception as error:  # of the database, its driver or of Arrow
        said = _said(error)
    raise SourceError(said)


def table_names(connection: Connection) -> list[str]:
    """The tables that there are, those outside of the default schema as `schema.table`."""
    from sqlalchemy import inspect

    found = inspect(connection)
    names = found.get_table_names()
    if connection.dialect.name != "postgresql":
        return names
    schemas = [each for each in found.get_schema_names()
               if each not in _OF_THE_SYSTEM and each != found.default_schema_name]  # fmt: skip
    others = [f"{schema}.{name}" for schema in schemas for name in found.get_table_names(schema)]
    return names + others


def _read_only(connection: Connection) -> Connection:
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    elif dialect in READ_ONLY:
        connection.exec_driver_sql(READ_ONLY[dialect])
        connection.rollback()
        connection.exec_driver_sql(SNAPSHOT[dialect])
    return connection


def _reads(connection: Connection, wanted: Wanted, folder: Path) -> list[_Read]:
    """What is read into which file. Raises SourceError."""
    if wanted.query is not None:
        return [_Read("query", wanted.query.strip().rstrip(";"), folder / "query.parquet")]
    names = wanted.tables or _all_tables(connection, wanted)
    places, statements = dict[str, TablePlace](), list[str]()
    kept = _columns_of(wanted, names)
    for name in names:
        schema, table = _schema_and_table(connection, name)
        statements.append(_statement(connection, schema, table, kept.get(name)))
        called = _called(name, places)
        places[called] = TablePlace(schema or None, table, called)
    declared = declared_tables(connection, list(places.values()))
    columns = {
        each.called: kept.get(name, tuple(declared[each.called].columns))
        for name, each in zip(names, places.values(), strict=True)
    }
    return [
        _Read(
            name, statement, folder / f"{each}.parquet",
            declared[each].limited(columns[each], columns) if kept else declared[each],
        )
        for name, each, statement in zip(names, places, statements, strict=True)
    ]  # fmt: skip


def _schema_and_table(connection: Connection, name: str) -> tuple[str, str]:
    """The schema, empty for the default one, and the table: a table's own name may have a dot."""
    from sqlalchemy import inspect

    if "." in name and inspect(connection).has_table(name):
        return "", name
    schema, _, table = name.rpartition(".")
    return schema, table


def _columns_of(wanted: Wanted, tables: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The columns that are read, of tables of which not all are. Raises SourceError."""
    found: dict[str, tuple[str, ...]] = {}
    for each in wanted.columns:
        table, _, column = each.rpartition(".")
        if table not in tables:
            raise SourceError(
                f"the column {each[:100]!r} is of no table that is read; write it as table.column"
            )
        found[table] = (*found.get(table, ()), column)
    return found


def _all_tables(connection: Connection, wanted: Wanted) -> list[str]:
    """The only table; or all, where these are asked for. Raises SourceError."""
    found = table_names(connection)
    if len(found) == 1 or (found and wanted.all_tables):
        return found
    if not found:
        raise SourceError("the database has no table that this user sees")
    left = f" and {len(found) - MOST_LISTED:,} more" if len(found) > MOST_LISTED else ""
    listed = ", ".join(sorted(found)[:MOST_LISTED])
    raise SeveralTablesError(
        f"the database has {len(found):,} tables: {listed}{left}; say which one is read, or "
        "write a query"
    )


def _statement(
    connection: Connection, schema: str, table: str, columns: Sequence[str] | None
) -> str:
    """What gives the rows of a table that is there. Raises SourceError."""
    from sqlalchemy import MetaData, Table, inspect

    if not inspect(connection).has_table(table, schema=schema or None):
        near = ", ".join(sorted(table_names(connection))[:MOST_LISTED]) or "no table"
        raise SourceError(f"there is no table {table[:100]!r}; the database has {near}")
    named = Table(table, MetaData(), schema=schema or None)
    quote = connection.dialect.identifier_preparer
    listed = "*" if columns is None else ", ".join(map(quote.quote_identifier, columns))
    return f"SELECT {listed} FROM {quote.format_table(named)}"


def _called(name: str, taken: Container[str]) -> str:
    """What a table is called in the source: as the table alone where no other one is."""
    for each in (name.rpartition(".")[2], name):
        called = _UNFIT.sub("_", each.replace(".", "_"))[:100]
        if called not in taken:
            return called
    raise SourceError(f"the table {name[:100]!r} is read twice")


def _read(connection: Connection, read: _Read, most: int | None) -> int:
    with warnings.catch_warnings():
        # Of types that SQLAlchemy does not know: cells are taken as the driver gives them.
        warnings.simplefilter("ignore")
        found = connection.execution_options(
            stream_results=True, yield_per=ROWS_AT_ONCE, no_parameters=True
        ).exec_driver_sql(read.statement)
    if not found.returns_rows:
        raise SourceError(f"{read.name}: it gives no rows; write a SELECT")
    return write_rows(
        read.name[:100], list(found.keys()), _batches(found), read.file, most,
        declared=read.declared,
    )  # fmt: skip


def _batches(found: CursorResult[tuple[object, ...]]) -> Iterator[Sequence[Sequence[object]]]:
    with found:
        yield from found.partitions(ROWS_AT_ONCE)


def _said(error: Exception) -> str:
    """What the database refused, in its words where these speak of the statement and of who asks;
    those of other errors may hold values."""
    own = getattr(error, "orig", None) or error
    number = own.args[0] if own.args else None
    state = str(getattr(own, "sqlstate", ""))
    of_statement = number in _TOLD_NUMBERS or state.startswith(_TOLD)
    if of_statement or isinstance(own, sqlite3.OperationalError):
        return f"the database refused: {str(own)[:300]}"
    code = number if isinstance(number, int) else state or type(own).__name__
    return f"the database cannot be read ({code})"
