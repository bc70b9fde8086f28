"""What was read and what was assumed of imported columns, for a person to go through.

A click on a column leads to its fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

MOST_LINES = 300
# Tells the number of the column whose button was pressed.
TELL_COLUMN = """event => {
  const pressed = event.target.closest("button[data-number]");
  if (pressed) emit(Number(pressed.dataset.number));
}"""
_HEADS = ("Column", "Read", "Assumed")


def review_table(columns: Sequence[dict[str, Any]]) -> str:
    """A line a column; names of tables stand before columns where there are several."""
    head = "".join(f'<th scope="col">{each}</th>' for each in _HEADS)
    body = "".join(_line(number, each) for number, each in enumerate(columns[:MOST_LINES]))
    return (
        '<table class="data data--words"><caption class="reader">Columns for review</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _line(number: int, column: dict[str, Any]) -> str:
    name = f"{column['table']}.{column['column']}" if column["table"] else column["column"]
    read = f"{column['read']} (line {column['line']})" if column["line"] else column["read"]
    cells = "".join(f"<td>{escape(text)}</td>" for text in (read, column["assumed"]))
    edit = f'<button type="button" class="link" data-number="{number}">{escape(name)}</button>'
    return f'<tr><th scope="row">{edit}</th>{cells}</tr>'


def left_out_lines(left_out: Sequence[dict[str, Any]]) -> list[str]:
    """What the definition does not say, each with its line."""
    return [_said(each) for each in left_out]


def _said(each: dict[str, Any]) -> str:
    where = f"Left out, line {each['line']}: " if each["line"] else ""
    return f"{where}{each['table']}: {each['text']}" if each["table"] else f"{where}{each['text']}"
