"""Several tables on one page: the keys between them, then each table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from app.engine.reports.sections.markup import items, number, paragraphs, table
from app.engine.reports.several import key_name

OF_REAL = "Of real rows"
HEADS = ("Key", "Distance", "Real rows", "Any row", "Orphans", OF_REAL, "Missing", OF_REAL)
FIGURES = ("distance", "ceiling", "floor", "orphans", "orphans_real", "missing", "missing_real")
BESIDE = (
    "How many rows refer to each row of the other table, as the distance (Kolmogorov-Smirnov) of "
    "these numbers from the real ones. Beside it stand two halves of the real table that is "
    "referred to, and as many rows that refer to any row. Orphans refer to no row."
)
_IDS = re.compile(r'\b(id|aria-labelledby)="([^"]*)"')


def several_page(document: Mapping[str, Any], body: Callable[[dict[str, Any]], str]) -> str:
    """A report of several tables.

    Args:
        body: of a report of one table.
    """
    tables = document["tables"].items()
    parts = [
        _apart(body({**report, "title": f"Table {name}"}), place)
        for place, (name, report) in enumerate(tables, start=1)
    ]
    return (
        f"<section><h1>{escape(document['title'])}</h1>"
        f"<p>{escape(', '.join(document['tables']))}</p>{_keys(document)}"
        f"{items(document['notes'])}</section>{''.join(parts)}"
    )


def _keys(document: Mapping[str, Any]) -> str:
    if not document["keys"]:
        return paragraphs("No key between these tables was judged.")
    rows = (
        (escape(key_name(key)), *(number(key[name]) for name in FIGURES))
        for key in document["keys"]
    )
    listed = table(HEADS, rows, first_number=1, label="Keys between tables")
    return f"<h2>Keys between tables</h2>{paragraphs(BESIDE)}{listed}"


def _apart(page: str, place: int) -> str:
    """With ids that no other table of the page has."""

    def renamed(match: re.Match[str]) -> str:
        ids = " ".join(f"t{place}-{each}" for each in match[2].split())
        return f'{match[1]}="{ids}"'

    return _IDS.sub(renamed, page)
