"""Webhooks over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.api.conftest import Send
from tests.api.fakes import FakeService
from tests.webhooks.conftest import SECRET, Room, migrated, receiver, room
from tests.webhooks.conftest import send as send_messages
from tests.webhooks.receiver import Receiver

__all__ = ["migrated", "receiver", "room"]

pytestmark = pytest.mark.anyio

URL = "https://hooks.example/a"
ABSENT = "we_" + "0" * 32


@pytest.fixture(autouse=True)
def _webhooks(service: FakeService, room: Room) -> None:
    service.webhooks = room.webhooks()  # type: ignore[attr-defined]


async def test_an_endpoint_is_stored_with_a_secret_that_is_told_once(send: Send) -> None:
    made = await send("POST", "/v1/webhooks", json={"url": URL})
    body = made.json()
    assert (made.status_code, body["url"], body["enabled"]) == (201, URL, True)
    Webhook(body["secret"])
    assert made.headers["location"] == body["links"]["self"] == f"/v1/webhooks/{body['id']}"
    found = (await send("GET", body["links"]["self"])).json()
    assert found == {key: value for key, value in body.items() if key != "secret"}
    assert (await send("GET", "/v1/webhooks")).json() == {"items": [found], "next_cursor": None}


async def test_a_secret_of_ones_own_is_never_told(send: Send) -> None:
    made = await send("POST", "/v1/webhooks", json={"url": URL, "secret": SECRET})
    assert (made.status_code, made.json()["secret"]) == (201, None)
    path = made.headers["location"]
    rotated = await send("POST", f"{path}/rotate", json={"secret": SECRET, "overlap_seconds": 0})
    assert (rotated.status_code, rotated.json()["secret"]) == (200, None)
    assert SECRET not in made.text + rotated.text


async def test_a_secret_is_exchanged(send: Send) -> None:
    made = (await send("POST", "/v1/webhooks", json={"url": URL})).json()
    rotated = await send("POST", f"{made['links']['self']}/rotate")
    assert rotated.status_code == 200
    assert rotated.json()["secret"] not in (None, made["secret"])
    assert rotated.json()["old_secret_until"] is not None


async def test_an_endpoint_is_switched_off_and_removed(send: Send) -> None:
    path = (await send("POST", "/v1/webhooks", json={"url": URL})).headers["location"]
    changed = await send("PATCH", path, json={"enabled": False})
    assert (changed.status_code, changed.json()["enabled"]) == (200, False)
    assert (await send("DELETE", path)).status_code == 204
    assert (await send("GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "/v1/webhooks", {"url": "http://10.0.0.1/"}, 422, "invalid-webhook"),
        ("POST", "/v1/webhooks", {"url": URL, "secret": "*" * 40}, 422, "invalid-request"),
        ("POST", "/v1/webhooks", {"url": URL, "secret": "A" * 33}, 422, "invalid-webhook"),
        ("POST", "/v1/webhooks", {"url": 3}, 422, "invalid-request"),
        ("POST", "/v1/webhooks", {}, 422, "invalid-request"),
        ("POST", "/v1/webhooks", {"url": "https://taken.example/"}, 409, "endpoint-exists"),
        ("GET", f"/v1/webhooks/{ABSENT}", None, 404, "endpoint-not-found"),
        ("GET", "/v1/webhooks/ä", None, 404, "endpoint-not-found"),
        ("PATCH", f"/v1/webhooks/{ABSENT}", {"enabled": True}, 404, "endpoint-not-found"),
        ("PATCH", f"/v1/webhooks/{ABSENT}", {"enabled": 1}, 422, "invalid-request"),
        ("DELETE", f"/v1/webhooks/{ABSENT}", None, 404, "endpoint-not-found"),
        ("POST", f"/v1/webhooks/{ABSENT}/rotate", None, 404, "endpoint-not-found"),
        ("POST", f"/v1/webhooks/{ABSENT}/rotate", {"overlap_seconds": -1}, 422, "invalid-request"),
        ("GET", "/v1/webhooks?cursor=x", None, 422, "invalid-cursor"),
        ("GET", "/v1/webhooks/nope/deliveries", None, 404, "job-not-found"),
        ("GET", "/v1/webhooks/n%20pe/deliveries", None, 404, "job-not-found"),
        ("POST", "/v1/webhooks/nope/deliveries/msg_1/replay", None, 404, "job-not-found"),
        ("POST", "/v1/webhooks/nope/deliveries/%00/replay", None, 404, "message-not-found"),
    ],
)
async def test_what_is_refused(
    send: Send, method: str, path: str, body: Any, status: int, kind: str
) -> None:
    await send("POST", "/v1/webhooks", json={"url": "https://taken.example/"})
    options = {} if body is None else {"json": body}
    answer = await send(method, path, **options)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert "*" * 40 not in answer.text


async def test_what_a_job_has_told_is_listed_and_sent_again(
    send: Send, room: Room, receiver: Receiver
) -> None:
    receiver.answers = [(410, {})]
    job_id = await room.ended_job(receiver.url)
    await send_messages(room.sender())
    path = f"/v1/webhooks/{job_id}/deliveries"
    (message,) = (await send("GET", path)).json()["items"]
    assert (message["event"], message["status"]) == ("job.cancelled", "failed")
    assert [attempt["answer"] for attempt in message["attempts"]] == [410]
    (endpoint,) = (await send("GET", "/v1/webhooks")).json()["items"]
    assert endpoint["enabled"] is False
    await send("PATCH", endpoint["links"]["self"], json={"enabled": True})
    replayed = await send("POST", message["links"]["replay"])
    assert (replayed.status_code, replayed.json()["status"]) == (202, "pending")
    again = await send("POST", message["links"]["replay"])
    assert (again.status_code, again.json()["type"]) == (409, "/problems/invalid-transition")
    await send_messages(room.sender())
    (message,) = (await send("GET", path)).json()["items"]
    assert (message["status"], len(message["attempts"])) == ("delivered", 2)
