from __future__ import annotations

import pytest


@pytest.fixture
def database_url(each_database: str | None) -> str | None:
    """Every database that the service runs on: leases are taken in it."""
    return each_database
