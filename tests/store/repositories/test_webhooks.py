"""Messages in the hands of several senders, on every database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.store.database import Database
from app.store.repositories.webhooks import DELIVERED, EndpointRepository, MessageRepository
from app.store.tables.webhook_tables import WebhookAttemptRow, WebhookEndpointRow, WebhookMessageRow

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)


def endpoint(number: int, **changes: str) -> WebhookEndpointRow:
    values = {"id": f"we_{number}", "url": f"https://hooks.example/{number}", "secrets": "sealed"}
    return WebhookEndpointRow(**{**values, **changes}, created_at=NOW)


def message(number: int, at: int | None = 1, due_at: datetime = NOW) -> WebhookMessageRow:
    return WebhookMessageRow(
        id=f"msg_{number:04}",
        job_id="1" * 32,
        endpoint_id=None if at is None else f"we_{at}",
        url="https://hooks.example/",
        event="job.failed",
        body="{}",
        status="pending",
        attempts=0,
        retries=0,
        fencing_token=0,
        due_at=due_at,
        created_at=NOW,
    )


async def add(database: Database, *rows: WebhookEndpointRow | WebhookMessageRow) -> None:
    async with database.write() as session:
        session.add_all(rows)


async def take(
    database: Database, now: datetime = NOW, limit: int = 4, busy: tuple[str, ...] = ()
) -> list[WebhookMessageRow]:
    async with database.write() as session:
        messages = MessageRepository(session)
        return list(await messages.take(now=now, until=LATER, limit=limit, busy=busy))


async def test_senders_at_once_take_every_message_once(database: Database) -> None:
    await add(database, endpoint(1), *(message(number) for number in range(200)))

    async def sender() -> list[str]:
        taken = []
        while rows := await take(database):
            taken += [row.id for row in rows]
        return taken

    taken = [each for one in await asyncio.gather(*(sender() for _ in range(4))) for each in one]
    assert (len(taken), len(set(taken))) == (200, 200)
    async with database.read() as session:
        attempts = select(func.count()).select_from(WebhookAttemptRow)
        assert await session.scalar(attempts) == 200


async def test_a_message_is_taken_again_only_after_its_time(database: Database) -> None:
    await add(database, endpoint(1), message(1))
    (first,) = await take(database)
    assert (first.fencing_token, first.attempts) == (1, 1)
    assert await take(database, LATER - timedelta(seconds=1)) == []
    (second,) = await take(database, LATER)
    assert (second.fencing_token, second.attempts) == (2, 2)


async def test_only_the_present_holder_writes(database: Database) -> None:
    await add(database, endpoint(1), message(1))
    (first,) = await take(database)
    (second,) = await take(database, LATER)
    async with database.write() as session:
        messages = MessageRepository(session)
        values = {"status": DELIVERED, "ended_at": LATER}
        assert not await messages.change(first.id, values, fencing_token=first.fencing_token)
        assert await messages.change(first.id, values, fencing_token=second.fencing_token)
        assert not await messages.change(
            first.id, {"status": "failed"}, fencing_token=second.fencing_token
        )


async def test_what_is_due_first_is_taken_first(database: Database) -> None:
    due = [NOW - timedelta(seconds=seconds) for seconds in (1, 3, 2, -1)]
    rows = [message(number, due_at=moment) for number, moment in enumerate(due)]
    await add(database, endpoint(1), *rows)
    async with database.read() as session:
        assert await MessageRepository(session).next_due() == due[1]
    taken = [await take(database, limit=1) for _ in range(4)]
    assert [row.id for rows in taken for row in rows] == ["msg_0001", "msg_0002", "msg_0000"]


async def test_busy_endpoints_wait(database: Database) -> None:
    await add(database, endpoint(1), endpoint(2))
    await add(database, message(1, 1), message(2, 2), message(3, None))
    taken = await take(database, busy=("we_1",))
    assert {row.id for row in taken} == {"msg_0002", "msg_0003"}


async def test_a_removed_endpoint_leaves_its_messages_without_one(database: Database) -> None:
    await add(database, endpoint(1), message(1))
    async with database.write() as session:
        assert await EndpointRepository(session, "default").delete("we_1")
    (row,) = await take(database)
    assert row.endpoint_id is None


async def test_an_address_is_there_once_for_each_tenant(database: Database) -> None:
    await add(database, endpoint(1, url="u"), endpoint(2, url="u", tenant="other"))
    with pytest.raises(IntegrityError):
        await add(database, endpoint(3, url="u"))


async def test_messages_of_jobs_that_are_gone_are_cleared_away_once_they_ended(
    database: Database,
) -> None:
    await add(database, endpoint(1), message(1), message(2))
    (row,) = await take(database, limit=1)
    async with database.write() as session:
        messages = MessageRepository(session)
        await messages.change(row.id, {"status": DELIVERED}, fencing_token=row.fencing_token)
        assert await messages.clear_away() == 1
        assert await messages.clear_away() == 0
    async with database.read() as session:
        assert len((await session.scalars(select(WebhookMessageRow))).all()) == 1
        assert (await session.scalars(select(WebhookAttemptRow))).all() == []
