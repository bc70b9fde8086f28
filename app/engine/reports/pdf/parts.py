"""What a page consists of, as plain data that `report.typ` shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from app.engine.reports.charts.chart import Chart
from app.engine.reports.pdf.characters import breakable

Part = dict[str, Any]
Cell = str | dict[str, str]
MOST_OF_A_CHART = 9  # columns of its table
FONT = "Libertinus Serif"  # of those that Typst brings along


def heading(level: int, text: str) -> Part:
    return {"kind": "heading", "level": level, "text": breakable(text)}


def paragraphs(*texts: str) -> list[Part]:
    return [{"kind": "paragraph", "text": breakable(text)} for text in texts if text]


def bullets(texts: Iterable[str]) -> list[Part]:
    """A list; nothing where there are no texts."""
    found = [breakable(text) for text in texts]
    return [{"kind": "list", "texts": found}] if found else []


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    widths: Sequence[int],
    *,
    numbers: range = range(0),
) -> Part:
    """Rows of cells.

    Args:
        widths: of each column its share of the page; 0 for as much as it needs.
        numbers: the columns that stand flush right.
    """
    return {
        "kind": "table",
        "heads": list(heads),
        "rows": [[_cell(each) for each in row] for row in rows],
        "widths": list(widths),
        "numbers": list(numbers),
    }


def explained(text: str, small: str) -> Cell:
    """A cell with a name and smaller words below it."""
    return {"text": breakable(text), "small": breakable(small)}


def drawing(chart: Chart) -> dict[str, Any]:
    """A chart, and what it says for readers who do not see it."""
    return {
        "svg": chart.svg(font=FONT),
        "alt": chart.description,
        "title": breakable(chart.title),
        "width": chart.width,
    }


def charts(drawn: Iterable[Chart], abreast: int = 2) -> list[Part]:
    """Drawings with the data that they show, so many in a row; nothing where there are none."""
    found = [{**drawing(each), **_data(each)} for each in drawn]
    return [{"kind": "charts", "charts": found, "abreast": abreast}] if found else []


def _data(chart: Chart) -> dict[str, Any]:
    """The table of a chart; of a wide one nothing, which the JSON file has."""
    if len(chart.heads) > MOST_OF_A_CHART:
        return {"heads": [], "rows": []}
    rows = [[breakable(each) for each in row] for row in chart.rows]
    return {"heads": [breakable(each) for each in chart.heads], "rows": rows}


def signature(*names: str) -> Part:
    """Lines to be filled in by hand."""
    return {"kind": "signature", "names": list(names)}


def new_page() -> Part:
    return {"kind": "page"}


def _cell(cell: Cell) -> Cell:
    return breakable(cell) if isinstance(cell, str) else cell
