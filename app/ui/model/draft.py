"""A definition while a person works on it.

The draft is the document itself. Setup, grid and panels are views of it that change single places,
and the YAML is its other spelling, so that nothing is lost on the way there and back.
"""

from __future__ import annotations

import copy
from typing import Any, Protocol
from weakref import WeakSet

from app.ui.model.purpose import Purpose
from app.ui.model.tables import Table
from app.ui.model.values import put, read_number, show

BLANK: dict[str, Any] = {"name": "my_table", "n_samples": 1000, "features": {}}
TEXTS = frozenset({"name", "today"})


class View(Protocol):
    """Something that shows a draft and does not want to show it as it was."""

    def overtaken(self) -> None: ...


class Draft:
    """A definition under work; `document` may be posted to the API at any time.

    `unread` is a text that was typed to take its place and could not be read so far; `aside` is
    the document that another one took the place of. `views` look at the same draft, in tabs of one
    browser; `version` counts what was changed. `at_hand` names the table and the column that the
    page of the columns begins with.
    """

    def __init__(self, document: dict[str, Any] | None = None) -> None:
        self.unread = ""
        self.version = 0
        self.views: WeakSet[View] = WeakSet()
        self.aside: dict[str, Any] | None = None
        self.at_hand: tuple[str, str] = ("", "")
        self.document: dict[str, Any] = copy.deepcopy(BLANK if document is None else document)

    def replace(self, document: dict[str, Any]) -> None:
        """Take another document, such as the one that YAML says."""
        self.document = copy.deepcopy(document)
        self.unread = ""

    def touched(self, by: View | None = None) -> None:
        """The document is another one; every view but the one that changed it is notified."""
        self.version += 1
        for view in [each for each in self.views if each is not by]:
            view.overtaken()

    def put_aside(self, document: dict[str, Any]) -> None:
        """Take another document, and keep the one before where it says anything."""
        if not self.is_blank and document != self.document:
            self.aside = self.document
        self.replace(document)

    def bring_back(self) -> None:
        """The document that was put aside, in exchange for the present one."""
        if self.aside is not None:
            present, self.document = self.document, self.aside
            self.aside = None if present == BLANK else present

    @property
    def is_blank(self) -> bool:
        return self.document == BLANK

    def get(self, key: str) -> str:
        """A key of the document's top as text; the rows of the first table where only tables say
        how many."""
        return show(self._home(key).get(key))

    def set(self, key: str, text: str) -> None:
        put(self._home(key), key, text if key in TEXTS else read_number(text))

    def place(self, key: str) -> tuple[str, ...]:
        """Where the API tells a fault of `get(key)`."""
        home = self._home(key)
        if home is self.document:
            return (key,)
        return (*self._first_table_path(), key)

    def tables(self) -> list[Table]:
        """Every table in the order of the document; at least one."""
        several = self._schema().get("tables")
        if isinstance(several, dict) and several:
            path = (*self._schema_path(), "tables")
            return [
                Table(name, node, (*path, name))
                for name, node in several.items()
                if isinstance(node, dict)
            ]
        return [Table("", self._schema(), self._schema_path())]

    def table(self, name: str = "") -> Table:
        """A table by its name; the first one where there is none of that name."""
        tables = self.tables()
        return next((each for each in tables if each.name == name), tables[0])

    @property
    def purpose(self) -> Purpose:
        """What is to be predicted, in the table that says so."""
        tables = self.tables()
        return Purpose(next((each for each in tables if each.target), tables[0]))

    def _schema(self) -> dict[str, Any]:
        inner = self.document.get("schema")
        return inner if isinstance(inner, dict) else self.document

    def _schema_path(self) -> tuple[str, ...]:
        return () if self._schema() is self.document else ("schema",)

    def _first_table_path(self) -> tuple[str, ...]:
        return tuple(map(str, self.tables()[0].path))

    def _home(self, key: str) -> dict[str, Any]:
        tables = self.tables()
        if key == "n_samples" and tables[0].name and key not in self.document:
            return tables[0].node
        return self.document
