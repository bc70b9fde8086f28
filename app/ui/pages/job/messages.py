"""Warnings and errors of a job, and what became of its deliveries, in plain words."""

from __future__ import annotations

from app.ui.api import Answer, Fault
from app.ui.parts.faults import fault_notes, note

DELIVERED = {"pending": "", "delivered": "good", "failed": "bad"}


def draw_messages(job: Answer) -> None:
    """Everything that a person should know of the job, one below the other."""
    if error := job["error"]:
        note(error["detail"], "bad", lead=f"{error['title']}.")
        fault_notes(Fault(**each) for each in error["errors"])
    if job["status"] == "cancelled":
        note("It was cancelled; nothing half-made is left.", "warn")
    fault_notes((Fault(**each) for each in job["warnings"]), "warn")
    for delivery in job["deliveries"]:
        _delivery(delivery)


def _delivery(delivery: Answer) -> None:
    said = {
        "pending": f"waiting, {delivery['attempts']} tries so far",
        "delivered": "delivered",
        "failed": f"failed after {delivery['attempts']} tries",
    }[delivery["status"]]
    why = f": {delivery['error']}" if delivery["error"] else ""
    note(f"{said}{why}", DELIVERED[delivery["status"]], lead=f"Delivery to {delivery['kind']}:")
