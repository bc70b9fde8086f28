"""Lists of jobs are the same however they are read, and many of them take turns."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from app.jobs.listing import LISTS, LISTS_OF_TENANT, WAITING, ListTurns
from app.service.service import Service
from app.store.tables.job_tables import JobRow
from app.workers.errors import QueueFull
from tests.services import StartService, request

pytestmark = pytest.mark.anyio


async def pages(service: Service, limit: int) -> list[list[str]]:
    found: list[list[str]] = []
    cursor = None
    while True:
        page = await service.jobs.list(limit=limit, cursor=cursor)
        found.append([job.id for job in page.items])
        if (cursor := page.next_cursor) is None:
            return found


async def test_lists_are_the_same_however_many_are_read_at_once(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await start_service(runner=False)
    jobs = [(await service.jobs.submit(request())).job.id for _ in range(7)]
    monkeypatch.setattr("app.jobs.listing.JOBS_AT_ONCE", 3)
    for limit in range(1, 9):
        read = await pages(service, limit)
        assert all(len(page) == limit for page in read[:-1])
        assert [job for page in read for job in page] == jobs[::-1]


async def test_a_page_ends_where_its_jobs_tell_too_much(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await start_service(runner=False)
    jobs = [(await service.jobs.submit(request())).job.id for _ in range(5)]
    warning = {"path": "p", "message": "m" * 1000, "hint": None, "line": None}
    async with service.context.state_writer.database.write() as session:
        long = update(JobRow).where(JobRow.id.in_(jobs[1:4])).values(warnings=[warning])
        await session.execute(long)
    monkeypatch.setattr("app.jobs.listing.PAGE_BYTES", 1500)
    monkeypatch.setattr("app.jobs.listing.BYTES_AT_ONCE", 100)
    read = await pages(service, 50)
    assert read == [[jobs[4], jobs[3]], [jobs[2]], [jobs[1], jobs[0]]]


async def test_a_tenant_has_some_of_the_turns_and_others_the_rest() -> None:
    turns = ListTurns()
    held: list[str] = []

    async def hold(tenant: str) -> None:
        async with turns.turn(tenant):
            held.append(tenant)
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(hold("a")) for _ in range(LISTS_OF_TENANT + WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        async with turns.turn("a"):
            pass
    tasks += [asyncio.create_task(hold(tenant)) for tenant in "bbb"]
    for _ in range(3):
        await asyncio.sleep(0)
    assert sorted(held) == ["a", "a", "b", "b"]
    assert len(held) == LISTS
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5), turns.turn("c"):
        pass
