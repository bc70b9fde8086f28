"""How columns are named in expressions: as written, in backticks, or in snake case."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from app.engine.expressions.tokens import KEYWORDS


def snake_case(name: str) -> str:
    """``Tenure (Months)`` -> ``tenure_months``; parts of a dotted name one by one."""
    return ".".join(_snake_part(part) for part in name.split("."))


def _snake_part(part: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", part)
    return re.sub(r"[\W_]+", "_", parted).strip("_").lower()


def written(name: str) -> str:
    """The column's name as expressions show it: bare where it is an identifier."""
    parts = name.split(".")
    if all(part.isidentifier() and part.lower() not in KEYWORDS for part in parts):
        return name
    return "`" + name.replace("`", "``") + "`"


@dataclass(frozen=True, slots=True)
class Names:
    """The columns an expression may read, and every way to name them.

    Args:
        exact: full names.
        aliases: full names by snake-case form; several where the form is ambiguous.
    """

    exact: frozenset[str]
    aliases: Mapping[str, tuple[str, ...]]

    def find(self, name: str) -> tuple[str, ...]:
        """The columns that `name` may mean; exactly one where it can be used."""
        return (name,) if name in self.exact else self.aliases.get(name, ())

    def nearest(self, name: str) -> str | None:
        """The known name that is most like `name`, as expressions write it."""
        known = {**{key: values[0] for key, values in self.aliases.items()}}
        known |= {column: column for column in self.exact}
        found = get_close_matches(name, known, 1) or get_close_matches(snake_case(name), known, 1)
        return written(known[found[0]]) if found else None


def names(columns: Collection[str]) -> Names:
    """The names of the given columns; ``table.column`` stands for a column of another table."""
    aliases: dict[str, tuple[str, ...]] = {}
    for column in columns:
        alias = snake_case(column)
        if alias and column not in aliases.get(alias, ()):
            aliases[alias] = (*aliases.get(alias, ()), column)
    return Names(frozenset(columns), aliases)
