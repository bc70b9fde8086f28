"""The first step of a synthesis: a source that is to be learned, or what was learned already."""

from __future__ import annotations

from collections.abc import Sequence

from app.ui.client import Answer
from app.ui.model.moments import ago
from app.ui.model.progress import size
from app.ui.pages.synthesizers import said_of
from app.ui.parts.tags import box, card, link, paragraph, tag
from app.ui.request_context import root


def choose_data(sources: Sequence[Answer], models: Sequence[Answer]) -> None:
    """Two lists of links; each leads to the steps that follow."""
    ready = [each for each in sources if each["status"] == "ready"]
    with card("Draw from what was learned"):
        _links("Synthesizers", "synthesizer", [(each, said_of(each)) for each in models])
    with card("Learn a source first"):
        _links("Sources", "source", [(each, size(each["bytes"])) for each in ready])
        with box("row"):
            link("Upload a table", f"{root()}/sources", "button button--plain", symbol="upload")


def _links(title: str, key: str, found: Sequence[tuple[Answer, str]]) -> None:
    if not found:
        paragraph("None yet.", "quiet")
        return
    with box("jobs", role="list", aria_label=title):
        for each, said in found:
            with box("entry", role="listitem"):
                with box("grow"):
                    link(each["name"], f"{root()}/synthesis?{key}={each['id']}", "job__name")
                    paragraph(said, "quiet small")
                tag("span", ago(each["created_at"]), "quiet small")
