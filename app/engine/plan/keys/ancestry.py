"""The tables that a table refers to, and by which keys each of them is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from app.engine.errors import DefinitionError, Fault
from app.engine.plan.plan import TablePlan
from app.engine.schema.models import Column, Definition, ForeignKey, Table

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
        """Table and column of every column of the ancestors by ``table.column``, those of parents
        also by ``key.column``; columns of the table itself that are called so go before."""
        own = {*self.table.key_columns(), *self.table.columns()}
        tables = {**self._keys_as_tables(), **{name: name for name in self.key_paths()}}
        return {
            f"{name}.{column}": (table, column)
            for name, table in tables.items()
            for column in self.planned[table].readable
            if f"{name}.{column}" not in own
        }

    def by_table(self) -> set[str]:
        """The names among `columns` that begin with a table's name."""
        return {
            written
            for written, (table, column) in self.columns().items()
            if written == f"{table}.{column}"
        }

    def _keys_as_tables(self) -> dict[str, str]:
        """The parent's table by the name of each key; a table that is called so goes before."""
        keys = self.table.foreign_keys
        return {
            name: key.table
            for name, key in keys.items()
            if key.table != self.table.name and name not in self.key_paths()
        }

    def declared_column(self, written: str) -> Column | None:
        """The declared column meant by ``table.column``; None for keys and literal rows."""
        name, column = self.columns()[written]
        return self.declared[name].columns().get(column)

    def key_path(self, written: str, path: str) -> KeyPath:
        """The path of keys to the row whose column is meant: that of the key it is named by, else
        the only one to its table.

        Raises:
            DefinitionError: where there are several, so that its row is not determined.
        """
        table, column = self.columns()[written]
        prefix = written.removesuffix(f".{column}")
        if prefix != table:
            return KeyPath((prefix,), table)
        key_paths = self.key_paths()[table]
        if len(key_paths) == 1:
            return key_paths[0]
        written = " and ".join(" → ".join(key_path.keys) for key_path in key_paths)
        message = (
            f"{table} is referred to in several ways ({written}), so its row is not determined"
        )
        keys = [key_path.keys[0] for key_path in key_paths if len(key_path.keys) == 1]
        hint = f"leave one of the keys to {table} out"
        if keys:
            hint = f"say by which key, as in `{keys[0]}.{column}`, or {hint}"
        raise DefinitionError([Fault(path, message, hint)])

    def parent(self, key: ForeignKey) -> TablePlan:
        return self.planned[key.table]
