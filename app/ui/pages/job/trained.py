"""What a training job has learned, and where that goes on."""

from __future__ import annotations

from app.ui.client import Answer
from app.ui.parts.drawing import html
from app.ui.parts.explained import explained_html
from app.ui.parts.tags import box, card, link, paragraph, tag
from app.ui.request_context import root


def draw_trained(job: Answer) -> None:
    """Figures, the way to new rows, and what explains what."""
    details = job["result"]["details"]
    said = details["description"]
    place = f"{root()}/synthesizers/{details['synthesizer']}"
    with box("figures"):
        for value, name in (
            (f"{len(said['learned']):,}", "columns learned"),
            (f"{said['rows']:,}", "rows"),
            (f"{sum(each['trees'] for each in said['learned']):,}", "trees"),
            (str(job["seed"]), "seed"),
        ):
            with box("figure"):
                tag("b", value)
                tag("span", name)
    with card("Learned"):
        with box("row"):
            drawing = f"{root()}/synthesis?synthesizer={details['synthesizer']}"
            link("New rows", drawing, "button button--primary", symbol="play")
            link("The synthesizer", place, "button button--plain", symbol="spark")
        paragraph("The order of its columns, and what says most of each.", "quiet small")
        html(explained_html(said["learned"]))
