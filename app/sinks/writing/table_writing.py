"""Tables with their keys, written over an open connection: all of them or none.

PostgreSQL and SQLite take everything back in one transaction. MySQL and MariaDB end a transaction
where a table is made; there the tables that were made are dropped again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from app.engine.exporting.columns import SqlTable
from app.engine.exporting.ddl import create_learned, foreign_key
from app.engine.exporting.dialects import DIALECTS, SqlDialect
from app.engine.exporting.learned import LoadedTables
from app.sinks.base import TerminalSinkError

if TYPE_CHECKING:
    from sqlalchemy import Connection

SLICE = 8_192
KNOWN: Mapping[str, str] = {
    "postgresql": "postgresql",
    "sqlite": "sqlite",
    "mysql": "mysql",
    "mariadb": "mysql",
}
"""The databases that are written to, with the dialect of their SQL."""


def write_tables(connection: Connection, loaded: LoadedTables, if_exists: str) -> None:
    """Make tables, fill them and give them their foreign keys.

    Args:
        connection: on which nothing has been done yet.
        if_exists: what happens where a table is there: `fail`, `append` or `replace`.

    Raises TerminalSinkError.
    """
    name = connection.dialect.name
    if name not in KNOWN:
        known = ", ".join(KNOWN)
        raise TerminalSinkError(f"rows are written to {known}, and this database is of {name!r}")
    writing = _Writing(connection, DIALECTS[KNOWN[name]], loaded, if_exists)
    if name == "sqlite":
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.exec_driver_sql("BEGIN")
    try:
        writing.write()
        connection.commit()
    except TerminalSinkError:
        writing.take_back()
        raise
    except Exception as error:  # of the database or its driver
        writing.take_back()
        said = _said(error)
    else:
        return
    raise TerminalSinkError(said)


@dataclass(eq=False)
class _Writing:
    """Tables under way."""

    connection: Connection
    dialect: SqlDialect
    loaded: LoadedTables
    if_exists: str

    def __post_init__(self) -> None:
        self._made: list[str] = []

    def write(self) -> None:
        there = self._there()
        if there and self.if_exists == "fail":
            raise TerminalSinkError(
                f"the table {sorted(there)[0]!r} exists: --if-exists append adds rows to it, "
                "--if-exists replace puts a new one in its place"
            )
        if self.if_exists == "replace":
            self._drop([each.name for each in reversed(self.loaded.tables) if each.name in there])
            there = set()
        new = [each for each in self.loaded.tables if each.name not in there]
        for table in new:
            self._execute(create_learned(table, self.dialect, self._inline(table)))
            self._made.append(table.name)
        for table in self.loaded.tables:
            self._fill(table)
        for table in new if self.dialect.name != "sqlite" else ():
            for each in table.references:
                made = f"ALTER TABLE {self.dialect.quoted(table.name)} ADD "
                self._execute(made + foreign_key(each, self.dialect))

    def take_back(self) -> None:
        """Leave the database as it was."""
        self.connection.rollback()
        if self.dialect.name == "mysql" and self._made:
            self._execute("SET foreign_key_checks = 0")
            self._drop(list(reversed(self._made)))

    def _there(self) -> set[str]:
        from sqlalchemy import inspect

        names = {each.name for each in self.loaded.tables}
        return names & {*inspect(self.connection).get_table_names()}

    def _inline(self, table: SqlTable) -> list[str]:
        """Foreign keys that have to stand in the table, since SQLite adds none later."""
        if self.dialect.name != "sqlite":
            return []
        later = " DEFERRABLE INITIALLY DEFERRED"
        return [foreign_key(each, self.dialect) + later for each in table.references]

    def _drop(self, names: Sequence[str]) -> None:
        if self.dialect.name == "postgresql" and names:  # which may refer to one another
            self._execute(f"DROP TABLE {', '.join(map(self.dialect.quoted, names))}")
            return
        for name in names:
            self._execute(f"DROP TABLE {self.dialect.quoted(name)}")

    def _execute(self, statement: str) -> None:
        text = statement.replace("%", "%%") if self.dialect.name == "mysql" else statement
        self.connection.exec_driver_sql(text.rstrip(";"))

    def _fill(self, table: SqlTable) -> None:
        rows = self.loaded.rows[table.name]
        if self.dialect.name == "postgresql":
            self._copy(table.name, rows)
            return
        mark = "%s" if self.dialect.name == "mysql" else "?"
        names = ", ".join(map(self.dialect.quoted, rows.column_names))
        if mark == "%s":
            names = names.replace("%", "%%")
        marks = ", ".join([mark] * rows.num_columns)
        statement = f"INSERT INTO {self.dialect.quoted(table.name)} ({names}) VALUES ({marks})"
        for cells in _cells(rows):
            plain = [tuple(map(_as_text, row)) for row in cells] if mark == "?" else cells
            self.connection.exec_driver_sql(statement, plain)

    def _copy(self, name: str, rows: pa.Table) -> None:
        """By COPY, within the transaction of the connection."""
        driver: Any = self.connection.connection.dbapi_connection
        for cells in _cells(rows):
            driver.run_async(
                lambda own, cells=cells: own.copy_records_to_table(
                    name, records=cells, columns=rows.column_names
                )
            )


def _cells(rows: pa.Table) -> Iterator[list[tuple[Any, ...]]]:
    for start in range(0, rows.num_rows, SLICE):
        part = rows.slice(start, SLICE)
        yield list(zip(*(column.to_pylist() for column in part.columns), strict=True))


def _as_text(cell: Any) -> Any:
    """A cell as SQLite holds it, which has no types for these."""
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else cell


def _said(error: Exception) -> str:
    """What the database refused: the rows are synthetic, so its words may be repeated."""
    own = getattr(error, "orig", None) or error
    said = own.args[-1] if own.args else type(own).__name__
    return f"the database refused, and was left as it was: {str(said)[:300]}"
