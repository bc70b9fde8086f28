"""What a model says of its columns, as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from app.ui.model.values import short
from app.ui.parts.drawing import meter

Explained = Mapping[str, Any]
# Columns that are drawn; more of them take time of everybody.
MOST = 300


def explained_html(columns: Sequence[Explained]) -> str:
    """A line for each column: its place, its name, its trees, and what says most of it."""
    most = max([each["trees"] for each in columns] or [0])
    lines = "".join(_line(place, each, most) for place, each in enumerate(columns[:MOST], 1))
    left = len(columns) - MOST
    more = f'<p class="quiet small">And {left:,} more columns.</p>' if left > 0 else ""
    return f'<ol class="explained">{lines}</ol>{more}'


def _line(place: int, column: Explained, most: int) -> str:
    trees = column["trees"]
    grown = f'{meter(trees / most)}<span class="quiet small">{trees:,} trees</span>' if most else ""
    by = "".join(
        f'<span class="explained__by"><b>{escape(short(each["column"]))}</b> '
        f"{each['weight']:.0%}</span>"
        for each in column["by"]
    )
    said = by or '<span class="quiet small">by itself</span>'
    return (
        f'<li class="explained__line"><span class="explained__place">{place}</span>'
        f'<span class="explained__name">{escape(short(column["name"]))}</span>'
        f'<span class="explained__trees">{grown}</span><span class="explained__said">{said}</span>'
        "</li>"
    )
