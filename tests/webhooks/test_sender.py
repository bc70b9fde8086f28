"""Messages arrive, however often that takes, and whoever sends them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from app.sinks.egress import EgressPolicy
from app.store.database import DatabaseUnavailable
from app.store.encryption.secrets import SecretBox
from app.store.repositories.jobs import JobRepository
from app.store.repositories.webhooks import MessageRepository
from app.store.tables.webhook_tables import WebhookMessageRow
from app.webhooks.models import Message
from app.webhooks.sender import AT_ONE_ENDPOINT, OF_ONE_TENANT, TAKEN_AT_ONCE, spread
from tests.webhooks.conftest import SECRET, Room, send
from tests.webhooks.receiver import Receiver, receiving

pytestmark = pytest.mark.anyio


async def only(room: Room, job_id: str) -> Message:
    (message,) = await room.webhooks().messages(job_id)
    return message


def answers(message: Message) -> list[int | None]:
    return [attempt.answer for attempt in message.attempts]


async def test_a_message_arrives_signed_as_a_library_verifies_it(
    room: Room, receiver: Receiver
) -> None:
    job_id = await room.ended_job(receiver.url, secret=SECRET)
    await send(room.sender())
    (received,) = receiver.received
    body = Webhook(SECRET).verify(received.body, received.headers)
    assert (body["type"], body["data"]["id"]) == ("job.cancelled", job_id)
    assert received.headers["content-type"] == "application/json"
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"
    message = await only(room, job_id)
    assert (message.id, message.status, answers(message)) == (received.id, "delivered", [204])
    assert message.next_attempt_at is None


async def test_a_message_is_sent_again_with_the_same_id_and_a_new_signature(
    room: Room, receiver: Receiver
) -> None:
    receiver.answers = [(500, {}), (301, {"location": receiver.url}), (200, {})]
    job_id, sender = await room.ended_job(receiver.url, secret=SECRET), room.sender(10, 100)
    await send(sender)
    message = await only(room, job_id)
    assert message.status == "pending"
    assert wait_of(room, message) == 10
    for seconds in (10, 100):
        room.clock.skip(seconds - 1)
        assert await sender.send_due() == 1
        room.clock.skip(1)
        await send(sender)
    message = await only(room, job_id)
    assert (message.status, answers(message)) == ("delivered", [500, 301, 200])
    assert {received.id for received in receiver.received} == {message.id}
    assert len({received.headers["webhook-timestamp"] for received in receiver.received}) == 3
    assert len({received.body for received in receiver.received}) == 1
    error = message.attempts[1].error
    assert error == "the receiver answered 301 and redirects are not followed"


def wait_of(room: Room, message: Message) -> float:
    """Seconds until the next attempt."""
    assert message.next_attempt_at is not None
    return (message.next_attempt_at - room.clock()).total_seconds()


async def test_a_message_is_given_up_after_the_last_retry(room: Room, receiver: Receiver) -> None:
    receiver.answers = [(500, {})] * 9
    job_id, sender = await room.ended_job(receiver.url), room.sender(10, 100)
    for _ in range(5):
        await send(sender)
        room.clock.skip(1000)
    message = await only(room, job_id)
    assert (message.status, answers(message)) == ("failed", [500, 500, 500])


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("50", 50), ("5", 10), ("nonsense", 10), ("-1", 10), ("9" * 50, 86400), ("", 10)],
)
async def test_a_receiver_may_ask_for_more_time(
    room: Room, receiver: Receiver, header: str, seconds: float
) -> None:
    receiver.answers = [(429, {"retry-after": header})]
    job_id = await room.ended_job(receiver.url)
    await send(room.sender(10))
    assert wait_of(room, await only(room, job_id)) == seconds


async def test_a_receiver_may_name_the_moment(room: Room, receiver: Receiver) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=500)
    receiver.answers = [(503, {"retry-after": format_datetime(moment, usegmt=True)})]
    job_id = await room.ended_job(receiver.url)
    await send(room.sender(10))
    # The header has whole seconds, and some pass while the test runs.
    assert 450 < wait_of(room, await only(room, job_id)) <= 500


async def test_an_endpoint_that_is_gone_is_told_nothing_more(
    room: Room, receiver: Receiver
) -> None:
    receiver.answers = [(410, {})]
    first, sender = await room.ended_job(receiver.url), room.sender()
    await send(sender)
    message = await only(room, first)
    assert (message.status, answers(message)) == ("failed", [410])
    (endpoint,) = (await room.webhooks().list()).items
    assert endpoint.disabled_at is not None
    second = await room.ended_job(receiver.url)
    await send(sender)
    message = await only(room, second)
    assert (message.status, message.attempts[0].error) == (
        "failed",
        "not sent: the endpoint is disabled",
    )
    await room.webhooks().enable(endpoint.id, True)
    await room.webhooks().replay(second, message.id)
    await send(sender)
    assert (await only(room, second)).status == "delivered"
    assert len(receiver.received) == 2


async def test_both_secrets_sign_while_they_are_exchanged(room: Room, receiver: Receiver) -> None:
    _, old = await room.webhooks().create(receiver.url)
    (endpoint,) = (await room.webhooks().list()).items
    _, new = await room.webhooks().rotate(endpoint.id, None, timedelta(hours=1))
    assert old is not None
    assert new is not None
    sender = room.sender()
    await room.ended_job(receiver.url)
    await send(sender)
    for secret in (old, new):
        Webhook(secret).verify(receiver.received[0].body, receiver.received[0].headers)
    room.clock.skip(3601)
    await room.ended_job(receiver.url)
    await send(sender)
    signatures = receiver.received[1].headers["webhook-signature"].split(" ")
    assert len(signatures) == 1


async def test_a_retry_is_signed_with_the_secrets_in_force_by_then(
    room: Room, receiver: Receiver
) -> None:
    receiver.answers = [(500, {})]
    endpoint, _ = await room.webhooks().create(receiver.url, SECRET)
    await room.ended_job(receiver.url)
    sender = room.sender(10)
    await send(sender)
    _, new = await room.webhooks().rotate(endpoint.id, None, timedelta())
    room.clock.skip(10)
    await send(sender)
    assert new is not None
    late = receiver.received[1]
    Webhook(new).verify(late.body, late.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(late.body, late.headers)


async def test_a_sender_that_died_is_taken_over(room: Room, receiver: Receiver) -> None:
    """It has sent and died before it could say so: another one sends again after its time."""
    job_id, dying, other = await room.ended_job(receiver.url), room.sender(), room.sender()
    (row,) = await take(room)
    await dying._attempt(row)
    assert await other.send_due() > 0
    assert len(receiver.received) == 1
    room.clock.skip(20)
    await send(other)
    message = await only(room, job_id)
    assert (message.status, answers(message)) == ("delivered", [None, 204])
    assert message.attempts[0].finished_at is None
    assert [received.id for received in receiver.received] == [message.id] * 2


async def test_a_sender_that_comes_back_late_changes_nothing(
    room: Room, receiver: Receiver
) -> None:
    receiver.answers = [(204, {}), (500, {})]
    job_id, slow, other = await room.ended_job(receiver.url), room.sender(10), room.sender(10)
    (row,) = await take(room)
    room.clock.skip(20)
    await send(other)
    await slow._start(row)
    message = await only(room, job_id)
    assert (message.status, answers(message)) == ("delivered", [500, 204])


async def take(room: Room) -> Sequence[WebhookMessageRow]:
    """What a sender does first; it is due again after 20 s."""
    moment = room.clock()
    until = moment + timedelta(seconds=20)
    async with room.state_writer.database.write() as session:
        return await MessageRepository(session).take(now=moment, until=until, limit=9, busy=())


async def test_several_senders_send_each_message_once(room: Room, receiver: Receiver) -> None:
    jobs = [await room.ended_job(receiver.url) for _ in range(30)]
    senders = [room.sender() for _ in range(3)]
    await asyncio.gather(*map(send, senders))
    assert len(receiver.received) == len({received.id for received in receiver.received}) == 30
    states = [(await only(room, job_id)).status for job_id in jobs]
    assert states == ["delivered"] * 30


async def test_a_slow_endpoint_does_not_hold_up_others(room: Room, receiver: Receiver) -> None:
    receiver.silent = True
    for _ in range(20):
        await room.ended_job(receiver.url)
    sender = room.sender(timeout=0.3)
    await sender.send_due()
    assert len(sender._sending) < AT_ONE_ENDPOINT + TAKEN_AT_ONCE
    await sender.settled()


async def test_a_receiver_that_does_not_answer_is_given_up_in_time(
    room: Room, receiver: Receiver
) -> None:
    receiver.silent = True
    job_id = await room.ended_job(receiver.url)
    await send(room.sender(timeout=0.1))
    assert (await only(room, job_id)).attempts[0].error == "no answer within 0.1 s"


async def test_an_answer_without_end_is_not_read(room: Room, receiver: Receiver) -> None:
    receiver.talkative = True
    job_id = await room.ended_job(receiver.url)
    await send(room.sender(timeout=30))
    assert (await only(room, job_id)).status == "delivered"


async def test_nobody_there_is_a_failure_like_others(room: Room) -> None:
    job_id = await room.ended_job("http://127.0.0.1:1/")
    await send(room.sender(10))
    message = await only(room, job_id)
    assert (message.status, answers(message)) == ("pending", [None])
    assert message.attempts[0].error == "no answer: ConnectError"


async def test_a_name_that_leads_inside_by_now_is_not_reached(
    room: Room, receiver: Receiver
) -> None:
    egress = EgressPolicy(resolver=lambda host, port: ["127.0.0.1"])
    subscriptions = type(room.subscriptions)(room.subscriptions.box, egress)
    inside = Room(room.state_writer, subscriptions, room.clock)
    job_id = await inside.ended_job(f"http://hooks.example:{receiver.port}/")
    await send(inside.sender(10))
    error = (await only(room, job_id)).attempts[0].error
    assert error is not None
    assert "TABLESMITH_OUTBOUND_ALLOW" in error
    assert receiver.received == []


async def test_a_secret_that_no_key_opens_is_tried_again(room: Room, receiver: Receiver) -> None:
    job_id = await room.ended_job(receiver.url, secret=SECRET)
    stranger = SecretBox(lambda: ["C" * 43 + "="])
    subscriptions = type(room.subscriptions)(stranger, room.subscriptions.egress)
    other = Room(room.state_writer, subscriptions, room.clock)
    await send(other.sender(10))
    message = await only(room, job_id)
    assert (message.status, answers(message), receiver.received) == ("pending", [None], [])
    room.clock.skip(10)
    await send(room.sender())
    assert (await only(room, job_id)).status == "delivered"


async def test_what_waits_for_a_removed_endpoint_is_not_sent(
    room: Room, receiver: Receiver
) -> None:
    job_id = await room.ended_job(receiver.url)
    (endpoint,) = (await room.webhooks().list()).items
    await room.webhooks().delete(endpoint.id)
    await send(room.sender())
    message = await only(room, job_id)
    assert (message.status, receiver.received) == ("failed", [])
    assert message.attempts[0].error == "not sent: the endpoint was removed"


async def test_a_running_sender_sends_what_comes_and_stops_in_good_order(
    room: Room, receiver: Receiver
) -> None:
    sender = room.sender()
    sender.start()
    job_id = await room.ended_job(receiver.url)
    await asyncio.wait_for(receiver.came.wait(), 60)
    await sender.settled()
    await sender.stop()
    assert (await only(room, job_id)).status == "delivered"


async def test_what_is_on_its_way_when_the_service_stops_is_put_in_line_again(
    room: Room, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.webhooks.sender.STOP_SECONDS", 0.01)
    receiver.silent = True
    sender = room.sender(10, timeout=120)
    sender.start()
    job_id = await room.ended_job(receiver.url)
    await asyncio.wait_for(receiver.came.wait(), 60)
    await sender.stop()
    message = await only(room, job_id)
    assert (message.status, message.attempts[0].error) == ("pending", "the service stopped")
    receiver.silent = False
    await send(room.sender(10))
    assert answers(await only(room, job_id)) == [None, 204]


async def test_a_deleted_job_is_told_of_and_then_forgotten(room: Room, receiver: Receiver) -> None:
    job_id = await room.ended_job(receiver.url)
    async with room.state_writer.database.write() as session:
        assert await JobRepository(session).delete(job_id)
    await send(room.sender())
    assert json.loads(receiver.received[0].body)["data"]["id"] == job_id
    await room.sender().send_due()
    async with room.state_writer.database.read() as session:
        assert (await session.scalars(select(WebhookMessageRow))).all() == []


def test_retries_are_spread_by_a_fifth() -> None:
    waits = [spread(100) for _ in range(1000)]
    assert 80 <= min(waits) < 85 < 115 < max(waits) <= 120


async def test_an_outcome_is_written_once_the_database_is_back(
    room: Room, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.webhooks.sender._PAUSES", (0.0, 0.0))
    job_id, sender = await room.ended_job(receiver.url), room.sender()
    settle, away = sender._settle, [DatabaseUnavailable(), DatabaseUnavailable()]

    async def fail_at_first(*arguments: Any) -> None:
        if away:
            raise away.pop()
        await settle(*arguments)

    monkeypatch.setattr(sender, "_settle", fail_at_first)
    await send(sender)
    assert ((await only(room, job_id)).status, len(receiver.received)) == ("delivered", 1)


async def test_attempts_are_counted(room: Room, receiver: Receiver) -> None:
    counted: list[bool] = []
    receiver.answers = [(500, {})]
    await room.ended_job(receiver.url)
    sender = room.sender(0, count=counted.append)
    await send(sender)
    await send(sender)
    assert counted == [False, True]


async def test_a_tenant_whose_endpoints_are_slow_does_not_hold_up_another(
    room: Room, receiver: Receiver
) -> None:
    """However many endpoints it has, and although its messages were due first."""
    receiver.silent = True
    for number in range(60):
        await room.ended_job(f"{receiver.url}?n={number}", tenant="slow")
    sender = room.sender(timeout=30)
    await sender.send_due()
    assert len(sender._sending) < OF_ONE_TENANT + TAKEN_AT_ONCE
    async with receiving() as other:
        await room.ended_job(other.url, tenant="quick")
        await sender.send_due()
        async with asyncio.timeout(20):
            await other.came.wait()
        await sender.stop()
    assert len(other.received) == 1
