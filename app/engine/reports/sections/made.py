"""Made tables: their columns beside what was declared of them, and how they were made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.engine.reports.charts.chart import PAGE, Chart, Palette, percent
from app.engine.reports.charts.shares import Shares, largest_gap, shares_chart
from app.engine.reports.charts.timeline import seconds, timeline_chart
from app.engine.reports.sections.markup import definitions, drawing, paragraphs, section

NEAR = 0.001  # a difference of shares that no drawing shows
NAMES = ("declared", "made")
ABOUT = (
    "Bars are shares of rows as declared, lines those of the rows that were made. A column of "
    "which no distribution was declared, such as a formula, has bars of its rows alone. Keys, and "
    "texts of many kinds, are not drawn."
)


def made_columns(document: dict[str, Any]) -> str:
    """A drawing of each column."""
    found = document.get("drawn")
    if not found:
        return ""
    several = len({each["table"] for each in found}) > 1
    drawn = "".join(
        drawing(column_chart(each, PAGE, several=several), f"made-{place}")
        for place, each in enumerate(found)
    )
    left = document["left_out"]
    more = f" {len(found)} of {len(found) + left} columns are drawn." if left else ""
    return section(
        "Columns", paragraphs(ABOUT + more), f'<div class="drawings">{drawn}</div>', name="columns"
    )


def column_chart(found: dict[str, Any], palette: Palette, *, several: bool = False) -> Chart:
    """One column of a document."""
    name = f"{found['table']}: {found['column']}" if several else found["column"]
    places, declared, made = (tuple(found[key]) for key in ("places", "declared", "made"))
    said = _described(name, places, declared, made)
    shares = Shares(name, said, found["is_label"], places, declared, made, NAMES)
    return shares_chart(shares, palette)


def _described(
    name: str, places: tuple[str, ...], declared: tuple[float, ...], made: tuple[float, ...]
) -> str:
    if not declared:
        share, place = max(zip(made, places, strict=True), key=lambda each: each[0])
        return f"Shares of rows by {name}. Most rows are at {place}: {percent(share)}."
    place, said, is_now = largest_gap(declared, made, places)
    if abs((said or 0.0) - is_now) < NEAR:
        return f"Shares of rows by {name}. Nowhere do they differ by 0.1 % of the rows."
    return (
        f"Shares of rows by {name}. They differ most at {place}: "
        f"declared {percent(said)}, made {percent(is_now)}."
    )


def timeline(document: dict[str, Any]) -> str:
    """When it was asked for, and how long each stage took."""
    shown, chart = made_when(document, PAGE)
    if chart is None:
        return ""
    return section(
        "How it was made", definitions(shown), drawing(chart, "timeline"), name="timeline"
    )


def made_when(
    document: Mapping[str, Any], palette: Palette
) -> tuple[list[tuple[str, str]], Chart | None]:
    """When tables were asked for and made, as name and moment, and their stages as a drawing; None
    where there are none."""
    stages = [each for each in document.get("timeline", ()) if each["finished_at"]]
    if not stages:
        return [], None
    moments = [
        (each["stage"], *(_moment(each[key]) for key in ("started_at", "finished_at")))
        for each in stages
    ]
    first, last = min(each[1] for each in moments), max(each[2] for each in moments)
    bars = [(name, *((each - first).total_seconds() for each in ends)) for name, *ends in moments]
    shown = [("Started", _written(first)), ("Finished", _written(last))]
    if document["asked_at"]:
        asked = _moment(document["asked_at"])
        waited = seconds(max(0.0, (first - asked).total_seconds()))
        shown = [("Asked for", _written(asked)), ("Waited", waited), *shown]
    return shown, timeline_chart([(name, begin, end) for name, begin, end in bars], palette)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}"
