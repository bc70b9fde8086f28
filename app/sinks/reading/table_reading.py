"""Tables of a database, or what a query gives, as Parquet files, over an open connection.

Nothing is written to the database: where it knows such transactions, all is read in one that may
not write, and it is rolled back in any case. Nothing of a row is in what is raised.
"""

from __future__ import annotations

import re
import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.errors import SourceError
from app.sinks.reading.row_batches import write_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult

ROWS_AT_ONCE = 65_536
MOST_LISTED = 50
# What a transaction of such a database is begun with, so that it cannot write.
READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
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
    that there is where neither is named."""

    tables: tuple[str, ...] = ()
    query: str | None = None


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
        for name, statement in _statements(_read_only(connection), wanted):
            left = None if most is None else most - stored
            stored += _read(connection, name, statement, _new_file(folder, name), left)
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
        connection.execution_options(postgresql_readonly=True)
    elif dialect in READ_ONLY:
        connection.exec_driver_sql(READ_ONLY[dialect])
        connection.rollback()
    return connection


def _statements(connection: Connection, wanted: Wanted) -> Iterator[tuple[str, str]]:
    """What the tables are called, and what gives their rows."""
    if wanted.query is not None:
        yield "query", wanted.query.strip().rstrip(";")
        return
    for each in wanted.tables or _only_table(connection):
        schema, _, table = each.rpartition(".")
        yield each, f"SELECT * FROM {_place(connection, schema, table)}"


def _only_table(connection: Connection) -> list[str]:
    found = table_names(connection)
    if len(found) == 1:
        return found
    if not found:
        raise SourceError("the database has no table that this user sees")
    left = f" and {len(found) - MOST_LISTED:,} more" if len(found) > MOST_LISTED else ""
    listed = ", ".join(sorted(found)[:MOST_LISTED])
    raise SeveralTablesError(
        f"the database has {len(found):,} tables: {listed}{left}; say which one is read, or "
        "write a query"
    )


def _place(connection: Connection, schema: str, table: str) -> str:
    """A table that is there, as statements name it. Raises SourceError."""
    from sqlalchemy import MetaData, Table, inspect

    if not inspect(connection).has_table(table, schema=schema or None):
        near = ", ".join(sorted(table_names(connection))[:MOST_LISTED]) or "no table"
        raise SourceError(f"there is no table {table[:100]!r}; the database has {near}")
    named = Table(table, MetaData(), schema=schema or None)
    return connection.dialect.identifier_preparer.format_table(named)


def _new_file(folder: Path, name: str) -> Path:
    """The file of a table, called like the table alone where no other one is."""
    for called in (name.rpartition(".")[2], name):
        file = folder / f"{_UNFIT.sub('_', called)[:100]}.parquet"
        if not file.exists():
            return file
    raise SourceError(f"the table {name[:100]!r} is read twice")


def _read(connection: Connection, name: str, statement: str, file: Path, most: int | None) -> int:
    with warnings.catch_warnings():
        # Of types that SQLAlchemy does not know: cells are taken as the driver gives them.
        warnings.simplefilter("ignore")
        found = connection.execution_options(
            stream_results=True, yield_per=ROWS_AT_ONCE, no_parameters=True
        ).exec_driver_sql(statement)
    if not found.returns_rows:
        raise SourceError(f"{name}: it gives no rows; write a SELECT")
    return write_rows(name[:100], list(found.keys()), _batches(found), file, most)


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
