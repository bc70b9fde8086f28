"""Real servers, started once in a session where a test asks for them, and services in a test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from app.engine.execution.pool import PRELOAD
from tests.components.mariadb import MariaDBServer, start_mariadb
from tests.components.postgres import PostgresServer, start_postgres
from tests.components.s3 import S3Server, start_s3
from tests.services import (
    anyio_backend,
    database_url,
    idle,
    logged,
    make_settings,
    service,
    start_service,
)

__all__ = [
    "anyio_backend",
    "database_url",
    "idle",
    "logged",
    "make_settings",
    "service",
    "start_service",
]


# What else this machine does must not keep a test's jobs from running, in whatever process.
os.environ.setdefault("TABLESMITH_NICENESS", "0")

# What most workers load, once in a process of tests and not in each worker.
PRELOAD.extend(["app.workers.worker_tasks", "app.workers.source_tasks", "app.engine.plan.compiler"])

# The same examples in each run; `make properties` and `make fuzz` look for new ones.
settings.register_profile(
    "seeded",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("seeded")


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A service or command sets logging up for its process: here to a stream that is closed with
    the test."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with start_postgres() as server:
        yield server


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> Iterator[str]:
    """The name of an empty database of its own."""
    name = postgres.new_database()
    yield name
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request: pytest.FixtureRequest) -> str | None:
    """The URL of an empty database of each kind; None stands for the service's own file."""
    if request.param == "sqlite":
        return None
    name: str = request.getfixturevalue("postgres_database")
    return str(request.getfixturevalue("postgres").url(name))


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with start_s3() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDBServer]:
    with start_mariadb() as server:
        yield server
