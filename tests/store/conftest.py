from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.store.database import Database
from app.store.migrate import migrate


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated database in a real file."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'tablesmith.db'}")
    await migrate(database)
    yield database
    await database.close()
