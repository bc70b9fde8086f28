"""The states of a job, for people."""

from __future__ import annotations

from app.ui.client import Answer
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
SOURCE_STATES = {
    "reading": ("Being read", "pill--accent"),
    "ready": ("Ready", "pill--good"),
    "failed": ("Not read", "pill--bad"),
}


def unmet(job: Answer) -> int:
    """How many declared facts a job's result does not hold."""
    counts = job["facts"]
    return int(counts["unmet"]) if counts else 0


class ChangingPill:
    """A pill whose text and colour change."""

    def __init__(self) -> None:
        self._pill = pill("")
        self._kind = ""

    def say(self, text: str, kind: str = "") -> None:
        """Another text and colour, such as `pill--good`."""
        self._pill.set_text(text)
        if kind != self._kind:
            self._pill.classes(remove=self._kind, add=kind)
            self._kind = kind


class StatusPill(ChangingPill):
    """A job's state as it is now."""

    def __init__(self, status: str) -> None:
        super().__init__()
        self.show(status)

    def show(self, status: str, unmet: int = 0) -> None:
        """The state of a job; one that is done with facts `unmet` is no good news."""
        text, kind = STATES.get(status, (status, ""))
        if status == "succeeded" and unmet:
            text, kind = f"{text}, {unmet:,} unmet", "pill--warn"
        self.say(text, kind)


class SourcePill(ChangingPill):
    """A source's state as it is now."""

    def __init__(self, status: str) -> None:
        super().__init__()
        self.show(status)

    def show(self, status: str) -> None:
        self.say(*SOURCE_STATES.get(status, (status, "")))
