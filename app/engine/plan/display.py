"""Plans in few words: for the interpreter's prompt, and as HTML for notebooks."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.engine.plan.plan import Plan, TablePlan

MOST_TABLES = 5


def table_size(table: TablePlan) -> str:
    """Rows and columns of a table, such as ``10,000 rows × 9 columns``."""
    return f"{_count(table.rows, 'row')} × {_count(len(table.schema), 'column')}"


def summary(plan: Plan) -> str:
    """Name, seed and tables of a plan on one line; of many tables the first ones."""
    shown = [f"{table.name} {table_size(table)}" for table in plan.tables[:MOST_TABLES]]
    left = len(plan.tables) - len(shown)
    if left:
        shown.append(f"{_count(left, 'more table')}")
    return f"{plan.name!r}, seed {plan.seed}: {', '.join(shown)}"


def plan_html(plan: Plan) -> str:
    """A plan as HTML: a heading, and a line for each of its first tables."""
    rows = [
        (table.name, f"{table.rows:,}", f"{len(table.schema):,}")
        for table in plan.tables[:MOST_TABLES]
    ]
    left = len(plan.tables) - len(rows)
    more = f"<p>{_count(left, 'more table')}</p>" if left else ""
    heading = f"<p><b>{html.escape(plan.name)}</b>, seed {plan.seed}</p>"
    return heading + html_table(("table", "rows", "columns"), rows) + more


def html_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as an HTML table; None is an empty cell."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    return f"<td>{'' if value is None else html.escape(str(value))}</td>"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
