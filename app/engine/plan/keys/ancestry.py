"""The tables that a table refers to, and by which keys each of them is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from app.engine.errors import DefinitionError, Fault
from app.engine.plan.plan import TablePlan
from app.engine.schema.models import AnyColumn, Definition, ForeignKey, Table

MOST_PATHS = 2  # more than one is too many to tell which is meant


def planning_order(definition: Definition) -> list[Table]:
    """The tables, each after those it refers to."""
    graph = {table.name: sorted(parents_of(table)) for table in definition.tables.values()}
    return [definition.tables[name] for name in TopologicalSorter(graph).static_order()]


def parents_of(table: Table) -> set[str]:
    """The tables that a table refers to, itself left out."""
    return {key.table for key in table.foreign_keys.values()} - {table.name}


def rows_name(key: str) -> str:
    """Under what the row numbers that a key refers to are drawn; no column is written so."""
    return f"\0{key}"


@dataclass(frozen=True, slots=True)
class KeyPath:
    """How an ancestor is reached: a key of the table, then one of its parent's, and so on."""

    keys: tuple[str, ...]
    table: str


@dataclass(frozen=True, slots=True)
class TableAncestry:
    """A table among its ancestors.

    Args:
        declared: every table of the definition.
        planned: those that are planned already, the ancestors among them.
    """

    table: Table
    declared: Mapping[str, Table]
    planned: Mapping[str, TablePlan]

    def is_planned(self) -> bool:
        """Whether the parents are; one that has faults is not."""
        return parents_of(self.table) <= self.planned.keys()

    def key_paths(self) -> dict[str, list[KeyPath]]:
        """The paths of keys to each ancestor, at the most MOST_PATHS of them."""
        found: dict[str, list[KeyPath]] = {}
        waiting: list[tuple[Table, tuple[str, ...]]] = [(self.table, ())]
        for table, before in waiting:
            for name, key in table.foreign_keys.items():
                if key.table == table.name:
                    continue
                key_paths = found.setdefault(key.table, [])
                if len(key_paths) < MOST_PATHS:
                    key_paths.append(KeyPath((*before, name), key.table))
                    waiting.append((self.declared[key.table], key_paths[-1].keys))
        return found

    def columns(self) -> dict[str, tuple[str, str]]:
        """Table and column of every column of the ancestors by ``table.column``; columns of the
        table itself that are called so go before."""
        own = {*self.table.foreign_keys, *self.table.columns()}
        return {
            f"{name}.{column}": (name, column)
            for name in self.key_paths()
            for column in self.planned[name].schema.names
            if f"{name}.{column}" not in own
        }

    def declared_column(self, written: str) -> AnyColumn | None:
        """The declared column meant by ``table.column``; None for keys and literal rows."""
        name, column = self.columns()[written]
        return self.declared[name].columns().get(column)

    def key_path(self, table: str, path: str) -> KeyPath:
        """The only path of keys to an ancestor.

        Raises:
            DefinitionError: where there are several, so that its row is not determined.
        """
        key_paths = self.key_paths()[table]
        if len(key_paths) == 1:
            return key_paths[0]
        written = " and ".join(" → ".join(key_path.keys) for key_path in key_paths)
        message = (
            f"{table} is referred to in several ways ({written}), so its row is not determined"
        )
        raise DefinitionError([Fault(path, message, f"leave one of the keys to {table} out")])

    def parent(self, key: ForeignKey) -> TablePlan:
        return self.planned[key.table]
