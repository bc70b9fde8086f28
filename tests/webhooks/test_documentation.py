"""The page about webhooks shows what is sent, and a check of signatures that works."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from app.webhooks.events import Event, message_body
from app.webhooks.signing import headers, new_secret
from tests.webhooks.conftest import SECRET, job_row

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
BODY = '{"type":"job.succeeded","data":{"name":"äöü"}}'.encode()


def blocks(info: str) -> list[str]:
    return re.findall(rf"^```{info}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def verify() -> Callable[..., bool]:
    """The function that the page shows."""
    (code,) = blocks("python receiver")
    names: dict[str, Any] = {}
    exec(code, names)
    found: Callable[..., bool] = names["verify"]
    return found


def test_the_shown_check_takes_what_is_signed(verify: Callable[..., bool]) -> None:
    now = datetime.now(UTC)
    assert verify(SECRET, headers("msg_1", now, BODY, [SECRET]), BODY)
    assert verify(SECRET, headers("msg_1", now, BODY, [new_secret(), SECRET]), BODY)


def test_the_shown_check_refuses_everything_else(verify: Callable[..., bool]) -> None:
    now = datetime.now(UTC)
    signed = headers("msg_1", now, BODY, [SECRET])
    old = headers("msg_1", now - timedelta(minutes=6), BODY, [SECRET])
    assert not verify(new_secret(), signed, BODY)
    assert not verify(SECRET, signed, BODY + b" ")
    assert not verify(SECRET, {**signed, "webhook-id": "msg_2"}, BODY)
    assert not verify(SECRET, old, BODY)


def test_the_shown_message_is_one() -> None:
    shown = json.loads(blocks("json")[1])
    row = job_row(
        status="succeeded",
        deliveries=[{"kind": "s3", "status": "delivered", "error": None, "target": {}}],
        result={"tables": [{"name": "churn", "rows": 1000}]},
    )
    sent = json.loads(message_body(row, Event.SUCCEEDED))
    assert (list(shown), list(shown["data"])) == (list(sent), list(sent["data"]))
    for name in ("tables", "deliveries"):
        assert [list(entry) for entry in shown["data"][name]] == [
            list(entry) for entry in sent["data"][name]
        ]


def test_every_event_is_explained() -> None:
    assert re.findall(r"^\| `(job\.\w+)` \|", PAGE, re.MULTILINE) == [each.value for each in Event]


def test_the_schedule_is_the_one_in_force() -> None:
    settings = Settings.model_fields
    hours = (2, 5, 10, 14, 20, 24)
    schedule = (5, 5 * 60, 30 * 60, *(hour * 3600 for hour in hours))
    assert settings["webhook_retries"].default == schedule
    assert "5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24\n  hours" in PAGE
    assert settings["webhook_timeout"].default == 15
