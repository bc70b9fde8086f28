"""A report as one HTML file that needs nothing else: no script, no address elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

from app.engine.reports.sections.details import columns, pairs
from app.engine.reports.sections.facts import facts
from app.engine.reports.sections.fairness import fairness
from app.engine.reports.sections.learned import learned
from app.engine.reports.sections.made import made_columns, timeline
from app.engine.reports.sections.officer import officer_page
from app.engine.reports.sections.questions import all_figures, first_page
from app.engine.reports.sections.several import several_page
from app.engine.reports.sections.style import STYLE
from app.engine.reports.sections.target import targets

PARTS = (
    first_page,
    targets,
    all_figures,
    fairness,
    learned,
    columns,
    pairs,
    made_columns,
    facts,
    timeline,
    officer_page,
)
"""In their order; each is empty where a document has nothing of it."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def report_html(document: dict[str, Any]) -> str:
    """The file; see `app.engine.reports.document`."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(document['title'])}</title><style>{STYLE}</style></head>"
        f"<body><main>{report_body(document)}</main></body></html>\n"
    )


def report_body(document: dict[str, Any]) -> str:
    """What stands in the file; of several tables each one's."""
    if "keys" in document:
        return several_page(document, report_body)
    return "".join(part(document) for part in PARTS)
