"""Several models and evaluations side by side, figure by figure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from nicegui import ui

from app.ui.client import ApiClient
from app.ui.model.comparing.side_by_side import (
    MOST,
    Cell,
    Judged,
    Line,
    judged_job,
    judged_model,
    lines_of,
)
from app.ui.pages.synthesizers import PLACE
from app.ui.parts.frame import PATIENCE, frame, with_error_page
from app.ui.parts.tags import box, card, heading, link, paragraph, pill, tag
from app.ui.request_context import api, root

KINDS = {"as real": "good", "close": "good", "usable with care": "warn"}
ABOUT = (
    "Below each value stand what real rows come to (the ceiling) and what independent columns do "
    "(the floor). Figures of different real tables cannot be compared with each other, only how "
    "near each is to its own ceiling."
)


@ui.page("/compare/models", title="Compare – Tablesmith", response_timeout=PATIENCE)
@with_error_page
async def compare_models_page(synthesizers: str = "", jobs: str = "") -> None:
    found = await _judged(api(), _ids(synthesizers), _ids(jobs))
    with frame("Compare", "/synthesizers"):
        heading(1, "Models and evaluations side by side")
        if len(found) < 2:
            _explain()
            return
        paragraph(ABOUT, "lead")
        lines = lines_of(found)
        with card("Figures"):
            if not lines:
                paragraph("None of them was judged.", "quiet")
            _table(found, lines)


def _ids(listed: str) -> list[str]:
    return [each for each in dict.fromkeys(listed.split(",")) if each]


async def _judged(client: ApiClient, models: Sequence[str], jobs: Sequence[str]) -> list[Judged]:
    """In the order in which they are asked for; more than fit side by side are left out."""
    chosen = [*((each, True) for each in models), *((each, False) for each in jobs)][:MOST]
    found = []
    for place, is_model in [(quote(each, safe=""), own) for each, own in chosen]:
        if is_model:
            answer = await client.ask_large("GET", f"{PLACE}/{place}")
            found.append(judged_model(answer))
        else:
            found.append(judged_job(await client.job(place)))
    return found


def _explain() -> None:
    paragraph(
        f"Tick from two to {MOST} synthesizers, or trainings and evaluations among the tables.",
        "lead",
    )
    with box("row"):
        link("To the synthesizers", f"{root()}/synthesizers", "button button--primary")
        link("To all tables", f"{root()}/jobs", "button button--plain")


def _table(found: Sequence[Judged], lines: Sequence[tuple[str, Sequence[Line]]]) -> None:
    with box("scroll scroll--whole", tabindex=0, role="region", aria_label="Figures"), tag("table"):
        with tag("thead"), tag("tr"):
            tag("th", "Figure", scope="col")
            for each in found:
                _head(each)
        for question, own in lines:
            with tag("tbody"):
                with tag("tr"):
                    tag("th", question, "compared__question", colspan=len(found) + 1)
                for line in own:
                    with tag("tr"):
                        tag("th", line.title, scope="row")
                        for cell in line.cells:
                            _cell(cell)


def _head(judged: Judged) -> None:
    with tag("th", "", "compared__head", scope="col"):
        link(judged.title, f"{root()}{judged.place}")
        for each in judged.said:
            tag("div", each, "quiet small")


def _cell(cell: Cell) -> None:
    with tag("td", "", "compared"):
        tag("b", cell.value)
        if cell.word:
            pill(cell.word, KINDS.get(cell.word, "bad"))
        if cell.beside:
            tag("div", cell.beside, "quiet small")
