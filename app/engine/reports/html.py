"""An evaluation as one HTML file that needs nothing else: no script, no address elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

MOST_COLUMNS = 100
BESIDE = ("ceiling", "floor", "copy")
WIDTH, HEIGHT = 220, 18
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
BESIDE_WHAT = (
    "Each stands beside its <em>ceiling</em> (real rows in the place of the synthetic ones), its "
    "<em>floor</em> (columns that are independent of one another) and a <em>copy</em> (rows that "
    "were learned, drawn again). The line is the interval that holds the true value in 95 of 100 "
    "samples, about; the marks are ceiling, floor and copy."
)
STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --paper: #fff; --line: #d5dae3; --bar: #2563a8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ef; --paper: #14181f; --line: #394250; --bar: #7db4ee; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
small { opacity: .8; }
svg { vertical-align: middle; }
"""


def report_html(document: dict[str, Any]) -> str:
    """The file; see `app.engine.reports.document`."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation of synthetic rows</title><style>{STYLE}</style></head>"
        f"<body><main>{report_body(document)}</main></body></html>\n"
    )


def report_body(document: dict[str, Any]) -> str:
    """What stands in the file, for a notebook."""
    rows = document["rows"]
    held = f", {rows['holdout']:,} held out" if rows["holdout"] else ""
    counts = f"{rows['synthetic']:,} synthetic rows beside {rows['real']:,} real ones{held}."
    notes = "".join(f"<li>{escape(note)}</li>" for note in document["notes"])
    return "".join(
        (
            f"<h1>Evaluation of synthetic rows</h1><p>{counts}</p>",
            f"<ul>{notes}</ul>" if notes else "",
            f"<h2>Figures</h2><p>{BESIDE_WHAT}</p>",
            _figures(document["figures"]),
            "<h2>Columns</h2><p>Farthest from other real rows first.</p>",
            _columns(document["columns"]),
            "<h2>Pairs of columns</h2>",
            _pairs(document["pairs"]),
        )
    )


def _figures(figures: Sequence[dict[str, Any]]) -> str:
    heads = ("Figure", "", "Value", "Interval", "Ceiling", "Floor", "Copy")
    return _table(heads, (_figure_cells(each) for each in figures), first_number=2)


def _figure_cells(figure: dict[str, Any]) -> list[str]:
    note = f" {figure['note']}" if figure["note"] else ""
    said = f"{figure['says']}. Does not show {figure['does_not_show']}.{note}"
    low, high = _number(figure["low"]), _number(figure["high"])
    return [
        f"<strong>{escape(figure['title'])}</strong><br><small>{escape(_sentence(said))}</small>",
        _bar(figure),
        _number(figure["value"]),
        f"{low}–{high}" if low != "–" else "–",
        *(_number(figure[name]) for name in BESIDE),
    ]


def _columns(columns: Sequence[dict[str, Any]]) -> str:
    heads = (
        "Column", "Measure", "Distance", "Ceiling", "Moved by", "Missing", "Missing, real",
        "Outside",
    )  # fmt: skip
    cells = (
        [
            escape(each["name"]),
            each["measure"],
            *(_number(each[name]) for name in ("distance", "ceiling", "moved")),
            *(_number(each[name]) for name in ("missing", "missing_real", "outside")),
        ]
        for each in columns[:MOST_COLUMNS]
    )
    left = len(columns) - MOST_COLUMNS
    more = f"<p>And {left} columns that are nearer.</p>" if left > 0 else ""
    return _table(heads, cells, first_number=2) + more


def _pairs(pairs: dict[str, Any]) -> str:
    if pairs["distance"] is None:
        return "<p>There is one column alone.</p>"
    mean = (
        f"<p>Mean distance of all pairs {_number(pairs['distance'])}; of other real rows "
        f"{_number(pairs['ceiling'])}; of independent columns {_number(pairs['floor'])}.</p>"
    )
    cells = (
        [
            " × ".join(escape(name) for name in each["columns"]),
            *(_number(each[name]) for name in ("distance", "ceiling", "floor")),
        ]
        for each in pairs["farthest"]
    )
    return mean + _table(("Pair", "Distance", "Ceiling", "Floor"), cells, first_number=1)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, first_number: int) -> str:
    """Rows of cells that are HTML already; those from `first_number` on are numbers."""

    def cell(kind: str, place: int, content: str) -> str:
        mark = ' class="number"' if place >= first_number else ""
        return f"<{kind}{mark}>{content}</{kind}>"

    head = "".join(cell("th", place, escape(each)) for place, each in enumerate(heads))
    body = "".join(
        "<tr>" + "".join(cell("td", place, each) for place, each in enumerate(row)) + "</tr>"
        for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide">{table}</div>'


def _bar(figure: dict[str, Any]) -> str:
    """Value and interval among what they stand beside, as a drawing."""
    marks = [figure[name] for name in BESIDE if figure[name] is not None]
    own = [figure[name] for name in ("low", "value", "high") if figure[name] is not None]
    first, last = min([*marks, *own], default=0.0), max([*marks, *own], default=0.0)
    if figure["value"] is None or first == last:
        return ""

    def place(value: float) -> str:
        return f"{4 + (WIDTH - 8) * (value - first) / (last - first):.1f}"

    middle = HEIGHT / 2
    drawn = [
        f'<path d="M4 {middle}H{WIDTH - 4}" stroke="var(--line)"/>',
        *(f'<path d="M{place(m)} 3V{HEIGHT - 3}" stroke="currentColor"/>' for m in marks),
        f'<path d="M{place(own[0])} {middle}H{place(own[-1])}" stroke="var(--bar)" '
        'stroke-width="5"/>',
        f'<circle cx="{place(figure["value"])}" cy="{middle}" r="4" fill="var(--bar)"/>',
    ]
    beside = ", ".join(f"{name} {_number(figure[name])}" for name in BESIDE)
    label = escape(f"{figure['title']}: {_number(figure['value'])}, {beside}", quote=True)
    size = f'width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg role="img" aria-label="{label}" {size}>{"".join(drawn)}</svg>'


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
