"""A delivery that failed is tried again alone; the data is not made again."""

from __future__ import annotations

import pytest

from app.jobs.errors import DeliveryNotFound, InvalidTransition
from app.jobs.models import Job, JobStatus
from app.jobs.service import Service
from app.sinks.base import TerminalSinkError
from app.sinks.failing import FailingSink
from tests.jobs.conftest import StartService, request

pytestmark = pytest.mark.anyio


async def _failed(service: Service) -> Job:
    sinks = ({"kind": "fax"}, {"kind": "post"})
    job = (await service.jobs.submit(request(sinks=sinks))).job
    return await service.jobs.wait(job.id, 60)


async def test_a_failed_delivery_is_tried_again_alone(start_service: StartService) -> None:
    fax, post = FailingSink([TerminalSinkError("no paper")]), FailingSink()
    service = await start_service(sinks={"fax": fax, "post": post})
    failed = await _failed(service)
    assert failed.status is JobStatus.FAILED
    again = await service.jobs.redeliver(failed.id, 0)
    assert (again.status, again.error, again.finished_at) == (JobStatus.DELIVERING, None, None)
    ended = await service.jobs.wait(failed.id, 60)
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
    ended = await service.jobs.wait(failed.id, 60)
    assert ended.status is JobStatus.FAILED
    assert ended.error is not None
    assert "no ink" in ended.error.detail
    assert ended.result == failed.result


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
    await service.jobs.wait(failed.id, 60)
    with pytest.raises(InvalidTransition):
        await service.jobs.redeliver(failed.id, 0)
