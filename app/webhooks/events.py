"""The events of a job, and the body of a message (Standard Webhooks, payload part)."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any

from app.engine.conformance import fact_counts
from app.store.job_status import JobStatus
from app.store.tables.job_tables import JobRow

MAX_BODY = 20_000
_MAX_TEXT = 300
_MAX_LISTED = 20


class Event(StrEnum):
    STARTED = "job.started"
    DELIVERED = "job.delivered"
    SUCCEEDED = "job.succeeded"
    FAILED = "job.failed"
    CANCELLED = "job.cancelled"


END_EVENTS = (Event.SUCCEEDED, Event.FAILED, Event.CANCELLED)


def events_of(row: JobRow) -> tuple[Event, ...]:
    """The events that the present state of a job is due."""
    due = []
    if row.status == JobStatus.RUNNING:
        due.append(Event.STARTED)
    if row.deliveries and all(entry["status"] == "delivered" for entry in row.deliveries):
        due.append(Event.DELIVERED)
    if JobStatus(row.status).ended:
        due.append(Event(f"job.{row.status}"))
    return tuple(due)


def message_id(row: JobRow, event: Event) -> str:
    """The `webhook-id`: the same whenever the same event of the same job is sent.

    A job starts once for its subscribers, however often it is resumed; each end is one event.
    """
    number = row.sequence if event in END_EVENTS else 0
    name = f"{row.id} {event} {number}".encode()
    return f"msg_{hashlib.blake2b(name, digest_size=16).hexdigest()}"


def message_body(row: JobRow, event: Event) -> str:
    """The JSON that is posted, under 20 kB: where lists are too long, they are cut and
    `truncated` says so."""
    data = _data(row)
    body = _write(row, event, data)
    if len(body.encode()) < MAX_BODY:
        return body
    shorter = {**data, "tables": data["tables"][:_MAX_LISTED], "truncated": True}
    shorter["deliveries"] = data["deliveries"][:_MAX_LISTED]
    body = _write(row, event, shorter)
    if len(body.encode()) < MAX_BODY:
        return body
    return _write(row, event, {**shorter, "tables": [], "deliveries": []})


def _write(row: JobRow, event: Event, data: dict[str, Any]) -> str:
    message = {"type": event.value, "timestamp": row.updated_at.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _data(row: JobRow) -> dict[str, Any]:
    tables = [] if row.result is None else row.result["tables"]
    return {
        "id": row.id,
        "kind": row.kind,
        "name": _short(row.name),
        "status": row.status,
        "seed": row.seed,
        "created_at": row.created_at.isoformat(),
        "finished_at": None if row.finished_at is None else row.finished_at.isoformat(),
        "facts": None if row.result is None else fact_counts(row.result.get("facts", ())),
        "tables": [{"name": _short(entry["name"]), "rows": entry["rows"]} for entry in tables],
        "deliveries": [
            {
                "kind": _short(entry["kind"]),
                "status": entry["status"],
                "error": None if entry["error"] is None else _short(entry["error"]),
            }
            for entry in row.deliveries
        ],
        "error": None if row.error is None else _error(row.error),
        "links": {"self": f"/v1/jobs/{row.id}"},
        "truncated": False,
    }


def _error(error: dict[str, Any]) -> dict[str, str]:
    return {"title": _short(error["title"]), "detail": _short(error["detail"])}


def _short(text: str) -> str:
    """Text that UTF-8 can hold, of a length that a list of it can bear."""
    whole = text.encode("utf-8", "replace").decode()
    return whole if len(whole) <= _MAX_TEXT else whole[: _MAX_TEXT - 1] + "…"
