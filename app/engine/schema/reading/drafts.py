"""A table while it is read: what could be read of it, and where each part stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.engine.schema.models import (
    AnyColumn,
    Constraint,
    Correlation,
    ForeignKey,
    Rule,
    Table,
    Target,
)
from app.engine.schema.reading.section import Section
from app.engine.schema.source import Path


@dataclass
class TableDraft:
    """Columns and keys that could not be read are known by their names; their value is None."""

    name: str
    section: Section
    features: dict[str, AnyColumn | None] = field(default_factory=dict)
    places: dict[str, Path] = field(default_factory=dict)
    foreign_keys: dict[str, ForeignKey | None] = field(default_factory=dict)
    rows: list[dict[str, Any]] | None = None
    primary_key: tuple[str, ...] = ()
    n_samples: int | None = None
    target_name: str | None = None
    target: Target | None = None
    correlations: list[tuple[Path, Correlation]] = field(default_factory=list)
    rules: list[tuple[Path, Rule]] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    constraint_places: list[Path] = field(default_factory=list)

    def row_columns(self) -> list[str]:
        """The columns of a table given by its rows."""
        return list(dict.fromkeys(name for row in self.rows or () for name in row))

    def column_names(self) -> list[str]:
        target = [self.target_name] if self.target_name is not None else []
        return [*self.foreign_keys, *self.features, *self.row_columns(), *target]

    def column(self, name: str) -> AnyColumn | None:
        """The column declared under a name, where it could be read."""
        if name == self.target_name:
            return self.target.column if self.target else None
        return self.features.get(name)

    def parents(self) -> Iterable[str]:
        """The tables that this one refers to, itself left out."""
        keys = (key.table for key in self.foreign_keys.values() if key)
        return dict.fromkeys(table for table in keys if table != self.name)

    def has_children_rows(self) -> bool:
        """Whether the number of rows follows from the parents."""
        return any(
            key is not None and key.children is not None for key in self.foreign_keys.values()
        )

    def finish(self) -> Table:
        """The table; to be called where there were no faults."""
        rows = self.row_columns()
        return Table(
            name=self.name,
            n_samples=self.n_samples,
            primary_key=self.primary_key,
            foreign_keys={name: key for name, key in self.foreign_keys.items() if key},
            rows=None
            if self.rows is None
            else tuple({name: row.get(name) for name in rows} for row in self.rows),
            features={name: column for name, column in self.features.items() if column},
            target=self.target,
            correlations=tuple(correlation for _, correlation in self.correlations),
            rules=tuple(rule for _, rule in self.rules),
            constraints=tuple(self.constraints),
        )
