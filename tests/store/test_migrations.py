"""Migrations make exactly the tables that the code expects, and can be taken back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text

from app.store.database import Database
from app.store.migrate import downgrade, migrate, upgrade
from app.store.repositories.artifacts import ArtifactRepository
from app.store.repositories.jobs import JobRepository
from app.store.tables.base import Row
from app.store.tables.job_tables import ArtifactRow, DefinitionRow, IdempotencyRow
from tests.store.repositories.test_queue import job_row

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Row.metadata))


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


async def _store_schema(database: Database) -> None:
    async with database.write() as session:
        session.add(DefinitionRow(name="a", version=1, document={"x": 1}, created_at=NOW))


async def _schemas(database: Database) -> list[DefinitionRow]:
    async with database.read() as session:
        return list(await session.scalars(select(DefinitionRow)))


async def test_the_migrated_database_is_what_the_models_say(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
        assert await connection.run_sync(_tables) == set(Row.metadata.tables)


async def test_migrating_twice_keeps_the_data(database: Database) -> None:
    await _store_schema(database)
    await migrate(database)
    (row,) = await _schemas(database)
    assert (row.name, row.document, row.created_at) == ("a", {"x": 1}, NOW)


async def test_down_with_data_and_up_again(database: Database) -> None:
    await _store_schema(database)
    async with database.engine.begin() as connection:
        await connection.run_sync(downgrade)
        assert await connection.run_sync(_tables) == set()
        await connection.run_sync(upgrade)
        assert await connection.run_sync(_differences) == []
    assert await _schemas(database) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 1), ("busy_timeout", 30_000), ("foreign_keys", 1)],
)
async def test_sqlite_is_opened_for_many_readers_and_a_writer(
    tmp_path: Path, name: str, value: object
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
    async with database.engine.connect() as connection:
        assert (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar() == value
    await database.close()


async def test_a_block_that_fails_writes_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as session:
            session.add(DefinitionRow(name="a", version=1, document={}, created_at=NOW))
            await session.flush()
            raise KeyError("a")

    with pytest.raises(KeyError):
        await fail()
    assert await _schemas(database) == []


async def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "x.db"
    database = Database(f"sqlite+aiosqlite:///{file}")
    await migrate(database)
    await database.close()
    assert file.is_file()


async def test_what_the_default_tenant_has_outlives_the_time_before_tenants(
    database: Database,
) -> None:
    """Down to the first migration and up again: other tenants' things go, no job loses its own."""
    async with database.write() as session:
        for name in ("default", "acme"):
            row = job_row(1 if name == "default" else 2, tenant=name)
            await JobRepository(session).add(row, {"document": {}})
            used = IdempotencyRow(tenant=name, key="k", digest="d", job_id=row.id, created_at=NOW)
            schema = DefinitionRow(tenant=name, name="a", version=1, document={}, created_at=NOW)
            session.add_all([used, schema])
    async with database.engine.begin() as connection:
        await connection.run_sync(downgrade, "0001")
        await connection.run_sync(upgrade)
        assert await connection.run_sync(_differences) == []
    async with database.read() as session:
        assert await JobRepository(session, "default").get(job_row(1).id) is not None
        assert [row.tenant for row in await session.scalars(select(DefinitionRow))] == ["default"]
        assert (await session.scalars(select(IdempotencyRow))).all() == []
        assert await JobRepository(session).find(job_row(2).id) is None


async def test_jobs_keep_their_size_and_progress_when_limits_come(database: Database) -> None:
    async with database.write() as session:
        await JobRepository(session).add(job_row(1, total=300, done=40), {"document": {"x": 1}})
    async with database.engine.begin() as connection:
        await connection.run_sync(downgrade, "0002")
        await connection.run_sync(upgrade)
        assert await connection.run_sync(_differences) == []
    async with database.read() as session:
        found = await JobRepository(session).get(job_row(1).id)
    assert found is not None
    row, request = found
    assert (row.cost, row.most_done, row.run_seconds, row.time_limit) == (300, 40, 0.0, None)
    assert request == {"document": {"x": 1}}


async def test_files_of_before_are_artifacts_and_go_back(database: Database) -> None:
    """A table, an archive of all and a manifest keep their place both ways; a report has none."""
    size = {"bytes": 1, "sha256": "0" * 64}
    made = [
        ("table", "people", "csv", "text/csv", "data/1/people.csv"),
        ("archive", "", "csv", "application/zip", "rendered/csv/tables.zip"),
        ("manifest", "", "json", "application/json", "data/1/manifest.json"),
        ("manifest", "", "sig", "application/octet-stream", "data/1/manifest.json.sig"),
        ("manifest", "", "pub", "application/x-pem-file", "data/1/manifest.json.pub"),
        ("report", "", "html", "text/html", "data/1/report.html"),
    ]
    columns = ("name", "table_name", "format", "media_type", "path")
    async with database.write() as session:
        await JobRepository(session).add(job_row(1), {"document": {}})
        for values in made:
            named = dict(zip(columns, values, strict=True))
            session.add(ArtifactRow(job_id=job_row(1).id, **named, **size))
    async with database.engine.begin() as connection:
        await connection.run_sync(downgrade, "0006")
        found = await connection.execute(text("SELECT format, table_name, path FROM job_files"))
        assert {tuple(row) for row in found} == {
            ("csv", "people", "data/1/people.csv"),
            ("csv", "", "rendered/csv/tables.zip"),
            *(("manifest", Path(path).name, path) for *_, path in made[2:5]),
        }
        await connection.run_sync(upgrade)
        assert await connection.run_sync(_differences) == []
    async with database.read() as session:
        rows = await ArtifactRepository(session).all(job_row(1).id)
    assert {tuple(getattr(row, name) for name in columns) for row in rows} == set(made[:5])


async def test_several_services_may_migrate_at_the_same_time(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    await asyncio.gather(*map(migrate, databases))
    async with databases[0].engine.connect() as connection:
        assert await connection.run_sync(_tables) == set(Row.metadata.tables)
    for database in databases:
        await database.close()


async def test_definitions_of_before_are_counted_with_their_bytes(database: Database) -> None:
    await _store_schema(database)
    async with database.engine.begin() as connection:
        await connection.run_sync(downgrade, "0004")
        await connection.run_sync(upgrade)
    (row,) = await _schemas(database)
    assert (row.document, row.bytes) == ({"x": 1}, len('{"x": 1}'))
