"""The connection to the database: sessions for reading and sessions for writing.

A session is one unit of work. Whoever opened a writing session commits it by leaving the block;
repositories never do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

BUSY_TIMEOUT_MS = 30_000
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "foreign_keys=ON",
)


class Database:
    """One database by its SQLAlchemy URL; opened on first use."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self.engine = _prepared(create_async_engine(url))
        # Reading outside of transactions: with the driver's thread for SQLite every BEGIN and
        # ROLLBACK is a switch there and back, which doubles the time of a read.
        self._read_engine = _prepared(
            create_async_engine(
                url,
                isolation_level="AUTOCOMMIT",
                skip_autocommit_rollback=True,
                pool_reset_on_return=None,
            )
        )
        self._reading = async_sessionmaker(self._read_engine, expire_on_commit=False)
        self._writing = async_sessionmaker(self.engine, expire_on_commit=False)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "begin", _begin_immediate)

    def make_folder(self) -> None:
        """Make the folder of an SQLite file; other databases have none."""
        if self._url.get_backend_name() == "sqlite" and self._url.database:
            Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that changes nothing; each of its queries sees the newest state."""
        async with self._reading() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session that is committed at the end of the block, and rolled back on an error."""
        async with self._writing() as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()
        await self._read_engine.dispose()


def _prepared(engine: AsyncEngine) -> AsyncEngine:
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take SQLite's write lock at the start: a transaction that reads first and writes later
    would fail at once, without waiting, when another one wrote in between."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
