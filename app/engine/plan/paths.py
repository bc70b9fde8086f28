"""Where the parts of a table stand in the document, for faults that name them."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.schema.models import Table


@dataclass(frozen=True, slots=True)
class TablePaths:
    """The paths of one table in the document.

    Args:
        name: the table.
        alone: whether the document has this table alone, and so no key `tables`.
    """

    name: str
    alone: bool

    def table(self, key: str) -> str:
        return key if self.alone else f"tables.{self.name}.{key}"

    def column(self, table: Table, name: str) -> str:
        part = "target" if table.target and table.target.name == name else "features"
        return f"schema.{part}.{name}" if self.alone else self.table(f"{part}.{name}")
