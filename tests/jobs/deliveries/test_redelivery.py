"""A delivery that failed is tried again alone; the data is not made again."""

from __future__ import annotations

import pytest

from app.jobs.errors import DeliveryNotFound
from app.jobs.models import Job
from app.service.service import Service
from app.sinks.base import TerminalSinkError
from app.sinks.failing import FailingSink
from app.store.clock import now
from app.store.errors import InvalidTransition
from app.store.job_status import JobStatus
from app.store.repositories.retention import RetentionRepository
from app.store.repositories.usage import UsageRepository
from app.store.tables.base import DEFAULT_TENANT
from tests.services import StartService, request

pytestmark = pytest.mark.anyio


async def _failed(service: Service) -> Job:
    sinks = ({"kind": "fax"}, {"kind": "post"})
    job = (await service.jobs.submit(request(sinks=sinks))).job
    return await service.jobs.wait(job.id, 120)


async def test_a_failed_delivery_is_tried_again_alone(start_service: StartService) -> None:
    fax, post = FailingSink([TerminalSinkError("no paper")]), FailingSink()
    service = await start_service(sinks={"fax": fax, "post": post})
    failed = await _failed(service)
    assert failed.status is JobStatus.FAILED
    again = await service.jobs.redeliver(failed.id, 0)
    assert (again.status, again.error, again.finished_at) == (JobStatus.DELIVERING, None, None)
    ended = await service.jobs.wait(failed.id, 120)
    assert ended.status is JobStatus.SUCCEEDED
    assert ended.result == failed.result
    assert [delivery.status for delivery in ended.deliveries] == ["delivered", "delivered"]
    assert len(post.delivered) == 1
    generated = [stage.started_at for stage in failed.timeline if stage.stage == "generate"]
    assert [s.started_at for s in ended.timeline if s.stage == "generate"] == generated


async def test_a_delivery_may_fail_again(start_service: StartService) -> None:
    fax = FailingSink([TerminalSinkError("no paper"), TerminalSinkError("no ink")])
    service = await start_service(sinks={"fax": fax, "post": FailingSink()})
    failed = await _failed(service)
    await service.jobs.redeliver(failed.id, 0)
    ended = await service.jobs.wait(failed.id, 120)
    assert ended.status is JobStatus.FAILED
    assert ended.error is not None
    assert "no ink" in ended.error.detail
    assert ended.result == failed.result


@pytest.fixture
async def waiting(start_service: StartService) -> tuple[Service, Job]:
    """A job that failed to deliver, over a service without a runner."""
    sinks = {"fax": FailingSink([TerminalSinkError("no paper")]), "post": FailingSink()}
    runner = await start_service(sinks=sinks)
    failed = await _failed(runner)
    assert runner.runner is not None
    await runner.runner.idle()
    await runner.runner.stop()
    return await start_service(sinks=sinks, runner=False), failed


async def test_a_cancelled_redelivery_takes_up_no_room(waiting: tuple[Service, Job]) -> None:
    service, job = waiting
    await service.jobs.redeliver(job.id, 0)
    assert (await service.jobs.cancel(job.id)).result is None
    assert not list(service.context.files.folder(job.id).path.glob("data/*"))
    async with service.context.state_writer.database.read() as session:
        usage = await UsageRepository(session, DEFAULT_TENANT).read(now().date())
    assert usage.stored_bytes == 0


async def test_files_that_are_about_to_go_are_not_delivered(waiting: tuple[Service, Job]) -> None:
    service, job = waiting
    async with service.context.state_writer.database.write() as session:
        assert await RetentionRepository(session).condemn(job.id)
    assert not await service.context.state_writer.redeliver(job.id, lambda row: row.deliveries)
    with pytest.raises(InvalidTransition, match="nothing to repeat"):
        await service.jobs.redeliver(job.id, 0)


async def test_files_that_are_being_delivered_stay(waiting: tuple[Service, Job]) -> None:
    service, job = waiting
    await service.jobs.redeliver(job.id, 0)
    async with service.context.state_writer.database.write() as session:
        assert not await RetentionRepository(session).condemn(job.id)
    assert (await service.jobs.get(job.id)).result == job.result


async def test_what_cannot_be_repeated(start_service: StartService) -> None:
    service = await start_service(
        sinks={"fax": FailingSink([TerminalSinkError("no paper")]), "post": FailingSink()}
    )
    failed = await _failed(service)
    with pytest.raises(DeliveryNotFound, match="no delivery 2"):
        await service.jobs.redeliver(failed.id, 2)
    with pytest.raises(InvalidTransition, match="nothing to repeat"):
        await service.jobs.redeliver(failed.id, 1)
    await service.jobs.redeliver(failed.id, 0)
    await service.jobs.wait(failed.id, 120)
    with pytest.raises(InvalidTransition):
        await service.jobs.redeliver(failed.id, 0)
