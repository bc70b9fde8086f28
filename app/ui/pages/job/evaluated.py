"""What an evaluation has found, and its report."""

from __future__ import annotations

from collections.abc import Iterable

from app.engine.reports.meanings import MEANINGS
from app.ui.client import Answer
from app.ui.pages.job.report import report_links
from app.ui.parts.tags import box, card, paragraph, tag

HEADS = ("Figure", "Value", "Interval", "Ceiling", "Floor")


def draw_evaluated(job: Answer) -> None:
    """The figures beside what is possible, and where the report is."""
    with card("Report"):
        report_links(job)
        draw_figures(job["result"]["details"]["figures"])


def draw_figures(figures: Iterable[Answer]) -> None:
    """Figures as a table, each beside what is possible."""
    with box("scroll", tabindex=0, role="region", aria_label="Figures"), tag("table"):
        with tag("thead"), tag("tr"):
            for head in HEADS:
                tag("th", head, scope="col")
        with tag("tbody"):
            for figure in figures:
                _draw_figure(figure)
    paragraph(
        "The ceiling is what real rows come to, the floor what independent columns do.",
        "quiet small",
    )


def _draw_figure(figure: Answer) -> None:
    low, high = figure["low"], figure["high"]
    cells = (
        _number(figure["value"]),
        "–" if low is None else f"{low:g} to {high:g}",
        _number(figure["ceiling"]),
        _number(figure["floor"]),
    )
    with tag("tr"):
        meaning = MEANINGS.get(figure["name"])
        tag("th", figure["name"] if meaning is None else meaning.title, scope="row")
        for cell in cells:
            tag("td", cell)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
