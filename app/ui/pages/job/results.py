"""What a job made: figures, downloads, facts, plots, the trained model, rules."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from app.engine.evaluation.metrics import METRICS
from app.engine.formats import FORMATS
from app.ui.client import Answer, Problem
from app.ui.model.draft import Draft
from app.ui.model.histograms import histogram
from app.ui.model.progress import size
from app.ui.model.purpose import Purpose
from app.ui.model.results import Row, against_target, rows_of_csv, sort_facts
from app.ui.pages.job.evaluated import draw_evaluated
from app.ui.pages.job.facts import draw_facts
from app.ui.pages.job.judging import draw_judging
from app.ui.pages.job.model import draw_model
from app.ui.pages.job.report import draw_report
from app.ui.pages.job.trained import draw_trained
from app.ui.parts.drawing import against, html, plot, records
from app.ui.parts.rules import rules_html, scorecard_html, segments_svg
from app.ui.parts.tags import box, card, link, paragraph, tag
from app.ui.request_context import api, root

SAMPLE_BYTES = 300_000
SHOWN = 20


async def read_rows(job: Answer, table: str) -> list[Row]:
    """The first rows of a finished table, read from its CSV file in a thread."""
    answer = await api().send(
        "GET",
        f"/v1/jobs/{job['id']}/result",
        params={"format": "csv", "table": table},
        headers={"Range": f"bytes=0-{SAMPLE_BYTES - 1}"},
    )
    total = int(answer.headers.get("content-range", f"/{len(answer.content)}").rpartition("/")[2])
    text = answer.content.decode("utf-8", "replace")
    return await asyncio.to_thread(rows_of_csv, text, whole=total <= SAMPLE_BYTES)


class Results:
    """Drawn once, when the job has succeeded."""

    def __init__(self, job: Answer) -> None:
        self._api = api()
        self._root = root()
        self._box = box("stack")

    async def show(self, job: Answer) -> None:
        self._box.clear()
        with self._box:
            if job["kind"] == "train":
                draw_trained(job)
                draw_report(job)
                return
            if job["kind"] == "evaluate":
                draw_evaluated(job)
                return
            _figures(job)
            with card("Downloads"):
                self._downloads(job)
            draw_report(job)
            if job["kind"] == "synthesize":
                await draw_judging(job, self._api)
            if job["result"]["facts"]:
                draw_facts(job["result"]["facts"])
            draw_model(job["result"]["verification"])
            await self._tables(job)
            await self._rules(job)

    def _downloads(self, job: Answer) -> None:
        address = f"{self._root}/downloads/jobs/{job['id']}"
        made = {
            file["format"]: file for table in job["result"]["tables"] for file in table["files"]
        }
        with box("downloads"):
            for name, form in FORMATS.items():
                known = f" ({size(made[name]['bytes'])})" if name in made else ""
                kind = "button--primary" if name in made else "button--plain"
                link(
                    f"{form.label}{known}", f"{address}/result?format={name}", f"button {kind}",
                    symbol="download", download="",
                )  # fmt: skip
        with box("row"):
            quiet = {"classes": "button button--quiet", "symbol": "file"}
            link("Signed manifest", f"{address}/manifest", **quiet, download="")
            paragraph("Other formats are made when they are first asked for.", "quiet small")

    async def _tables(self, job: Answer) -> None:
        for table in job["result"]["tables"]:
            try:
                rows = await read_rows(job, table["name"])
            except Problem:
                continue
            if rows:
                purpose = Draft(job["schema"]).purpose
                drawn = await asyncio.to_thread(draw_plots, rows, purpose)
                _show_rows(table["name"], rows, purpose, drawn)

    async def _rules(self, job: Answer) -> None:
        try:
            plan = await self._api.ask("GET", f"/v1/jobs/{job['id']}/rules")
        except Problem:
            return
        rules, otherwise = plan.get("rules") or [], plan.get("else") or {}
        if not (rules or otherwise):
            return
        positive = Draft(job["schema"]).purpose.positive
        with card("Rules"):
            html(segments_svg(rules, otherwise, positive))
            html(rules_html(rules, otherwise, positive), "tree")
            html(scorecard_html(otherwise, positive), "stack stack--tight")


def _figures(job: Answer) -> None:
    result = job["result"]
    facts = sort_facts(result["facts"])
    verified = result["verification"] or {}
    rows = sum(table["rows"] for table in result["tables"])
    figures: list[tuple[str, str]] = [(f"{rows:,}", "rows")]
    if facts.number:
        figures.append((f"{facts.holding} of {facts.number}", "facts hold"))
    for name in ("auc", "r2"):
        if verified.get(name) is not None:
            best = verified.get(f"best_possible_{name}")
            possible = f", best possible {best:.3f}" if best is not None else ""
            said = f"{METRICS[name].label} of a trained model{possible}"
            figures.append((f"{verified[name]:.3f}", said))
    figures.append((str(job["seed"]), "seed"))
    with box("figures"):
        for value, said in figures:
            with box("figure"):
                tag("b", value)
                tag("span", said)


@dataclass(frozen=True)
class Plots:
    """Markup of the plots of a table."""

    columns: str
    by_target: str


def draw_plots(rows: list[Row], purpose: Purpose) -> Plots:
    """Every column by itself, and the target by every other column; takes a moment of the CPU."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    drawn = "".join(plot(name, histogram(values)) for name, values in columns.items())
    if purpose.name not in columns:
        return Plots(drawn, "")
    return Plots(drawn, "".join(_by_target(rows, name, purpose) for name in columns))


def _by_target(rows: list[Row], name: str, purpose: Purpose) -> str:
    if name == purpose.name:
        return ""
    found = against_target(rows, name, purpose.name, purpose.positive)
    return against(name, found, is_share=bool(purpose.positive)) if found else ""


def _show_rows(table: str, rows: list[Row], purpose: Purpose, drawn: Plots) -> None:
    with card(f"Rows of {table}"):
        title = f"First rows of {table}"
        html(records(rows[:SHOWN], title), "scroll", tabindex=0, role="region", aria_label=title)
    with card("Columns"):
        paragraph(f"From the first {len(rows):,} rows.", "quiet small")
        html(drawn.columns, "plots")
    if drawn.by_target:
        with card(f"{purpose.name} by column"):
            said = f"Share of {purpose.positive}" if purpose.positive else "Mean"
            rest = "in each range or label; ranges of few rows are left out."
            paragraph(f"{said} {rest}", "quiet small")
            html(drawn.by_target, "plots")
