"""What an evaluation has found, and its report."""

from __future__ import annotations

from collections.abc import Iterable

from app.engine.reports.meanings import MEANINGS
from app.engine.reports.several import key_name
from app.ui.client import Answer
from app.ui.pages.job.report import report_links
from app.ui.parts.tags import box, card, heading, paragraph, tag

KEY_HEADS = ("Key", "Orphans", "Of real rows", "Distance", "Ceiling", "Floor")
HEADS = ("Figure", "Value", "Interval", "Ceiling", "Floor")


def draw_evaluated(job: Answer) -> None:
    """The figures beside what is possible, and where the report is."""
    with card("Report"):
        report_links(job)
        found = job["result"]["details"]
        if found["figures"]:
            draw_figures(found["figures"])
        if found["keys"]:
            heading(3, "Keys between tables")
            _draw_keys(found["keys"])
        for each in found["tables"]:
            heading(3, each["name"])
            draw_figures(each["figures"])


def _draw_keys(keys: Iterable[Answer]) -> None:
    """Keys as a table, each beside that of real rows."""
    with box("scroll", tabindex=0, role="region", aria_label="Keys"), tag("table"):
        with tag("thead"), tag("tr"):
            for head in KEY_HEADS:
                tag("th", head, scope="col")
        with tag("tbody"):
            for key in keys:
                with tag("tr"):
                    tag("th", key_name(key), scope="row")
                    for name in ("orphans", "orphans_real", "distance", "ceiling", "floor"):
                        tag("td", _number(key[name]))
    paragraph(
        "Orphans refer to no row. The distance is that of how many rows refer to each row.",
        "quiet small",
    )


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
