"""The first page: what was found, in the three questions that everyone asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from app.engine.reports.charts.chart import PAGE
from app.engine.reports.charts.scale import scale_chart
from app.engine.reports.sections.markup import (
    definitions,
    interval,
    items,
    number,
    paragraphs,
    section,
    sentence,
    table,
)
from app.engine.reports.verdicts import MEANINGS_OF_WORDS

MOST_ABREAST = 4  # answers from which on fewer stand side by side
BESIDE = (
    "Each figure stands beside its ceiling (real rows in the place of the synthetic ones), its "
    "floor (independent columns: each one shuffled by itself) and a copy (the learned rows, drawn "
    "again). The interval holds the true value in 95 of 100 samples, about."
)


def first_page(document: dict[str, Any]) -> str:
    """Three answers, what the words mean, and what was left out."""
    figures = {each["name"]: each for each in document.get("figures", ())}
    found = "".join(
        _answer(each, figures.get(each["figure"] or "")) for each in document["questions"]
    )
    beside = f"{paragraphs(BESIDE)}{_words()}" if figures else ""
    kind = "answers" if len(document["questions"]) < MOST_ABREAST else "answers wider"
    return (
        f'<section class="first"><h1>{escape(document["title"])}</h1>'
        f"<p>{escape(counts(document))}</p>"
        f'<div class="{kind}">{found}</div>{items(document["notes"])}{beside}</section>'
    )


def all_figures(document: dict[str, Any]) -> str:
    """Every figure by its question."""
    parts = []
    for answer in document["questions"]:
        own = [each for each in document["figures"] if each["question"] == answer["question"]]
        if own:
            parts.append(f"<h3>{escape(answer['title'])}</h3>{_figures(own, answer['title'])}")
    return section("Figures", *parts, name="figures") if parts else ""


def counts(document: Mapping[str, Any]) -> str:
    """How many rows were looked at, in words."""
    rows = document["rows"]
    if "about" in document:
        return str(document["about"])
    held = f", and {rows['holdout']:,} that were held out" if rows["holdout"] else ""
    target = f" Target: {document['target']}." if document["target"] else ""
    return f"{rows['synthetic']:,} synthetic rows beside {rows['real']:,} real ones{held}.{target}"


def _words() -> str:
    cells = ((escape(word), escape(meaning)) for word, meaning in MEANINGS_OF_WORDS.items())
    words = table(("Words", "say that"), cells, label="What the words mean")
    return f"<details><summary>What the words mean</summary>{words}</details>"


def _answer(answer: dict[str, Any], figure: dict[str, Any] | None) -> str:
    shown = answer.get("shown")
    return (
        f'<article class="answer"><h2>{escape(answer["title"])}</h2>'
        f'<p class="verdict">{escape(answer["verdict"])}</p>'
        f"{'' if figure is None else _headline(figure, answer['question'])}"
        f"{definitions(map(tuple, shown)) if shown else ''}"
        f"<p>{escape(answer['sentence'])}</p>{_not_tested(answer['not_tested'])}</article>"
    )


def _not_tested(shown: Sequence[str]) -> str:
    """The first is always seen, on paper too."""
    if not shown:
        return ""
    first = f"<p><small>Not tested: {escape(shown[0])}</small></p>"
    if len(shown) == 1:
        return first
    summary = f"<summary>{len(shown) - 1} more that were not tested</summary>"
    return f"{first}<details>{summary}{items(shown[1:])}</details>"


def _headline(figure: dict[str, Any], id: str) -> str:
    chart = scale_chart(figure, PAGE)
    drawn = "" if chart is None else f'<div class="drawn">{chart.svg(f"answer-{id}")}</div>'
    shown = (
        ("value", number(figure["value"])),
        ("interval", interval(figure)),
        ("ceiling (real rows)", number(figure["ceiling"])),
        ("floor (independent columns)", number(figure["floor"])),
        ("copy", number(figure["copy"])),
    )
    return f"<h3>{escape(figure['title'])}</h3>{drawn}{definitions(shown)}"


def _figures(figures: Sequence[dict[str, Any]], label: str) -> str:
    heads = ("Figure", "", "Value", "Interval", "Ceiling", "Floor", "Copy", "In a word")
    return table(heads, map(_cells, figures), first_number=2, label=label)


def _cells(figure: dict[str, Any]) -> list[str]:
    said = f"{figure['says']}. Does not show {figure['does_not_show']}. {figure['note']}"
    chart = scale_chart(figure, PAGE)
    return [
        f"<strong>{escape(figure['title'])}</strong><br>"
        f"<small>{escape(sentence(said.strip()))}</small>",
        "" if chart is None else chart.svg(f"figure-{figure['name']}"),
        number(figure["value"]),
        interval(figure),
        *(number(figure[name]) for name in ("ceiling", "floor", "copy")),
        f'<span class="word">{escape(figure["verdict"] or "–")}</span>',
    ]
