"""Bringing the database up to date: migrations are the only way that tables come about."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

import migrations
from app.store.database import Database

# SQLite lets one writer in at a time by itself; the number is this program's own.
_LOCK = text("SELECT pg_advisory_xact_lock(7435871)")


def migration_config(connection: Connection) -> Config:
    """Alembic's configuration over an open connection; needs no file."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    command.upgrade(migration_config(connection), revision)


def downgrade(connection: Connection, revision: str = "base") -> None:
    command.downgrade(migration_config(connection), revision)


async def migrate(database: Database) -> None:
    """Bring the database to the newest revision; two processes at once do it one after another.

    Raises DatabaseUnavailable.
    """
    database.make_folder()
    async with database.administer() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(_LOCK)
        await connection.run_sync(upgrade)
