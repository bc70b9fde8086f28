"""What a tenant can do with its endpoints and with what its jobs have told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.sinks.egress import EgressPolicy
from app.store.encryption.secrets import SecretBox
from app.store.errors import InvalidCursor, InvalidTransition, JobNotFound
from app.store.tables.webhook_tables import WebhookEndpointRow
from app.webhooks.errors import (
    EndpointExists,
    EndpointNotFound,
    InvalidWebhook,
    MessageNotFound,
)
from app.webhooks.requests import webhook_faults
from tests.webhooks.conftest import SECRET, Room, send
from tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.anyio

URL = "https://hooks.example/a"


async def test_a_secret_that_is_made_is_told_once_and_one_that_is_given_never(room: Room) -> None:
    webhooks = room.webhooks()
    first, made = await webhooks.create(URL)
    second, given = await webhooks.create("https://hooks.example/b", SECRET)
    assert made is not None
    assert made.startswith("whsec_")
    assert given is None
    assert await webhooks.get(first.id) == first
    assert first.url == URL
    assert {each.id for each in (await webhooks.list()).items} == {first.id, second.id}


async def test_secrets_lie_sealed(room: Room) -> None:
    await room.webhooks().create(URL, SECRET)
    await room.ended_job(URL, secret=SECRET)
    async with room.state_writer.database.read() as session:
        (row,) = await session.scalars(select(WebhookEndpointRow))
    assert SECRET.removeprefix("whsec_") not in row.secrets
    stored = room.state_writer.database.engine.url.database
    assert stored is not None
    pages = [file.read_bytes() for file in Path(stored).parent.iterdir()]
    assert any(URL.encode() in page for page in pages)
    assert not any(SECRET.removeprefix("whsec_").encode() in page for page in pages)


async def test_an_address_has_one_endpoint(room: Room) -> None:
    await room.webhooks().create(URL)
    with pytest.raises(EndpointExists, match="rotate"):
        await room.webhooks().create("HTTPS://Hooks.Example/a")


async def test_a_job_makes_the_endpoint_that_it_names_once(room: Room) -> None:
    await room.job(URL)
    await room.job(URL)
    (endpoint,) = (await room.webhooks().list()).items
    assert endpoint.url == URL


async def test_endpoints_come_in_pages(room: Room) -> None:
    made = {(await room.webhooks().create(f"{URL}/{n}"))[0].id for n in range(5)}
    seen, cursor = [], None
    while True:
        page = await room.webhooks().list(limit=2, cursor=cursor)
        seen += [each.id for each in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert (set(seen), len(seen)) == (made, 5)
    with pytest.raises(InvalidCursor):
        await room.webhooks().list(cursor="x")


@pytest.mark.parametrize(
    ("url", "secret", "paths"),
    [
        ("http://10.0.0.1/", None, ["url"]),
        ("nonsense", "short", ["url", "secret"]),
        (URL, "whsec_*", ["secret"]),
    ],
)
async def test_what_cannot_be_used_is_told_without_the_secret(
    room: Room, url: str, secret: str | None, paths: list[str]
) -> None:
    with pytest.raises(InvalidWebhook) as refused:
        await room.webhooks().create(url, secret)
    assert [fault.path for fault in refused.value.faults] == paths
    assert secret is None or secret not in str(refused.value)


async def test_a_new_secret_ends_the_old_one_after_the_overlap(room: Room) -> None:
    endpoint, _ = await room.webhooks().create(URL)
    rotated, made = await room.webhooks().rotate(endpoint.id, None, timedelta(hours=1))
    assert made is not None
    assert rotated.old_secret_until is not None
    rotated, told = await room.webhooks().rotate(endpoint.id, SECRET, timedelta())
    assert (told, rotated.old_secret_until) == (None, None)
    with pytest.raises(InvalidWebhook):
        await room.webhooks().rotate(endpoint.id, "short", timedelta())


async def test_an_endpoint_whose_key_is_lost_is_given_another_secret(room: Room) -> None:
    endpoint, _ = await room.webhooks().create(URL)
    room.subscriptions = replace(room.subscriptions, box=SecretBox(lambda: ["C" * 43 + "="]))
    assert (await room.webhooks().list()).items[0].id == endpoint.id
    rotated, _ = await room.webhooks().rotate(endpoint.id, SECRET, timedelta(hours=1))
    assert rotated.old_secret_until is None
    assert (await room.webhooks().get(endpoint.id)) == rotated


async def test_an_endpoint_is_switched_off_and_on(room: Room) -> None:
    endpoint, _ = await room.webhooks().create(URL)
    assert (await room.webhooks().enable(endpoint.id, False)).disabled_at is not None
    assert (await room.webhooks().enable(endpoint.id, True)).disabled_at is None


async def test_what_belongs_to_another_tenant_is_not_there(room: Room, receiver: Receiver) -> None:
    endpoint, _ = await room.webhooks("theirs").create(receiver.url)
    job_id = await room.ended_job(receiver.url, tenant="theirs")
    await send(room.sender())
    (message,) = await room.webhooks("theirs").messages(job_id)
    own = room.webhooks()
    for call in (own.get(endpoint.id), own.delete(endpoint.id), own.enable(endpoint.id, False)):
        with pytest.raises(EndpointNotFound):
            await call
    with pytest.raises(EndpointNotFound):
        await own.rotate(endpoint.id, None, timedelta())
    with pytest.raises(JobNotFound):
        await own.messages(job_id)
    with pytest.raises(JobNotFound):
        await own.replay(job_id, message.id)
    assert (await own.list()).items == ()
    assert (await own.create(receiver.url))[0].id != endpoint.id


async def test_a_message_is_replayed_under_its_id(room: Room, receiver: Receiver) -> None:
    receiver.answers = [(500, {}), (500, {})]
    job_id, sender = await room.ended_job(receiver.url), room.sender(10)
    await send(sender)
    room.clock.skip(10)
    await send(sender)
    (failed,) = await room.webhooks().messages(job_id)
    assert failed.status == "failed"
    replayed = await room.webhooks().replay(job_id, failed.id)
    assert replayed.status == "pending"
    with pytest.raises(InvalidTransition, match="on its way"):
        await room.webhooks().replay(job_id, failed.id)
    await send(sender)
    (message,) = await room.webhooks().messages(job_id)
    assert (message.id, message.status) == (failed.id, "delivered")
    assert [attempt.number for attempt in message.attempts] == [1, 2, 3]
    await room.webhooks().replay(job_id, message.id)
    await send(sender)
    assert [received.id for received in receiver.received] == [failed.id] * 4


async def test_only_messages_of_the_job_are_replayed(room: Room, receiver: Receiver) -> None:
    first, second = await room.ended_job(receiver.url), await room.ended_job(receiver.url)
    await send(room.sender())
    (message,) = await room.webhooks().messages(first)
    with pytest.raises(MessageNotFound):
        await room.webhooks().replay(second, message.id)
    with pytest.raises(JobNotFound):
        await room.webhooks().messages("nope")


async def test_the_secret_of_a_request_can_be_had_for_running_it_again(room: Room) -> None:
    with_one, without = await room.job(URL, secret=SECRET), await room.job(URL)
    async with room.state_writer.database.read() as session:
        assert await room.subscriptions.secret_of(session, with_one) == SECRET
        assert await room.subscriptions.secret_of(session, without) is None
        assert await room.subscriptions.secret_of(session, "nope") is None


def test_faults_of_a_request_name_their_place() -> None:
    webhook = {
        "url": "http://localhost/",
        "events": ["job.done", "job.failed", "x"],
        "secret": "password",
    }
    faults = webhook_faults(webhook, EgressPolicy())
    paths = ["webhook.url", "webhook.events[0]", "webhook.events[2]", "webhook.secret"]
    assert [fault.path for fault in faults] == paths
    assert "password" not in str(faults)
    assert webhook_faults(None, EgressPolicy()) == []
    assert webhook_faults({"url": URL}, EgressPolicy()) == []
