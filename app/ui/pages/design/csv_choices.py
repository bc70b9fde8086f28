"""How CSV files are to be written."""

from __future__ import annotations

from typing import Any

from app.ui.parts.field import Field
from app.ui.parts.tags import box, tag

CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    "delimiter": ("Between cells", {"": "comma", ";": "semicolon", "tab": "tab", "|": "bar"}),
    "quote": ("Quotes", {"": "where needed", "all": "around every cell"}),
    "line_end": ("Line ends", {"": "as on Linux (LF)", "crlf": "as on Windows (CRLF)"}),
    "bom": ("For Excel", {"": "no mark", "true": "mark as UTF-8 (BOM)"}),
}


class CsvChoices:
    """Folded away: most files are as most programs read them."""

    def __init__(self) -> None:
        self._fields: dict[str, Field] = {}
        with tag("details"):
            tag("summary", "How CSV is written")
            with box("fields fields--half"):
                for key, (label, options) in CHOICES.items():
                    self._fields[key] = Field(label, "", kind="choice", options=options)
                self._null = Field("Missing values as", "", placeholder="nothing")

    def value(self) -> dict[str, Any]:
        """The options of a job request: those that are chosen."""
        given: dict[str, Any] = {key: each.value for key, each in self._fields.items()}
        given["bom"] = given["bom"] == "true"
        given["null"] = self._null.value
        return {key: value for key, value in given.items() if value}
