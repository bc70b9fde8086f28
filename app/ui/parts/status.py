"""The states of a job, for people."""

from __future__ import annotations

from app.ui.parts.tags import pill

ENDED = frozenset({"succeeded", "failed", "cancelled"})
STATES = {
    "queued": ("Waiting", ""),
    "running": ("Running", "pill--accent"),
    "delivering": ("Delivering", "pill--accent"),
    "succeeded": ("Done", "pill--good"),
    "failed": ("Failed", "pill--bad"),
    "cancelled": ("Cancelled", "pill--warn"),
}


class StatusPill:
    """A job's state as it is now."""

    def __init__(self, status: str) -> None:
        self._pill = pill("")
        self._kind = ""
        self.show(status)

    def show(self, status: str) -> None:
        text, kind = STATES.get(status, (status, ""))
        self._pill.set_text(text)
        if kind != self._kind:
            self._pill.classes(remove=self._kind, add=kind)
            self._kind = kind
