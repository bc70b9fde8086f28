"""Reports as files, in every format that they have."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app.engine.files import write_whole
from app.engine.reports.html import report_html
from app.engine.reports.made.card import CARD, data_card
from app.engine.reports.made.croissant import CROISSANT, croissant
from app.engine.reports.pdf.file import can_write_pdf, need_pdf, report_pdf


def report_json(document: dict[str, Any]) -> str:
    """Indented, with a line end."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _text(make: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], bytes]:
    return lambda document: make(document).encode()


WRITERS: Mapping[str, Callable[[dict[str, Any]], bytes]] = {
    "json": _text(report_json),
    "html": _text(report_html),
    "pdf": report_pdf,
}
"""By format, of every document; the same document gives the same bytes."""
DESCRIPTIONS: Mapping[str, Callable[[dict[str, Any]], bytes]] = {
    "card": _text(data_card),
    "croissant": _text(croissant),
}
"""By format, of made tables alone."""
MEDIA_TYPES: Mapping[str, str] = {
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "card": "text/markdown; charset=utf-8",
    "croissant": "application/ld+json",
}
FILES: Mapping[str, str] = {"card": CARD, "croissant": CROISSANT}
"""Names of files that tools look for, by format."""


def writable_formats() -> tuple[str, ...]:
    """Of every document, those whose extras are installed."""
    return tuple(each for each in WRITERS if each != "pdf" or can_write_pdf())


def need_format(format: str) -> None:
    """Raises ImportError, with what to do, where the extra of a format is not installed."""
    if format == "pdf":
        need_pdf()


def write_report(document: dict[str, Any], format: str, path: Path) -> None:
    """Write a file, whole or not at all; one of that name is replaced.

    Raises KeyError where there is no such format, ImportError where its extra is not installed,
    OSError.
    """
    write_whole(path, {**WRITERS, **DESCRIPTIONS}[format](document))
