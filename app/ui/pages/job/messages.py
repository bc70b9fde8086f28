"""Warnings and errors of a job, and what became of its deliveries, in plain words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from nicegui.element import Element

from app.ui.api import Answer, Fault
from app.ui.parts.faults import fault_notes, note
from app.ui.parts.tags import button

DELIVERED = {"pending": "", "delivered": "good", "failed": "bad"}


def draw_messages(job: Answer, retry: Callable[[int], Awaitable[None]]) -> None:
    """Everything that a person should know of the job, one below the other."""
    if error := job["error"]:
        note(error["detail"], "bad", lead=f"{error['title']}.")
        fault_notes(Fault(**each) for each in error["errors"])
    if job["status"] == "cancelled":
        note("It was cancelled; nothing half-made is left.", "warn")
    fault_notes((Fault(**each) for each in job["warnings"]), "warn")
    for number, delivery in enumerate(job["deliveries"]):
        with _delivery(delivery):
            if delivery["status"] == "failed":
                button("Try again", partial(retry, number), symbol="again")


def _delivery(delivery: Answer) -> Element:
    said = {
        "pending": f"waiting, {delivery['attempts']} tries so far",
        "delivered": "delivered",
        "failed": f"failed after {delivery['attempts']} tries",
    }[delivery["status"]]
    why = f": {delivery['error']}" if delivery["error"] else ""
    return note(
        f"{said}{why}", DELIVERED[delivery["status"]], lead=f"Delivery to {delivery['kind']}:"
    )
