"""Two results side by side: figures, facts, distributions."""

from __future__ import annotations

import asyncio
from html import escape

from nicegui import ui

from app.ui.api import Answer, Problem
from app.ui.model.histograms import histogram
from app.ui.model.results import Row, value_text
from app.ui.pages.job.results import read_rows
from app.ui.parts.drawing import bars, html, labels
from app.ui.parts.faults import note
from app.ui.parts.frame import PATIENCE, frame, telling
from app.ui.parts.tags import box, card, heading, link, paragraph, tag
from app.ui.visit import api, root


@ui.page("/compare", title="Compare – Tablesmith", response_timeout=PATIENCE)
@telling
async def compare_page(left: str = "", right: str = "") -> None:
    door = api()
    jobs = [await door.job(left), await door.job(right)]
    with frame("Compare", "/jobs"):
        heading(1, "Two tables side by side")
        if any(job["result"] is None for job in jobs):
            note("Both tables must be done before they can be compared.", "warn")
            return
        with box("side-by-side"):
            for job in jobs:
                _head(job)
        _facts(jobs)
        await _columns(jobs)


def _head(job: Answer) -> None:
    with card():
        heading(2, job["name"])
        rows = sum(table["rows"] for table in job["result"]["tables"])
        paragraph(f"{rows:,} rows, seed {job['seed']}", "quiet")
        verified = job["result"]["verification"] or {}
        for name in ("auc", "accuracy", "r2"):
            if verified.get(name) is not None:
                paragraph(f"{name}: {verified[name]:.3f}", "quiet")
        link("Open", f"{root()}/jobs/{job['id']}", "button button--plain")


def _facts(jobs: list[Answer]) -> None:
    """The facts of both, those that differ first."""
    left, right = ({fact["fact"]: fact for fact in job["result"]["facts"]} for job in jobs)
    names = list(dict.fromkeys([*left, *right]))
    names.sort(key=lambda name: _seen(left, name) == _seen(right, name))
    different = sum(_seen(left, name) != _seen(right, name) for name in names)
    with card("Facts as observed"):
        paragraph(f"{different} of {len(names)} differ.", "quiet")
        with box("scroll", tabindex=0, role="region", aria_label="Facts"), tag("table"):
            with tag("thead"), tag("tr"):
                for head in ("Fact", jobs[0]["name"], jobs[1]["name"]):
                    tag("th", head, "" if head == "Fact" else "number", scope="col")
            with tag("tbody"):
                for name in names:
                    with tag("tr"):
                        tag("td", name)
                        tag("td", _seen(left, name), "number")
                        tag("td", _seen(right, name), "number")


def _seen(facts: dict[str, Answer], name: str) -> str:
    return value_text(facts[name]["observed"]) if name in facts else "–"


async def _columns(jobs: list[Answer]) -> None:
    """Histograms of the columns of both first tables; the line is the other table."""
    try:
        both = [await read_rows(job, job["result"]["tables"][0]["name"]) for job in jobs]
    except Problem as problem:
        note(str(problem), "warn")
        return
    names = list(dict.fromkeys(name for rows in both for row in rows[:1] for name in row))
    with card("Columns"):
        paragraph(
            f"Bars are {jobs[0]['name']} on the left and {jobs[1]['name']} on the right; "
            "the line is the other one.",
            "quiet small",
        )
        html(await asyncio.to_thread(_drawn, names, *both), "stack")


def _drawn(names: list[str], left: list[Row], right: list[Row]) -> str:
    """Every column of both; takes a moment of the CPU."""
    return "".join(
        f'<div class="side-by-side">{_column(name, left, right)}{_column(name, right, left)}</div>'
        for name in names
    )


def _column(name: str, mine: list[Row], other: list[Row]) -> str:
    values = [row[name] for row in mine if name in row]
    if not values:
        return '<p class="quiet">not there</p>'
    found = histogram(values)
    beside = histogram([row[name] for row in other if name in row], found.edges)
    said = f'<div class="plot__said">{found.summary}</div>'
    if found.edges:
        drawn = bars(found, beside.shares if beside.edges == found.edges else ())
    else:
        drawn = labels(found.names, found.shares)
    return f'<div class="plot"><div class="plot__name">{escape(name)}</div>{drawn}{said}</div>'
