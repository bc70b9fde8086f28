"""A service over a data folder of the test, and what tests have it do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

# What is imported here is loaded before any test, of the engine alone too.
if TYPE_CHECKING:
    from app.jobs.models import JobRequest
    from app.service.service import Service
    from app.settings import Settings

StartService = Callable[..., Awaitable["Service"]]

DOCUMENT: dict[str, Any] = {
    "name": "people",
    "n_samples": 300,
    "features": {
        "id": {"type": "id", "format": "sequence"},
        "age": {"type": "int", "min": 1, "max": 90},
    },
}
TWO_TABLES: dict[str, Any] = {
    "name": "shop",
    "tables": {
        "customers": {"n_samples": 20, "features": {"age": {"type": "int", "min": 1, "max": 9}}},
        "products": {"n_samples": 5, "features": {"price": {"type": "int", "min": 1, "max": 9}}},
    },
}


def request(**changes: Any) -> JobRequest:
    from app.jobs.models import JobRequest

    return JobRequest(**{"document": DOCUMENT, "seed": 7, **changes})


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """The log lines of a test, of every level, whatever an earlier test has set up."""
    before = structlog.get_config()
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as lines:
        yield lines
    structlog.configure(**before)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that nobody announces."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def database_url() -> str | None:
    """The service's own SQLite file; modules that run on every database say so."""
    return None


@pytest.fixture
def make_settings(
    tmp_path: Path, database_url: str | None, logged: list[Any]
) -> Callable[..., Settings]:
    """Settings of a service in the test's own folder, whose log is caught."""
    from app.settings import Settings

    def make(**changes: Any) -> Settings:
        values = {
            "data_dir": tmp_path / "data",
            "database_url": database_url,
            "workers": 1,
            "interactive_workers": 1,
            "delivery_backoff": 0.0,
            "poll_seconds": 0.1,
            "_env_file": None,
        }
        return Settings(**{**values, **changes})

    return make


@pytest.fixture
async def start_service(make_settings: Callable[..., Settings]) -> AsyncIterator[StartService]:
    """Starts services over one data folder; stops those that still run at the end."""
    from app.service.service import Service
    from app.workers import worker_tasks

    async with AsyncExitStack() as stack:

        async def start(
            sinks: Any = None, measure: Any = worker_tasks.measure, **changes: Any
        ) -> Service:
            service = Service(make_settings(**changes), sinks=sinks, measure=measure)
            await service.start()
            stack.push_async_callback(service.stop)
            return service

        yield start


@pytest.fixture
async def service(start_service: StartService) -> Service:
    """A service that carries out jobs."""
    return await start_service()


@pytest.fixture
async def idle(start_service: StartService) -> Service:
    """A service without a runner: jobs stay queued."""
    return await start_service(runner=False)
