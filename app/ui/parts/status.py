"""The states of a job, for people."""

from __future__ import annotations

from app.ui.parts.tags import Tag, pill

ENDED = frozenset({"succeeded", "failed", "cancelled"})
STATES = {
    "queued": ("Waiting", ""),
    "running": ("Running", "accent"),
    "delivering": ("Delivering", "accent"),
    "succeeded": ("Done", "good"),
    "failed": ("Failed", "bad"),
    "cancelled": ("Cancelled", "warn"),
}


def status_pill(status: str) -> Tag:
    text, kind = STATES.get(status, (status, ""))
    return pill(text, kind)
