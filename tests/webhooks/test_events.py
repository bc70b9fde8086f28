"""Which events a state tells, under which id, in how many bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.webhooks.events import MAX_BODY, Event, events_of, message_body, message_id
from tests.webhooks.conftest import job_row


def delivery(status: str, **changes: Any) -> dict[str, Any]:
    return {"kind": "s3", "status": status, "error": None, "target": {}, **changes}


@pytest.mark.parametrize(
    ("changes", "events"),
    [
        ({"status": "queued"}, ()),
        ({"status": "running"}, (Event.STARTED,)),
        ({"status": "delivering"}, ()),
        ({"status": "delivering", "deliveries": [delivery("delivered")]}, (Event.DELIVERED,)),
        (
            {"status": "delivering", "deliveries": [delivery("delivered"), delivery("pending")]},
            (),
        ),
        ({"status": "succeeded"}, (Event.SUCCEEDED,)),
        (
            {"status": "succeeded", "deliveries": [delivery("delivered")]},
            (Event.DELIVERED, Event.SUCCEEDED),
        ),
        ({"status": "failed", "deliveries": [delivery("failed")]}, (Event.FAILED,)),
        ({"status": "cancelled"}, (Event.CANCELLED,)),
    ],
)
def test_events_of_a_state(changes: dict[str, Any], events: tuple[Event, ...]) -> None:
    assert events_of(job_row(**changes)) == events


def test_an_event_has_one_id_and_every_event_its_own() -> None:
    first, later = job_row(status="running"), job_row(status="running", sequence=5)
    assert message_id(first, Event.STARTED) == message_id(later, Event.STARTED)
    other = job_row(id="2" * 32)
    ids = {message_id(row, event) for row in (first, other) for event in Event}
    assert len(ids) == 2 * len(Event)


def test_a_second_end_is_an_event_of_its_own() -> None:
    first, second = job_row(sequence=4), job_row(sequence=9)
    assert message_id(first, Event.FAILED) != message_id(second, Event.FAILED)


def test_the_body_tells_what_became_of_the_job() -> None:
    row = job_row(
        status="failed",
        deliveries=[delivery("failed", error="no such bucket")],
        result={"tables": [{"name": "people", "rows": 3, "files": []}]},
        error={"title": "The data was made but not delivered", "detail": "s3: x", "faults": []},
    )
    body = json.loads(message_body(row, Event.FAILED))
    assert (body["type"], body["timestamp"]) == ("job.failed", row.updated_at.isoformat())
    data = body["data"]
    assert (data["id"], data["status"], data["truncated"]) == (row.id, "failed", False)
    assert data["tables"] == [{"name": "people", "rows": 3}]
    assert data["deliveries"] == [{"kind": "s3", "status": "failed", "error": "no such bucket"}]
    assert data["error"] == {"title": "The data was made but not delivered", "detail": "s3: x"}
    assert data["links"] == {"self": f"/v1/jobs/{row.id}"}


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ([], None),
        ([{"holds": True}], {"total": 1, "unmet": 0}),
        ([{"holds": True}, {"holds": False}, {"holds": False}], {"total": 3, "unmet": 2}),
    ],
)
def test_the_body_counts_the_facts_that_are_unmet(facts: list[Any], counts: Any) -> None:
    row = job_row(status="succeeded", result={"tables": [], "facts": facts})
    assert json.loads(message_body(row, Event.SUCCEEDED))["data"]["facts"] == counts
    running = json.loads(message_body(job_row(status="running"), Event.STARTED))
    assert running["data"]["facts"] is None


def test_targets_are_not_told() -> None:
    target = {"kind": "s3", "bucket": "b", "credentials": {"secret_key": "canary"}}
    row = job_row(status="succeeded", deliveries=[delivery("delivered", target=target)])
    assert "canary" not in message_body(row, Event.SUCCEEDED)


@pytest.mark.parametrize("letter", ["x", "ä", "😀", "\x01", '"', "\ud800"])
@pytest.mark.parametrize("count", [1, 20, 5000])
def test_a_body_stays_under_20_kilobytes(letter: str, count: int) -> None:
    long = letter * 1000
    row = job_row(
        name=long,
        status="failed",
        deliveries=[delivery("failed", kind=long, error=long)] * count,
        result={"tables": [{"name": long, "rows": 1}] * count},
        error={"title": long, "detail": long, "faults": []},
    )
    body = message_body(row, Event.FAILED).encode()
    assert len(body) < MAX_BODY == 20_000
    assert json.loads(body)["data"]["truncated"] is (count > 1)
