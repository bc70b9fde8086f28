"""What rows were found to be, for people and programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.engine import report_body, report_html, report_pdf


class Report:
    """What rows are worth and what they give away: of an evaluation every figure beside its ceiling
    (real rows in their place) and its floor (independent columns); of a dataset what was declared
    beside what its tables hold. Shows itself in a notebook."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    @property
    def figures(self) -> dict[str, float | None]:
        """The values of the figures by their names."""
        return {each["name"]: each["value"] for each in self._document["figures"]}

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data; a copy of its own."""
        copied: dict[str, Any] = json.loads(json.dumps(self._document))
        return copied

    def to_html(self, path: str | Path | None = None) -> str:
        """One HTML file that needs nothing else, written to `path` where one is given."""
        text = report_html(self._document)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def to_pdf(self, path: str | Path | None = None) -> bytes:
        """One tagged PDF file (PDF/UA-1), written to `path` where one is given; the same report
        gives the same bytes.

        Raises:
            ImportError: Typst is not installed; the text says how to get it.
        """
        made = report_pdf(self._document)
        if path is not None:
            Path(path).write_bytes(made)
        return made

    def __repr__(self) -> str:
        values = [f"{name} {value}" for name, value in self.figures.items()]
        words = [str(each["verdict"]) for each in self._document["questions"]]
        return f"<Report {', '.join(values or words)}>"

    def _repr_html_(self) -> str:
        return report_body(self._document)


class TablesReport:
    """What several tables are worth: a report of each, and the keys between them. Shows itself in a
    notebook."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    @property
    def tables(self) -> dict[str, Report]:
        """The report of each table by its name."""
        return {name: Report(each) for name, each in self._document["tables"].items()}

    @property
    def keys(self) -> list[dict[str, Any]]:
        """Each key (`table`, `column`, `parent`, `parent_column`) with the shares of its `orphans`
        and of what is `missing`, beside those of real rows, and how far the numbers of rows that
        refer to each row lie from the real ones: `distance`, with its `ceiling` and `floor`."""
        return [dict(each) for each in self._document["keys"]]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data; a copy of its own."""
        copied: dict[str, Any] = json.loads(json.dumps(self._document))
        return copied

    def to_html(self, path: str | Path | None = None) -> str:
        """One HTML file that needs nothing else, written to `path` where one is given."""
        text = report_html(self._document)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def __repr__(self) -> str:
        return f"<TablesReport of {', '.join(self._document['tables'])}>"

    def _repr_html_(self) -> str:
        return report_body(self._document)
