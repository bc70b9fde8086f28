"""Slots of deliveries: who delivers into a tarpit takes nothing from anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from app.jobs.models import Job
from app.jobs.queue.lease import JobLease
from app.jobs.queue.slots import IN_HAND, DeliverySlots
from app.service.service import Service
from app.sinks.base import TransientSinkError
from app.sinks.failing import FailingSink
from app.store.job_status import JobStatus
from app.store.tables.job_tables import JobRow
from tests.components.hostile_servers import hostile_server
from tests.services import StartService, request

pytestmark = pytest.mark.anyio

LOCAL = {"kind": "local", "folder": "out"}


def _tarpit(port: int) -> dict[str, Any]:
    place = {"kind": "sql", "dialect": "mysql", "host": "127.0.0.1", "port": port, "database": "d"}
    return {**place, "credentials": {"user": "u", "password": "w0rd-x"}}


async def _submit(service: Service, tenant: str, *sinks: dict[str, Any]) -> str:
    asked = request(sinks=sinks, formats=("parquet",))
    return (await service.of(tenant).jobs.submit(asked)).job.id


async def _until(service: Service, tenant: str, job_id: str, fits: Callable[[Job], bool]) -> Job:
    jobs = service.of(tenant).jobs
    async with asyncio.timeout(120):
        async for _event in jobs.events(job_id):
            if fits(job := await jobs.get(job_id)):
                return job
    raise AssertionError("the job ended")


def _delivers(job: Job) -> bool:
    return job.status is JobStatus.DELIVERING and job.deliveries[0].status == "delivering"


async def test_a_tenant_whose_servers_are_tarpits_keeps_nobody_waiting(
    start_service: StartService, tmp_path: Any
) -> None:
    service = await start_service(
        local_sink_root=tmp_path / "sink",
        outbound_allow="127.0.0.1",
        max_concurrent_jobs=1,
        small_job_slots=0,
        max_concurrent_deliveries=2,
    )
    with hostile_server("tarpit") as port:
        stuck = [await _submit(service, "acme", _tarpit(port)) for _ in range(6)]
        await _until(service, "acme", stuck[0], _delivers)
        others = [await _submit(service, "other", LOCAL) for _ in range(3)]
        for job_id in others:
            ended = await service.of("other").jobs.wait(job_id, 120)
            assert ended.status is JobStatus.SUCCEEDED
        own = service.of("acme").jobs
        for job_id in stuck:
            job = await _until(service, "acme", job_id, lambda job: job.result is not None)
            assert job.status is JobStatus.DELIVERING
        for job_id in stuck:
            await own.cancel(job_id)
            assert (await own.wait(job_id, 30)).status is JobStatus.CANCELLED


async def test_jobs_that_wait_for_their_delivery_are_nobodys_and_outlive_a_restart(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = IN_HAND // 2 + 1
    _let_all_be_made_at_once(jobs, monkeypatch)
    settings = {"outbound_allow": "127.0.0.1", "max_concurrent_deliveries": 1}
    service = await start_service(max_concurrent_jobs=jobs, **settings)
    with hostile_server("tarpit") as port:
        stuck = [await _submit(service, "acme", _tarpit(port)) for _ in range(jobs)]
        for job_id in stuck:
            await _until(service, "acme", job_id, lambda job: job.result is not None)
        rows = await _rows(service)
        (waiting,) = [row for row in rows if row.lease_owner is None]
        assert {row.status for row in rows} == {"delivering"}
        await service.stop()
        again = await start_service(**settings)
        for job_id in set(stuck) - {waiting.id}:
            await again.of("acme").jobs.cancel(job_id)
        job = await _until(again, "acme", waiting.id, _delivers)
        assert [stage.stage for stage in job.timeline].count("generate") == 1


def _let_all_be_made_at_once(jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No job is written as delivering before each of them is about to be."""
    all_made, move = asyncio.Barrier(jobs), JobLease.move

    async def together(
        lease: JobLease, status: JobStatus, values: Any = None, *others: Any
    ) -> None:
        if values and "result" in values and status is JobStatus.DELIVERING:
            await all_made.wait()
        await move(lease, status, values, *others)

    monkeypatch.setattr(JobLease, "move", together)


async def _rows(service: Service) -> Sequence[JobRow]:
    async with service.context.state_writer.database.read() as session:
        return (await session.scalars(select(JobRow))).all()


async def test_a_delivery_between_two_attempts_holds_no_slot(start_service: StartService) -> None:
    fax = FailingSink([TransientSinkError("busy", retry_after=3000)])
    service = await start_service(
        sinks={"fax": fax, "post": FailingSink()}, max_concurrent_deliveries=1
    )
    waits = await _submit(service, "acme", {"kind": "fax"})
    await _until(service, "acme", waits, _delivers)
    arrives = await _submit(service, "acme", {"kind": "post"})
    ended = await service.of("acme").jobs.wait(arrives, 120)
    assert ended.status is JobStatus.SUCCEEDED
    assert (await service.of("acme").jobs.get(waits)).status is JobStatus.DELIVERING


def test_half_of_what_is_in_hand_is_for_others() -> None:
    slots = DeliverySlots(2)
    assert slots.without_room([]) == []
    assert slots.without_room(["acme"] * 4 + ["other"] * 3) == ["acme"]
    assert slots.without_room(["acme"] * 4 + ["other"] * 4) is None


async def test_a_tenant_takes_half_of_the_slots() -> None:
    slots, held = DeliverySlots(4), asyncio.Event()
    inside: list[str] = []

    async def hold(tenant: str) -> None:
        async with slots.of(tenant):
            inside.append(tenant)
            await held.wait()

    tasks = [asyncio.create_task(hold(name)) for name in ["acme"] * 5 + ["other"] * 5]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sorted(inside) == ["acme", "acme", "other", "other"]
    held.set()
    await asyncio.gather(*tasks)
    assert len(inside) == 10
