"""What was learned from a source so far."""

from __future__ import annotations

from app.ui.client import Answer
from app.ui.model.moments import ago
from app.ui.parts.tags import box, card, link, paragraph, tag
from app.ui.request_context import root

MOST = 5


class LearnedFrom:
    """The latest synthesizers; nothing stands here where there is none."""

    def __init__(self, models: list[Answer]) -> None:
        if not models:
            return
        with card("Learned from it"), box("jobs", role="list", aria_label="Synthesizers"):
            for each in models[:MOST]:
                with box("entry", role="listitem"):
                    with box("grow"):
                        place = f"{root()}/synthesizers/{each['id']}"
                        link(each["name"], place, "job__name")
                        paragraph(each["description"]["synthesizer"], "quiet small")
                    tag("span", ago(each["created_at"]), "quiet small")
