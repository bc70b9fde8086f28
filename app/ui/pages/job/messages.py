"""Warnings and errors of a job, and what became of its deliveries, in plain words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from app.engine.conformance import unmet_facts
from app.sinks.registry import kind_label
from app.ui.client import Answer, Fault
from app.ui.parts.faults import fault_notes, note
from app.ui.parts.status import unmet
from app.ui.parts.tags import box, button
from app.ui.toolkit.elements import Element

MOST_NAMED = 20
DELIVERED = {"delivered": "good", "failed": "bad"}


class Messages:
    """Everything that a person should know of a job, one below the other."""

    def __init__(self, retry: Callable[[int], Awaitable[None]]) -> None:
        self._retry = retry
        self._box = box("notes", role="log", aria_label="Log")
        self._shown: Answer = {}

    def show(self, job: Answer) -> None:
        """Redrawn only where something else is to be said than before."""
        said = {key: job[key] for key in ("status", "error", "facts", "warnings", "deliveries")}
        if said == self._shown:
            return
        self._shown = said
        self._box.clear()
        with self._box:
            self._draw(job)

    def _draw(self, job: Answer) -> None:
        if error := job["error"]:
            note(error["detail"], "bad", lead=f"{error['title']}.")
            fault_notes(Fault(**each) for each in error["errors"])
        if unmet(job):
            _unmet_notes(unmet_facts(job["result"]["facts"]))
        if job["status"] == "cancelled":
            note("It was cancelled; nothing half-made is left.", "warn")
        fault_notes((Fault(**each) for each in job["warnings"]), "warn")
        for number, delivery in enumerate(job["deliveries"]):
            with _delivery(delivery):
                if delivery["status"] == "failed":
                    button("Try again", partial(self._retry, number), symbol="again")


def _unmet_notes(names: list[str]) -> None:
    for name in names[:MOST_NAMED]:
        note(f"{name}. The files do not hold it as declared.", "warn", lead="Unmet:")
    if len(names) > MOST_NAMED:
        note(f"{len(names) - MOST_NAMED:,} more declared facts are unmet.", "warn")


def _delivery(delivery: Answer) -> Element:
    tries = f"{delivery['attempts']} {'try' if delivery['attempts'] == 1 else 'tries'}"
    said = {
        "pending": f"waiting, {tries} so far",
        "delivering": f"on its way, {tries} so far",
        "delivered": "delivered",
        "failed": f"failed after {tries}",
    }.get(delivery["status"], delivery["status"])
    why = f": {delivery['error']}" if delivery["error"] else ""
    lead = f"Delivery to {kind_label(delivery['kind'])}:"
    return note(f"{said}{why}", DELIVERED.get(delivery["status"], ""), lead=lead)
