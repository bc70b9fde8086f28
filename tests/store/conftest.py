from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.store.database import Database
from app.store.migrate import migrate


@pytest.fixture
def database_url(each_database: str | None, tmp_path: Path) -> str:
    """An empty database of every kind that the service runs on."""
    return each_database or f"sqlite+aiosqlite:///{tmp_path / 'tablesmith.db'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database on a real server, or in a real file."""
    database = Database(database_url)
    await migrate(database)
    yield database
    await database.close()
