"""The connection to the database: sessions for reading and sessions for writing.

A session is one unit of work. Whoever opened a writing session commits it by leaving the block;
repositories never do.
"""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.store import sqlite
from app.store.private import make_private, make_private_file, tighten_file
from app.store.written_json import written_json

# A connection is tried before it is used, as the server may have been restarted; nobody waits
# for one that does not answer.
_SERVER_OPTIONS: Mapping[str, Any] = {
    "pool_pre_ping": True,
    "pool_size": 10,
    "pool_timeout": 10,
    "connect_args": {"timeout": 5, "command_timeout": 30},
}
_FILE_OPTIONS: Mapping[str, Any] = {"connect_args": {"async_creator_fn": sqlite.connect}}

# How the address of each kind of database is written, by its driver.
ADDRESSES: Mapping[str, str] = {
    "postgresql+asyncpg": "postgresql+asyncpg://user:password@host/name",
    "sqlite+aiosqlite": "sqlite+aiosqlite:////path/to/file",
}

T = TypeVar("T")

_LOOK_SECONDS = 0.2
# How long what has to be done is tried while the database is away.
OUTAGE_SECONDS = 120.0
# What SQLite keeps beside a database.
_BESIDE = ("-wal", "-shm", "-journal")
# Classes of SQLSTATE after which the same statement may work: connection, resources, shutdown and
# start, a transaction that lost against another one.
_PASSING = ("08", "40", "53", "57")


class DatabaseUnavailable(Exception):  # noqa: N818 (named for what happened)
    """The database cannot be reached, is full or starts up; the same call may work later.

    What was asked for may have been written: the connection can break after the commit.
    """

    def __init__(self) -> None:
        super().__init__("the database cannot be used at the moment; try again")

    @property
    def cause(self) -> str:
        """What the driver said: for whoever runs the service, not for its callers."""
        return str(getattr(self.__cause__, "orig", None) or self.__cause__ or "no connection")


class Database:
    """One database by its SQLAlchemy URL; opened on first use.

    `read` and `write` raise DatabaseUnavailable.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._in_file = self._url.get_backend_name() == "sqlite"
        options = _FILE_OPTIONS if self._in_file else _SERVER_OPTIONS
        _check_driver(self._url)
        # Errors go into the log, and values into no error.
        options = {**options, "hide_parameters": True, "json_serializer": written_json}
        self.engine = create_async_engine(url, **options)
        # Reading outside of transactions: with the driver's thread for SQLite every BEGIN and
        # ROLLBACK is a switch there and back, which doubles the time of a read.
        self._read_engine = create_async_engine(
            url,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            pool_reset_on_return=None,
            **options,
        )
        self._reading = async_sessionmaker(self._read_engine, expire_on_commit=False)
        self._writing = async_sessionmaker(self.engine, expire_on_commit=False)
        if self._in_file:
            event.listen(self.engine.sync_engine, "begin", _begin_immediate)

    def make_folder(self) -> None:
        """Make the folder of an SQLite file, and the file, for this user alone; other databases
        have none. Files beside the database get its mode from SQLite."""
        if self._in_file and self._url.database not in (None, "", ":memory:"):
            file = Path(str(self._url.database))
            make_private(file.parent)
            make_private_file(file)
            for ending in _BESIDE:
                tighten_file(file.with_name(file.name + ending))

    @asynccontextmanager
    async def administer(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction, for migrations."""
        with _told_when_unavailable():
            connection = await self._reached(self.engine.connect())
            try:
                async with connection.begin():
                    yield connection
            finally:
                await connection.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that changes nothing; each of its queries sees the newest state."""
        async with self._reading() as session:
            await self._connect(session)
            with _told_when_unavailable():
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session that is committed at the end of the block, and rolled back on an error."""
        with _told_when_unavailable():
            async with self._writing() as session, session.begin():
                await self._connect(session)
                yield session

    async def _connect(self, session: AsyncSession) -> None:
        """Meet a server that is away here, before anything is asked of it."""
        if not self._in_file:
            await self._reached(session.connection())

    async def _reached(self, connecting: Awaitable[T]) -> T:
        """Of a server any error whatever means here that it is away."""
        try:
            return await connecting
        except Exception as error:
            if self._in_file:
                raise
            raise DatabaseUnavailable from error

    async def close(self) -> None:
        await self.engine.dispose()
        await self._read_engine.dispose()


def check_address(url: str) -> None:
    """Raises ValueError, without what the address holds, where it is not one of a database that
    the service runs on."""
    hint = f"write {' or '.join(ADDRESSES.values())}"
    try:
        driver = make_url(url).drivername
    except (ArgumentError, ValueError):
        raise ValueError(f"is no address of a database; {hint}") from None
    if driver not in ADDRESSES:
        raise ValueError(f"{driver!r} is not served; {hint}")


def _check_driver(url: URL) -> None:
    """Raises ImportError, with what to do, where the driver is not installed."""
    if url.get_driver_name() == "asyncpg" and importlib.util.find_spec("asyncpg") is None:
        raise ImportError("PostgreSQL needs an extra: pip install 'tablesmith[postgres]'")


async def patiently(call: Callable[[], Awaitable[T]], patience: float) -> T:
    """The call's result, tried until the database is there. Raises DatabaseUnavailable after
    `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return await call()
        except DatabaseUnavailable:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_LOOK_SECONDS)


@contextmanager
def _told_when_unavailable() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if not _is_passing(error):
            raise
        raise DatabaseUnavailable from error


def _is_passing(error: DBAPIError) -> bool:
    if error.connection_invalidated or isinstance(error, (InterfaceError, OperationalError)):
        return True
    return str(getattr(error.orig, "sqlstate", "") or "").startswith(_PASSING)


def _begin_immediate(connection: Connection) -> None:
    """Take SQLite's write lock at the start: a transaction that reads first and writes later
    would fail at once, without waiting, when another one wrote in between."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
