"""What is told stands in the transaction of what happened: both are there, or neither."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.store.job_status import JobStatus
from app.store.repositories.jobs import JobRepository, QueueRepository
from app.store.tables.job_tables import JobRow
from app.store.tables.webhook_tables import WebhookMessageRow
from app.webhooks.outbox import write_messages
from tests.webhooks.conftest import Room

pytestmark = pytest.mark.anyio

URL = "https://hooks.example/a"
DELIVERED = {"kind": "s3", "status": "delivered", "error": None, "target": {}}
PENDING = {**DELIVERED, "status": "pending"}


async def told(room: Room) -> list[str]:
    async with room.state_writer.database.read() as session:
        query = select(WebhookMessageRow.event).order_by(WebhookMessageRow.created_at)
        return list(await session.scalars(query))


async def test_a_job_tells_its_start_its_deliveries_and_its_end(room: Room) -> None:
    job_id = await room.job(URL)
    await room.move(job_id, JobStatus.RUNNING, JobStatus.DELIVERING, deliveries=[PENDING, PENDING])
    await room.state_writer.progress(job_id, {"deliveries": [DELIVERED, PENDING]}, fencing_token=0)
    assert await told(room) == ["job.started"]
    await room.state_writer.progress(
        job_id, {"deliveries": [DELIVERED, DELIVERED]}, fencing_token=0
    )
    await room.move(job_id, JobStatus.SUCCEEDED)
    assert await told(room) == ["job.started", "job.delivered", "job.succeeded"]


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELLED])
async def test_every_other_end_is_told(room: Room, status: JobStatus) -> None:
    await room.move(await room.job(URL), JobStatus.RUNNING, status)
    assert await told(room) == ["job.started", f"job.{status}"]


async def test_a_queued_job_that_is_cancelled_tells_it(room: Room) -> None:
    await room.ended_job(URL)
    assert await told(room) == ["job.cancelled"]


async def test_only_events_that_were_asked_for_are_told(room: Room) -> None:
    job_id = await room.job(URL, events=["job.failed"])
    await room.move(job_id, JobStatus.RUNNING, JobStatus.SUCCEEDED)
    assert await told(room) == []


async def test_without_a_list_every_end_is_told(room: Room) -> None:
    await room.move(await room.job(URL, events=None), JobStatus.RUNNING, JobStatus.FAILED)
    assert await told(room) == ["job.failed"]


async def test_a_job_that_is_taken_up_again_started_once(room: Room) -> None:
    job_id = await room.job(URL)
    await room.move(job_id, JobStatus.RUNNING, JobStatus.QUEUED, JobStatus.RUNNING)
    assert await told(room) == ["job.started"]


async def test_a_job_without_a_webhook_tells_nothing(room: Room) -> None:
    job_id = await room.job(URL)
    async with room.state_writer.database.write() as session:
        await room.subscriptions.subscribe(session, JobRow(id="x", tenant="default"), None)
        assert not await write_messages(session, JobRow(id="x", status="failed", deliveries=[]))
    assert await told(room) == []
    assert job_id


async def test_a_change_that_is_not_written_is_not_told(room: Room) -> None:
    job_id = await room.job(URL)
    assert not await room.state_writer.move(job_id, JobStatus.RUNNING, {}, fencing_token=99)
    assert not await room.state_writer.move(job_id, JobStatus.SUCCEEDED, {}, fencing_token=0)
    assert await told(room) == []


async def test_a_transaction_that_fails_leaves_neither_state_nor_message(room: Room) -> None:
    job_id = await room.job(URL)

    async def fail() -> None:
        async with room.state_writer.database.write() as session:
            values: dict[str, Any] = {"status": "failed"}
            moment = room.clock()
            row = await QueueRepository(session).change(job_id, values, now=moment)
            assert row is not None
            assert await write_messages(session, row)
            raise KeyError("the process dies here")

    with pytest.raises(KeyError):
        await fail()
    async with room.state_writer.database.read() as session:
        row = await JobRepository(session).find(job_id)
    assert row is not None
    assert (row.status, await told(room)) == ("queued", [])


async def test_the_sender_is_woken_where_something_was_written(room: Room) -> None:
    told_id, silent_id = await room.job(URL), await room.job(URL, events=["job.failed"])
    with room.state_writer.notifications.watch("outbox") as watch:
        await room.state_writer.cancel(silent_id)
        assert not await watch.wait(0.01)
        await room.state_writer.cancel(told_id)
        assert await watch.wait(5)
