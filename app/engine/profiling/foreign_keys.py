"""Columns that refer to another table, found from names, types and values together.

A column is a candidate where nearly all of its values are keys of the other table. Whole numbers
from 1 are keys of every table, so names must speak for them; for texts the values alone do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.formats.cells.cells import read_cells
from app.engine.profiling.distinct import Distinct, distinct_values
from app.engine.profiling.models import ColumnProfile, FoundForeignKey, TableProfile
from app.engine.profiling.names import singular, words
from app.engine.sources.column_store import ColumnStore

INCLUDED = 0.5  # of different values, where names are the same
INCLUDED_BY_VALUES = 0.95
FEWEST_VALUES = 3
_KINDS = {"id", "category", "integer", "text", "constant"}
# Roles that persons have in other tables' columns.
_ROLES = {"rep", "manager", "supervisor", "agent", "boss", "employee", "staff", "seller", "owner"}
_PERSONS = {"employee", "staff", "user", "person", "people", "member", "worker"}
_GENERIC = {"id", "key", "code", "no", "number", "nr", "uuid", "pk"}
_SELF = re.compile(
    r"(?i)report|manager|parent|supervisor|boss|superior|refers|referred|replied|reply|ancestor|mentor"
    r"|predecessor|previous|mother|father"
)


@dataclass(frozen=True, slots=True)
class _Parent:
    table: TableProfile
    column: ColumnProfile
    values: pa.Array


@dataclass(frozen=True, slots=True)
class _Match:
    parent: _Parent
    confidence: float
    orphans: int


def find_foreign_keys(
    tables: Sequence[TableProfile], stores: Mapping[str, ColumnStore]
) -> tuple[tuple[TableProfile, ...], tuple[FoundForeignKey, ...]]:
    """The tables with columns that turned out to be keys as ids, and the foreign keys."""
    parents = list(_parents(tables, stores))
    found: list[FoundForeignKey] = []
    for table in tables:
        primary = table.primary_keys[0] if table.primary_keys else ()
        for column in table.columns:
            alone = primary == (column.name,)
            if column.kind in _KINDS and column.distinct:
                found += _best(table, column, stores[table.name], parents, is_key=alone)
    referring = {(key.table, key.column) for key in found}
    return tuple(as_ids(table, referring) for table in tables), tuple(found)


def as_ids(table: TableProfile, referring: set[tuple[str, str]]) -> TableProfile:
    """A table with its columns among these as ids."""
    columns = tuple(
        each.model_copy(update={"kind": "id"})
        if (table.name, each.name) in referring
        and each.kind in {"integer", "category", "text"}
        and not each.format.min_decimals
        else each
        for each in table.columns
    )
    return table.model_copy(update={"columns": columns})


def _parents(
    tables: Sequence[TableProfile], stores: Mapping[str, ColumnStore]
) -> Iterator[_Parent]:
    for table in tables:
        for key in table.primary_keys[:2]:
            if len(key) == 1 and table.column(key[0]).kind in _KINDS:
                column = table.column(key[0])
                values = key_values(stores[table.name], column).values
                yield _Parent(table, column, values)


def key_values(store: ColumnStore, column: ColumnProfile) -> Distinct:
    """The different values of a column as text, without those that mean missing."""
    found = distinct_values(store.column(column.name))
    tokens = pa.array([each for each in column.format.missing if each], found.values.type) \
        if pa.types.is_string(found.values.type) else None  # fmt: skip
    if tokens is not None:
        blank = pc.equal(found.values, "") if "" in column.format.missing else False
        found = found.keep(pc.invert(pc.or_(pc.is_in(found.values, tokens), blank)))
    values = read_cells(found.values, column.format, column.kind)
    return Distinct(values.cast(pa.string()), found.counts, found.codes, found.nulls)


def _best(
    table: TableProfile,
    column: ColumnProfile,
    store: ColumnStore,
    parents: Sequence[_Parent],
    *,
    is_key: bool,
) -> list[FoundForeignKey]:
    """The likeliest table that a column refers to, in a list; an empty one where there is none."""
    spoken = _SELF.search(column.name) or _textual(column)
    if not spoken and not any(_names(table, column, each) for each in parents):
        return []
    values = key_values(store, column)
    matches = [
        match
        for each in parents
        if (match := _match(table, column, values, each, is_key=is_key)) is not None
    ]
    if not matches:
        return []
    best = max(matches, key=lambda each: (each.confidence, -len(each.parent.values)))
    return [
        FoundForeignKey(
            table=table.name,
            column=column.name,
            parent=best.parent.table.name,
            parent_column=best.parent.column.name,
            orphans=best.orphans,
            missing=values.nulls,
            confidence=round(best.confidence, 2),
        )
    ]


def _textual(column: ColumnProfile) -> bool:
    return column.kind != "integer" and not all(
        re.fullmatch(r"\d{1,6}", each.value or "") for each in column.top
    )


def _match(
    table: TableProfile, column: ColumnProfile, values: Distinct, parent: _Parent, *, is_key: bool
) -> _Match | None:
    same_table = parent.table.name == table.name
    if same_table and (parent.column.name == column.name or not _SELF.search(column.name)):
        return None
    known = pc.is_in(values.values, parent.values)
    included = float(pc.mean(known).as_py() or 0)
    orphans = int(values.counts[~known.to_numpy(zero_copy_only=False)].sum())
    spoken = 0.9 if same_table else _names(table, column, parent)
    # A key that is one here, too, refers only where names say so: two tables of one thing.
    if is_key and (spoken < 0.95 or len(parent.values) < len(values.values)):
        return None
    if spoken and included >= (INCLUDED if spoken >= 0.8 else INCLUDED_BY_VALUES):
        return _Match(parent, 0.5 * spoken + 0.5 * included, orphans)
    enough = len(values.values) >= FEWEST_VALUES and _textual(column)
    if enough and included >= INCLUDED_BY_VALUES and _textual(parent.column) and not is_key:
        return _Match(parent, 0.7 * included, orphans)
    return None


def _names(table: TableProfile, column: ColumnProfile, parent: _Parent) -> float:
    """How much the names speak for it, from 0 to 1."""
    child = words(column.name)
    key = words(parent.column.name)
    parent_words = {singular(each) for each in words(parent.table.name)}
    if child == key and set(key) - _GENERIC:
        return 1.0
    specific = [singular(each) for each in child if each not in _GENERIC]
    if not specific:
        return 0.0
    if parent_words <= set(specific) or specific == sorted(parent_words):
        return 0.95
    if specific[-1] in _ROLES and parent_words & _PERSONS:
        return 0.85
    if set(specific) & parent_words:
        return 0.8
    close = any(
        len(mine) >= 4 and (other.startswith(mine) or mine.startswith(other)) and len(other) >= 4
        for mine in specific
        for other in parent_words
    )
    short = any(len(mine) >= 4 and other.startswith(mine[:4]) for mine in specific
                for other in parent_words)  # fmt: skip
    prefix = child[-1] not in _GENERIC and any(
        len(mine) >= 4 and other.startswith(mine) for mine in specific for other in parent_words
    )
    return 0.75 if close or prefix else 0.5 if short else 0.0
