"""The database goes away while a job is under way, and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from app.jobs.models import Job
from app.service.service import Service
from app.store.database import DatabaseUnavailable
from app.store.job_status import JobStatus
from tests.components.postgres import PostgresServer, start_postgres
from tests.services import DOCUMENT, StartService, request

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LONG = {**DOCUMENT, "n_samples": 3_000_000}


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server that a test may kill."""
    with start_postgres() as server:
        yield server


async def _under_way(service: Service, job_id: str) -> None:
    async for event in service.jobs.events(job_id):
        if event.data["progress"] and event.data["progress"]["done"] > 0:
            return


async def _ended(service: Service, job_id: str) -> Job:
    """The job once it has ended, asked for by someone who does not give up."""
    while True:
        try:
            job = await service.jobs.wait(job_id, 120)
        except DatabaseUnavailable:
            continue
        if job.ended:
            return job


async def test_a_job_goes_on_while_the_database_is_away(
    start_service: StartService, own_postgres: PostgresServer, logged: list[Any]
) -> None:
    url = own_postgres.url(own_postgres.new_database())
    service = await start_service(database_url=url)
    job = (await service.jobs.submit(request(document=LONG))).job
    await _under_way(service, job.id)
    await asyncio.to_thread(own_postgres.kill)
    with pytest.raises(DatabaseUnavailable):
        await service.jobs.get(job.id)
    await asyncio.to_thread(own_postgres.start)
    ended = await asyncio.wait_for(_ended(service, job.id), 100)
    assert ended.status is JobStatus.SUCCEEDED
    assert ended.result is not None
    assert all(fact["holds"] for fact in ended.result.facts)
    events = [event async for event in service.jobs.events(job.id)]
    assert [event.sequence for event in events] == list(range(1, ended.sequence + 1))
    assert sum(event.data["status"] == "succeeded" for event in events) == 1
    assert {"lease not renewed", "database away", "queue not read"} & {
        line["event"] for line in logged
    }


async def test_a_service_waits_for_a_database_that_starts(
    start_service: StartService, own_postgres: PostgresServer
) -> None:
    url = own_postgres.url(own_postgres.new_database())
    await asyncio.to_thread(own_postgres.kill)
    starting = asyncio.create_task(start_service(database_url=url, runner=False))
    await asyncio.to_thread(own_postgres.start)
    service = await asyncio.wait_for(starting, 60)
    assert (await service.ready())["database"]
