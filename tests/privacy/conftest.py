"""Accounts over a migrated database, without a service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.privacy.accounts import PrivacyAccounts
from app.privacy.witness import Witness
from app.store.database import Database
from app.store.encryption.secrets import make_box
from app.store.migrate import migrate


@pytest.fixture
async def database(each_database: str | None, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(each_database or f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await migrate(database)
    yield database
    await database.close()


@pytest.fixture
def accounts(database: Database, tmp_path: Path) -> PrivacyAccounts:
    box = make_box(tmp_path, None)
    return PrivacyAccounts(database, box, Witness(tmp_path / "privacy"), "acme")
