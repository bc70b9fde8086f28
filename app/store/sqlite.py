"""SQLite behind asyncio with one trip to the connection's thread for a statement.

The driver goes there for each step: to make a cursor, to execute, to fetch, to close. Every trip is
two switches of threads, and beside busy workers they cost more than the statement itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

import aiosqlite

BUSY_TIMEOUT_MS = 30_000
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "foreign_keys=ON",
)


class Cursor(aiosqlite.Cursor):
    """Rows are fetched as soon as there are any, so nothing is left open on the other side."""

    _rows: list[Any]

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._conn = connection

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Cursor:
        await self._send(self._carry_out, sql, () if parameters is None else parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Cursor:
        await self._send(self._carry_out_all, sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        """There is nothing to close: the statement has come to its end."""

    async def _send(self, call: Callable[..., None], *arguments: Any) -> None:
        """Have a call made in the connection's thread."""
        await self._conn._execute(call, *arguments)  # type: ignore[no-untyped-call]

    def _carry_out(self, sql: str, parameters: Iterable[Any]) -> None:
        self._cursor = self._conn._conn.execute(sql, parameters)  # type: ignore[arg-type]
        self._rows = self._cursor.fetchall()

    def _carry_out_all(self, sql: str, parameters: Iterable[Iterable[Any]]) -> None:
        self._cursor = self._conn._conn.executemany(sql, parameters)  # type: ignore[arg-type]


class Connection(aiosqlite.Connection):
    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)


def connect(database: str, **options: Any) -> Connection:
    """A connection to be awaited, as SQLAlchemy wants one from its `async_creator_fn`."""

    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(database, **options)
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    connection = Connection(opened, iter_chunk_size=64)
    connection._thread.daemon = True  # a process that ends does not wait for it
    return connection
