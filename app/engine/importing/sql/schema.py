"""What an SQL script says of tables, in the terms of SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.engine.importing.sql.tokens import Token

Qualified = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SqlType:
    """A type as it was written.

    Args:
        name: in capitals, words parted by blanks; that of a type of the user's own is qualified.
        arguments: numbers and texts in its parentheses.
        is_array: whether it is one of many values.
    """

    name: str
    arguments: tuple[str, ...] = ()
    is_array: bool = False

    @property
    def length(self) -> int | None:
        """The first argument as a number; None where there is none, or `MAX`."""
        first = self.arguments[0] if self.arguments else ""
        return int(first) if first.isdecimal() and len(first) < 10 else None

    def __str__(self) -> str:
        listed = f"({', '.join(self.arguments)})" if self.arguments else ""
        return f"{self.name.lower()}{listed[:40]}{'[]' if self.is_array else ''}"


@dataclass(frozen=True, slots=True)
class Check:
    """A condition; `text` is that of the script, `quote` what stands before names in it."""

    text: str
    line: int
    quote: str = ""


@dataclass(slots=True)
class SqlColumn:
    """`default` is its tokens, `computed` the expression of a generated column."""

    name: str
    line: int
    type: SqlType | None = None
    not_null: bool = False
    identity: bool = False
    default: list[Token] = field(default_factory=list)
    computed: Check | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SqlKey:
    """Columns of which no two rows have the same values."""

    columns: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class SqlReference:
    """A foreign key; where `parent_columns` is empty it refers to the parent's primary key."""

    columns: tuple[str, ...]
    parent: Qualified
    parent_columns: tuple[str, ...]
    line: int


@dataclass(slots=True)
class SqlTable:
    name: Qualified
    line: int
    columns: dict[str, SqlColumn] = field(default_factory=dict)
    primary_key: SqlKey | None = None
    unique: list[SqlKey] = field(default_factory=list)
    references: list[SqlReference] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    comment: str = ""

    def column(self, name: str) -> SqlColumn | None:
        """By its name in any case."""
        return self.columns.get(name.casefold())


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of the script that no definition says."""

    line: int
    text: str
    table: str = ""


@dataclass(slots=True)
class SqlSchema:
    """Tables, types of the script's own, and what is left out; `conditions` counts those that were
    looked at."""

    tables: list[SqlTable] = field(default_factory=list)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    domains: dict[str, tuple[SqlColumn, tuple[Check, ...]]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    conditions: int = 0
    _by_name: dict[str, SqlTable] = field(default_factory=dict)

    def add(self, table: SqlTable) -> None:
        self.tables.append(table)
        for key in _spellings(table.name):
            self._by_name.setdefault(key, table)

    def find(self, name: Qualified) -> SqlTable | None:
        """The table of a name, in any case; its schema may be left out."""
        return next((self._by_name[key] for key in _spellings(name) if key in self._by_name), None)

    def leave_out(self, line: int, text: str, table: SqlTable | None = None) -> None:
        self.left_out.append(LeftOut(line, text, table.name[-1] if table else ""))


def _spellings(name: Qualified) -> Iterable[str]:
    """The longest first."""
    parts = [part.casefold() for part in name]
    return [".".join(parts[start:]) for start in range(len(parts))]
