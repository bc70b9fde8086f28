"""Reports as files, in every format that they have."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app.engine.reports.html import report_html
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
"""By format; the same document gives the same bytes."""
MEDIA_TYPES: Mapping[str, str] = {
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}


def writable_formats() -> tuple[str, ...]:
    """Those whose extras are installed."""
    return tuple(each for each in WRITERS if each != "pdf" or can_write_pdf())


def need_format(format: str) -> None:
    """Raises ImportError, with what to do, where the extra of a format is not installed."""
    if format == "pdf":
        need_pdf()


def write_report(document: dict[str, Any], format: str, path: Path) -> None:
    """Raises KeyError where there is no such format, ImportError where its extra is not installed,
    OSError."""
    path.write_bytes(WRITERS[format](document))
