"""How often synthetic rows were judged beside a source."""

from __future__ import annotations

from app.ui.client import Answer
from app.ui.model.moments import ago
from app.ui.parts.tags import card, paragraph


class Evaluated:
    """The count, and when the last evaluation was asked for; nothing stands here before the
    first."""

    def __init__(self, source: Answer) -> None:
        times = source["evaluations"]
        if not times:
            return
        with card("Evaluations"):
            last = ago(source["evaluated_at"])
            said = f"{times:,} times, last {last}" if times > 1 else f"Once, {last}"
            paragraph(f"{said}.")
            paragraph("Each report tells something of these rows.", "quiet small")
