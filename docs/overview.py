"""Draws `overview.svg`: a definition, the rules it comes to, the rows made from it.

Run `python docs/overview.py` after a change of `overview.yaml` or of what a definition comes to; a
test compares the picture with what the code says.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from app.engine import compile_plan, load_definition, preview
from app.engine.plan.explain import explain

FOLDER = Path(__file__).parent
ROWS = 6
FAMILY = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"
FONT = f"font-family='{FAMILY}' font-size='13'"
LINE, CHARACTER, PADDING, GAP, TITLE = 19, 8.1, 16, 44, 30
STYLE = """<style>
.page { fill: #ffffff } .panel { fill: #f6f8fa; stroke: #d0d7de } text { fill: #1f2328 }
.title { font: 600 14px system-ui, sans-serif } .arrow { fill: #57606a }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117 } .panel { fill: #161b22; stroke: #30363d } text { fill: #e6edf3 }
.arrow { fill: #8b949e } }
</style>"""


def columns(records: Sequence[dict[str, object]]) -> list[str]:
    """Records as lines of text in columns."""
    table = [list(records[0]), *([written(value) for value in row.values()] for row in records)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def written(value: object) -> str:
    """A value as CSV has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def panels() -> list[tuple[str, list[str]]]:
    """Title and lines of each panel."""
    definition = (FOLDER / "overview.yaml").read_text(encoding="utf-8")
    plan = compile_plan(load_definition(definition).definition)
    return [
        ("1  You declare", definition.rstrip().splitlines()),
        ("2  It comes to rules", explain(plan)["text"].splitlines()),
        (f"3  You get {plan.tables[0].rows:,} rows that keep them", columns(preview(plan, ROWS))),
    ]


def panel(top: float, width: float, title: str, lines: Sequence[str]) -> str:
    """One panel, its upper edge at `top`."""
    height = TITLE + LINE * len(lines) + PADDING
    parts = [
        f"<rect class='panel' x='1' y='{top}' width='{width - 2}' height='{height}' rx='8'/>",
        f"<text class='title' x='{PADDING}' y='{top + 22}'>{escape(title)}</text>",
    ]
    for number, line in enumerate(lines, start=1):
        y = top + TITLE + LINE * number
        parts.append(
            f"<text {FONT} xml:space='preserve' x='{PADDING}' y='{y}'>{escape(line)}</text>"
        )
    return "\n".join(parts)


def arrow(top: float, width: float) -> str:
    """An arrow that leads from one panel down to the next."""
    x, y = width / 2, top + 8
    return f"<path class='arrow' d='M{x - 4} {y}h8v14h8l-12 14l-12 -14h8z'/>"


def picture(shown: Sequence[tuple[str, list[str]]]) -> str:
    """The whole SVG."""
    longest = max(len(line) for _, lines in shown for line in lines)
    width = round(longest * CHARACTER + 2 * PADDING)
    top, parts = 1, []
    for number, (title, lines) in enumerate(shown):
        if number:
            parts.append(arrow(top - GAP, width))
        parts.append(panel(top, width, title, lines))
        top += TITLE + LINE * len(lines) + PADDING + GAP
    height = top - GAP + 1
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}'>"
    )
    page = f"<rect class='page' width='{width}' height='{height}'/>"
    name = "<title>A definition, the rules it comes to, and rows made from it</title>"
    return "\n".join([head, name, STYLE, page, *parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    (FOLDER / "overview.svg").write_text(picture(panels()), encoding="utf-8")
