"""Webhooks of a whole service: from a job's request to what arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks import Webhook

from app.engine.errors import DefinitionError
from app.jobs.errors import CredentialsGone
from app.service.service import Service
from app.settings import Settings
from tests.services import StartService, request
from tests.webhooks.conftest import ALL_EVENTS, SECRET
from tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.anyio

Make = Callable[..., Settings]


async def started(start_service: StartService, **changes: Any) -> Service:
    return await start_service(outbound_allow="127.0.0.1", **changes)


async def arrived(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    """The bodies of the first messages, whose signatures are right."""
    async with asyncio.timeout(30):
        while len(receiver.received) < count:
            receiver.came.clear()
            await receiver.came.wait()
    return [Webhook(SECRET).verify(each.body, each.headers) for each in receiver.received[:count]]


async def test_a_job_tells_its_start_and_its_end(
    start_service: StartService, receiver: Receiver
) -> None:
    service = await started(start_service)
    webhook = {"url": receiver.url, "events": ALL_EVENTS, "secret": SECRET}
    job = (await service.jobs.submit(request(webhook=webhook))).job
    told = {body["type"]: body["data"] for body in await arrived(receiver, 2)}
    assert set(told) == {"job.started", "job.succeeded"}
    assert told["job.succeeded"]["tables"] == [{"name": "people", "rows": 300}]
    assert {data["id"] for data in told.values()} == {job.id}


async def test_a_job_whose_secret_no_key_opens_is_not_run_again(
    start_service: StartService, receiver: Receiver
) -> None:
    service = await started(start_service, runner=False)
    webhook = {"url": receiver.url, "events": ["job.cancelled"], "secret": SECRET}
    first = (await service.jobs.submit(request(webhook=webhook))).job
    other = await started(start_service, runner=False, secret_keys="C" * 43 + "=")
    with pytest.raises(CredentialsGone, match=r"webhook\.secret"):
        await other.jobs.rerun(first.id)


async def test_a_job_that_is_run_again_is_told_of_in_the_same_way(
    start_service: StartService, receiver: Receiver
) -> None:
    service = await started(start_service, runner=False)
    webhook = {"url": receiver.url, "events": ["job.cancelled"], "secret": SECRET}
    first = (await service.jobs.submit(request(webhook=webhook))).job
    second = (await service.jobs.rerun(first.id)).job
    await service.jobs.cancel(second.id)
    (body,) = await arrived(receiver, 1)
    assert (body["type"], body["data"]["id"]) == ("job.cancelled", second.id)


async def test_a_message_that_another_process_wrote_is_sent(
    start_service: StartService, receiver: Receiver
) -> None:
    await started(start_service, runner=False)
    other = await started(start_service, runner=False)
    await other.sender.stop()
    webhook = {"url": receiver.url, "secret": SECRET}
    job = (await other.jobs.submit(request(webhook=webhook))).job
    await other.jobs.cancel(job.id)
    (body,) = await arrived(receiver, 1)
    assert body["data"]["id"] == job.id


async def test_what_a_crash_left_behind_is_sent_by_the_next_process(
    start_service: StartService, receiver: Receiver
) -> None:
    dying = await started(start_service, runner=False)
    await dying.sender.stop()
    webhook = {"url": receiver.url, "secret": SECRET}
    job = (await dying.jobs.submit(request(webhook=webhook))).job
    await dying.jobs.cancel(job.id)
    await started(start_service, runner=False)
    (body,) = await arrived(receiver, 1)
    assert body["data"]["id"] == job.id


async def test_faults_of_a_webhook_are_told_with_those_of_the_document(
    start_service: StartService,
) -> None:
    service = await started(start_service, runner=False)
    webhook = {"url": "http://192.168.0.1/", "events": ["job.done"], "secret": "secret"}
    document = {"n_samples": -1, "features": {}}
    with pytest.raises(DefinitionError) as refused:
        await service.jobs.submit(request(document=document, webhook=webhook))
    paths = [fault.path for fault in refused.value.faults]
    assert paths[:3] == ["webhook.url", "webhook.events[0]", "webhook.secret"]
    assert "n_samples" in paths


async def test_the_secret_of_a_request_lies_nowhere_in_clear(
    start_service: StartService, make_settings: Make
) -> None:
    service = await started(start_service, runner=False)
    webhook = {"url": "https://hooks.example/a", "secret": SECRET}
    job = (await service.jobs.submit(request(webhook=webhook))).job
    assert SECRET not in repr(job)
    folder = make_settings().data_dir
    pages = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert any(b"hooks.example" in page for page in pages)
    assert not any(SECRET.removeprefix("whsec_").encode() in page for page in pages)


async def test_endpoints_are_those_of_a_tenant(start_service: StartService) -> None:
    service = await started(start_service, runner=False)
    webhook = {"url": "https://hooks.example/a"}
    job = (await service.of("acme").jobs.submit(request(webhook=webhook))).job
    assert [each.url for each in (await service.of("acme").webhooks.list()).items] == [
        "https://hooks.example/a"
    ]
    assert (await service.of("other").webhooks.list()).items == ()
    assert await service.of("acme").webhooks.messages(job.id) == ()
