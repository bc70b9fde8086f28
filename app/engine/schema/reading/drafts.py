"""A table while it is read: what could be read of it, and where each part stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.engine.schema.learned import TableModel
from app.engine.schema.models import (
    Association,
    Column,
    Constraint,
    Correlation,
    ForeignKey,
    Origin,
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
    is_lone: bool = False
    origin: Origin | None = None
    model: TableModel | None = None
    features: dict[str, Column | None] = field(default_factory=dict)
    places: dict[str, Path] = field(default_factory=dict)
    foreign_keys: dict[str, ForeignKey | None] = field(default_factory=dict)
    rows: list[dict[str, Any]] | None = None
    primary_key: tuple[str, ...] = ()
    description: str | None = None
    n_samples: int | None = None
    target_name: str | None = None
    target: Target | None = None
    correlations: list[tuple[Path, Correlation]] = field(default_factory=list)
    associations: list[tuple[Path, Association]] = field(default_factory=list)
    rules: list[tuple[Path, Rule]] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    constraint_places: list[Path] = field(default_factory=list)

    @property
    def is_unknown(self) -> bool:
        """Whether its columns are those of a model that was not found."""
        return self.model is None and self.section.has("from")

    def row_columns(self) -> list[str]:
        """The columns of a table given by its rows."""
        return list(dict.fromkeys(name for row in self.rows or () for name in row))

    def column_names(self) -> list[str]:
        target = [self.target_name] if self.target_name is not None else []
        return [*self.key_columns(), *self.features, *self.row_columns(), *target]

    def key_columns(self) -> dict[str, ForeignKey | None]:
        """Every column that a foreign key makes, with its key."""
        return {
            name: key
            for first, key in self.foreign_keys.items()
            for name in (first, *(key.columns if key else ()))
        }

    def column(self, name: str) -> Column | None:
        """The column declared under a name, where it could be read."""
        if name == self.target_name:
            return self.target.column if self.target else None
        return self.features.get(name)

    def hidden(self) -> list[str]:
        """The columns and keys that are not written."""
        declared: dict[str, Column | ForeignKey | None] = {**self.key_columns(), **self.features}
        if self.target is not None:
            declared[self.target.name] = self.target.column
        return [name for name, each in declared.items() if each is not None and each.hidden]

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
        table = Table(
            name=self.name,
            is_lone=self.is_lone,
            origin=self.origin,
            description=self.description,
            n_samples=self.n_samples,
            primary_key=self.primary_key,
            foreign_keys={name: key for name, key in self.foreign_keys.items() if key},
            rows=None
            if self.rows is None
            else tuple({name: row.get(name) for name in rows} for row in self.rows),
            features={name: column for name, column in self.features.items() if column},
            target=self.target,
            correlations=tuple(correlation for _, correlation in self.correlations),
            associations=tuple(association for _, association in self.associations),
            rules=tuple(rule for _, rule in self.rules),
            constraints=tuple(self.constraints),
        )
        return table if self.model is None else table.drawn_from(self.model)
