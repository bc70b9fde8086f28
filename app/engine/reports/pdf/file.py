"""A report as a tagged PDF file (PDF/UA-1), the same bytes for the same report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from app.engine.reports.pdf.characters import written
from app.engine.reports.pdf.pages import report_pages

TEMPLATE = Path(__file__).parent / "report.typ"
STANDARD = "ua-1"


def report_pdf(document: Mapping[str, Any]) -> bytes:
    """The file; see `app.engine.reports.document`.

    Raises:
        ImportError: Typst is not installed; the text says how to get it.
    """
    typesetter = _typst()
    try:
        return _typeset(typesetter, written(document))
    except typesetter.TypstError:
        # Signs that the fonts have one by one, but not in this order, such as Hebrew points
        # behind Latin letters.
        return _typeset(typesetter, written(document, plain=True))


def can_write_pdf() -> bool:
    """Whether the extra is installed."""
    try:
        _typst()
    except ImportError:
        return False
    return True


def need_pdf() -> None:
    """Raises ImportError, with what to do, where the extra is not installed."""
    _typst()


def _typst() -> ModuleType:
    try:
        return import_module("typst")
    except ImportError as error:
        hint = "pip install 'tablesmith[pdf]'"
        raise ImportError(f"a PDF file needs Typst, which is not installed: {hint}") from error


def _typeset(typst: ModuleType, document: dict[str, Any]) -> bytes:
    """The file of a document whose texts the fonts have. It reads no file but the template, and
    no font of the machine."""
    fonts = typst.Fonts(include_system_fonts=False)
    compiler = typst.Compiler(
        input=TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"pages": json.dumps(report_pages(document))},
    )
    made: bytes = compiler.compile(format="pdf", pdf_standards=[STANDARD], timestamp=0)
    return made
