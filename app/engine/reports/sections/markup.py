"""Pieces of HTML that sections are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from app.engine.reports.charts.chart import Chart

WORDS_ALONE = 99  # no cell of a table is a number


def section(title: str, *content: str, name: str, mark: str = "") -> str:
    """A part of the page with a heading; what it holds is HTML already."""
    kind = f' class="{mark}"' if mark else ""
    return f'<section id="{name}"{kind}><h2>{escape(title)}</h2>{"".join(content)}</section>'


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    first_number: int = WORDS_ALONE,
    label: str,
) -> str:
    """Rows of cells that are HTML already; those from `first_number` on are numbers. The first
    cell names its row. Wide ones scroll, by keyboard as well."""

    def cell(kind: str, place: int, content: str, scope: str = "") -> str:
        mark = ' class="number"' if place >= first_number else ""
        return f"<{kind}{mark}{scope}>{content}</{kind}>"

    head = "".join(
        cell("th", place, escape(each), ' scope="col"') if each else cell("td", place, "")
        for place, each in enumerate(heads)
    )
    body = "".join(
        "<tr>"
        + "".join(
            cell("td", place, each) if place else cell("th", place, each, ' scope="row"')
            for place, each in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(label, quote=True)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def drawing(chart: Chart, id: str) -> str:
    """A chart, and its data in a table that opens.

    Args:
        id: unique in the page.
    """
    data = table(
        chart.heads,
        (tuple(map(escape, row)) for row in chart.rows),
        first_number=1,
        label=f"Data: {chart.title}",
    )
    return (
        f'<figure><h3>{escape(chart.title)}</h3><div class="drawn">{chart.svg(id)}</div>'
        f"<figcaption>{escape(chart.description)}</figcaption>"
        f"<details><summary>Data of {escape(chart.title)}</summary>{data}</details></figure>"
    )


def paragraphs(*texts: str) -> str:
    """Of plain text."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts if text)


def items(texts: Iterable[str]) -> str:
    """A list of plain texts; nothing where there are none."""
    found = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{found}</ul>" if found else ""


def definitions(shown: Iterable[tuple[str, str]]) -> str:
    """Names and what they are, as plain text."""
    listed = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in shown
    )
    return f"<dl>{listed}</dl>"


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def interval(figure: Mapping[str, Any]) -> str:
    """Of a figure of a document."""
    if figure["low"] is None:
        return "–"
    return f"{number(figure['low'])} – {number(figure['high'])}"


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
