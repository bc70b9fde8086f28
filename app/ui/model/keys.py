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

    @property
    def parent(self) -> str:
        """The table that is referred to."""
        return self.references.partition(".")[0]


def column_counts(tables: Sequence[Table]) -> dict[str, int]:
    """How many columns each table will have, by name: keys and those of literal rows too."""
    return {table.name: _columns(table) for table in tables}


def _columns(table: Table) -> int:
    rows, keys = table.node.get("rows"), table.node.get("foreign_keys")
    literal = rows if isinstance(rows, list) else []
    names = {name for row in literal if isinstance(row, dict) for name in row}
    return (
        len(table.columns())
        + len(names)
        + sum(map(_made_by, keys.values() if isinstance(keys, dict) else ()))
    )


def _made_by(key: object) -> int:
    """How many columns a foreign key makes."""
    further = key.get("columns") if isinstance(key, dict) else None
    return 1 + (len(further) if isinstance(further, dict) else 0)


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
