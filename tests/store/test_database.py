"""A database that is away, and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from app.store.database import Database, DatabaseUnavailable
from tests.components.postgres import PostgresServer

pytestmark = pytest.mark.anyio


async def _one(database: Database) -> int:
    async with database.read() as session:
        return (await session.execute(text("SELECT 1"))).scalar_one()


async def test_a_server_that_is_away_is_told_as_such(unused_url: str) -> None:
    database = Database(unused_url)
    with pytest.raises(DatabaseUnavailable):
        await _one(database)

    async def write() -> None:
        async with database.write():
            pass

    with pytest.raises(DatabaseUnavailable):
        await write()
    await database.close()


@pytest.fixture
def unused_url() -> str:
    """Nobody listens on port 1."""
    return "postgresql+asyncpg://nobody:nothing@127.0.0.1:1/none"


async def test_connections_that_were_cut_are_replaced(
    postgres: PostgresServer, postgres_database: str
) -> None:
    database = Database(postgres.url(postgres_database))
    assert await _one(database) == 1
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    )
    postgres.sql(f"{cut} AND pid <> pg_backend_pid()", postgres_database)
    assert await _one(database) == 1
    await database.close()


async def test_a_connection_cut_in_the_middle_is_told_as_such(
    postgres: PostgresServer, postgres_database: str
) -> None:
    database = Database(postgres.url(postgres_database))

    async def be_cut_off() -> None:
        async with database.write() as session:
            own = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            postgres.sql(f"SELECT pg_terminate_backend({int(own)})", postgres_database)
            await session.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnavailable):
        await be_cut_off()
    assert await _one(database) == 1
    await database.close()


async def test_a_full_disk_is_told_as_passing(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
    async with database.write() as session:
        await session.execute(text("CREATE TABLE notes (note TEXT)"))

    async def write_too_much() -> None:
        async with database.write() as session:
            await session.execute(text("PRAGMA max_page_count = 4"))
            await session.execute(text("INSERT INTO notes VALUES (hex(zeroblob(100000)))"))

    with pytest.raises(DatabaseUnavailable):
        await write_too_much()
    await database.close()
