"""Keys between the tables of a definition, for reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.ui.model.tables import Table
from app.ui.model.values import show


@dataclass(frozen=True)
class ForeignKey:
    """A column of a table whose values are those of another table's column."""

    table: str
    column: str
    references: str


def foreign_keys(tables: Sequence[Table]) -> list[ForeignKey]:
    """Every key in the order of the document; what is not written as one is left out."""
    found = []
    for table in tables:
        keys = table.node.get("foreign_keys")
        for column, spec in keys.items() if isinstance(keys, dict) else ():
            target = spec.get("references") if isinstance(spec, dict) else spec
            if target:
                found.append(ForeignKey(table.name, str(column), show(target)))
    return found
