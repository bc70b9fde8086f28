"""Two results side by side: figures, facts, distributions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from nicegui import ui

from app.engine.conformance import unmet_facts
from app.engine.evaluation.metrics import METRICS
from app.ui.client import Answer, Problem
from app.ui.model.comparing.changes import changes
from app.ui.model.histograms import histogram
from app.ui.model.moments import ago
from app.ui.model.results import Fact, Row, titled, value_text
from app.ui.pages.job.results import read_rows
from app.ui.parts.drawing import html, plot
from app.ui.parts.faults import note, place_text
from app.ui.parts.frame import PATIENCE, frame, with_error_page
from app.ui.parts.tags import box, card, heading, link, paragraph, tag
from app.ui.request_context import api, root

MOST_CHANGES = 50


@ui.page("/compare", title="Compare – Tablesmith", response_timeout=PATIENCE)
@with_error_page
async def compare_page(left: str = "", right: str = "") -> None:
    if not (left and right):
        with frame("Compare", "/jobs"):
            heading(1, "Two tables side by side")
            paragraph("Tick two in the list of tables to compare them.", "lead")
            with box("row"):
                link("To all tables", f"{root()}/jobs", "button button--primary")
        return
    client = api()
    jobs = [await client.job(left), await client.job(right)]
    with frame("Compare", "/jobs"):
        heading(1, "Two tables side by side")
        if any(job["result"] is None for job in jobs):
            note("Both tables must be done before they can be compared.", "warn")
            return
        titles = _titles(jobs)
        with box("side-by-side"):
            for job, title in zip(jobs, titles, strict=True):
                _head(job, title)
        _changed(jobs, titles)
        _facts(jobs, titles)
        await _columns(jobs, titles)


def _titles(jobs: Sequence[Answer]) -> list[str]:
    """The names of both, distinguished where they are the same."""
    names = [str(job["name"]) for job in jobs]
    if names[0] != names[1]:
        return names
    return [f"{name} ({side})" for name, side in zip(names, ("left", "right"), strict=True)]


def _head(job: Answer, title: str) -> None:
    with card():
        heading(2, title)
        rows = sum(table["rows"] for table in job["result"]["tables"])
        said = [f"{rows:,} rows, seed {job['seed']}", f"made {ago(job['created_at'])}"]
        verified = job["result"]["verification"] or {}
        said += [
            f"{metric.label} of a trained model: {verified[name]:.3f}"
            for name, metric in METRICS.items()
            if metric.is_headline and verified.get(name) is not None
        ]
        with box():
            for each in said:
                paragraph(each, "quiet")
        for name in unmet_facts(job["result"]["facts"]):
            note(name, "warn", lead="Unmet:")
        with box("row"):
            link("Open", f"{root()}/jobs/{job['id']}", "button button--plain")


def _changed(jobs: Sequence[Answer], titles: Sequence[str]) -> None:
    """What the two definitions say differently."""
    left, right = (job["schema"] or {} for job in jobs)
    found = changes(left, right)
    with card("What was changed"):
        if not found:
            paragraph("The definitions are the same.", "quiet")
            return
        with box("scroll", tabindex=0, role="region", aria_label="Changes"), tag("table"):
            with tag("thead"), tag("tr"):
                for head in ("In the definition", *titles):
                    tag("th", head, scope="col")
            with tag("tbody"):
                for each in found[:MOST_CHANGES]:
                    with tag("tr"):
                        tag("td", place_text(each.place))
                        tag("td", each.left or "–")
                        tag("td", each.right or "–")
        if len(found) > MOST_CHANGES:
            paragraph(f"And {len(found) - MOST_CHANGES} more.", "quiet small")


def _facts(jobs: Sequence[Answer], titles: Sequence[str]) -> None:
    """The facts that both declare, those that differ first."""
    left, right = ({fact["fact"]: fact for fact in titled(job["result"]["facts"])} for job in jobs)
    names = [name for name in left if name in right]
    names.sort(key=lambda name: _seen(left[name]) == _seen(right[name]))
    different = sum(_seen(left[name]) != _seen(right[name]) for name in names)
    with card("Facts as observed in all rows"):
        if names:
            paragraph(f"{different} of {len(names)} differ.", "quiet")
            _fact_table(names, titles, left, right)
        else:
            paragraph("They have no fact in common.", "quiet")
        _only_in(titles, left, right)


def _fact_table(
    names: Sequence[str],
    titles: Sequence[str],
    left: Mapping[str, Fact],
    right: Mapping[str, Fact],
) -> None:
    with box("scroll", tabindex=0, role="region", aria_label="Facts"), tag("table"):
        with tag("thead"), tag("tr"):
            for head in ("Fact", *titles):
                tag("th", head, "" if head == "Fact" else "number", scope="col")
        with tag("tbody"):
            for name in names:
                with tag("tr"):
                    tag("td", name)
                    tag("td", _seen(left[name]), "number")
                    tag("td", _seen(right[name]), "number")


def _seen(fact: Fact) -> str:
    return value_text(fact["observed"])


def _only_in(titles: Sequence[str], left: Iterable[str], right: Iterable[str]) -> None:
    """What one of the two has, and the other has not."""
    for title, mine, others in zip(titles, (left, right), (right, left), strict=True):
        alone = [name for name in mine if name not in set(others)]
        if alone:
            with tag("details"):
                tag("summary", f"{len(alone)} only in {title}")
                paragraph(", ".join(alone), "quiet small")


async def _columns(jobs: Sequence[Answer], titles: Sequence[str]) -> None:
    """Histograms of the columns that both first tables have; the line is the other table."""
    try:
        left, right = [await read_rows(job, job["result"]["tables"][0]["name"]) for job in jobs]
    except Problem as problem:
        note(str(problem), "warn")
        return
    mine, others = (list(rows[0]) if rows else [] for rows in (left, right))
    shared = [name for name in mine if name in others]
    with card("Columns"):
        if shared:
            for side, title, job, rows in zip(
                ("left", "right"), titles, jobs, (left, right), strict=True
            ):
                paragraph(f"On the {side} {title}: {_read(job, rows)}", "quiet small")
            paragraph("The line is the other one.", "quiet small")
            html(await asyncio.to_thread(_drawn, shared, left, right), "stack")
        else:
            paragraph("They have no column in common.", "quiet")
        _only_in(titles, mine, others)


def _read(job: Answer, rows: Sequence[Row]) -> str:
    """How much of a table is drawn."""
    whole = job["result"]["tables"][0]["rows"]
    if len(rows) >= whole:
        return f"all {whole:,} rows."
    return f"the first {len(rows):,} of {whole:,} rows; the facts above are those of all rows."


def _drawn(names: Sequence[str], left: list[Row], right: list[Row]) -> str:
    """Columns of both; takes a moment of the CPU."""
    return "".join(
        f'<div class="side-by-side">{_column(name, left, right)}{_column(name, right, left)}</div>'
        for name in names
    )


def _column(name: str, mine: list[Row], other: list[Row]) -> str:
    found = histogram([row[name] for row in mine])
    return plot(name, found, histogram([row[name] for row in other], found.edges))
