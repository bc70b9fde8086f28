"""What a database declares of tables: types, keys, what is unique, by SQLAlchemy's inspector."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.engine.sources.declarations import DeclaredColumn, DeclaredKey, DeclaredTable, SqlKind

if TYPE_CHECKING:
    from sqlalchemy import Connection, Inspector

LONGEST = 10_000_000
"""Characters of a text that is bounded."""


@dataclass(frozen=True, slots=True)
class TablePlace:
    """Where a table stands in a database.

    Args:
        schema: None for the default one.
        called: its name in the source that is made of it.
    """

    schema: str | None
    table: str
    called: str


def declared_tables(
    connection: Connection, places: Sequence[TablePlace]
) -> dict[str, DeclaredTable]:
    """What is declared of tables, by the name that they are called; foreign keys to one another
    alone."""
    from sqlalchemy import inspect

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of types that SQLAlchemy does not know
        inspector = inspect(connection)
        return {each.called: _declared(inspector, each, places) for each in places}


def _declared(
    inspector: Inspector, place: TablePlace, places: Sequence[TablePlace]
) -> DeclaredTable:
    columns = inspector.get_columns(place.table, place.schema)
    unique = dict.fromkeys(_unique(inspector, place))
    key = _primary_key(inspector, place)
    unique.pop(key, None)
    return DeclaredTable(
        columns={
            each["name"]: found
            for each in columns
            if (found := _of_column(each["type"], nullable=bool(each["nullable"]))) is not None
        },
        primary_key=key,
        unique=tuple(unique),
        foreign_keys=tuple(_foreign_keys(inspector, place, places)),
    )


def _primary_key(inspector: Inspector, place: TablePlace) -> tuple[str, ...]:
    found = inspector.get_pk_constraint(place.table, place.schema)
    return tuple(found.get("constrained_columns") or ())


def _unique(inspector: Inspector, place: TablePlace) -> Iterator[tuple[str, ...]]:
    """Columns that are unique together, of indexes too where they are of all rows and of columns
    alone."""
    for each in inspector.get_unique_constraints(place.table, place.schema):
        yield tuple(each["column_names"])
    # What SQLite makes for UNIQUE stands among no constraints where the type of a column has signs.
    more = {"include_auto_indexes": True} if inspector.dialect.name == "sqlite" else {}
    for index in inspector.get_indexes(place.table, place.schema, **more):
        names = index["column_names"]
        is_partial = any(name.endswith("_where") for name in index.get("dialect_options", {}))
        if index["unique"] and not is_partial and not index.get("expressions"):
            yield tuple(str(name) for name in names)


def _foreign_keys(
    inspector: Inspector, place: TablePlace, places: Iterable[TablePlace]
) -> Iterator[DeclaredKey]:
    by_place = {(each.schema or inspector.default_schema_name, each.table): each for each in places}
    for key in inspector.get_foreign_keys(place.table, place.schema):
        # PostgreSQL leaves out those in which names are looked for; others leave out their own.
        own_schema = None if inspector.dialect.name == "postgresql" else place.schema
        schema = key["referred_schema"] or own_schema or inspector.default_schema_name
        parent = by_place.get((schema, key["referred_table"]))
        if parent is None:
            continue
        there = tuple(key["referred_columns"]) or _primary_key(inspector, parent)
        own = tuple(key["constrained_columns"])
        if len(there) == len(own):
            yield DeclaredKey(columns=own, table=parent.called, parent_columns=there)


def _of_column(kind: Any, *, nullable: bool) -> DeclaredColumn | None:
    """As `_column`, of a domain by the type that it is of."""
    from sqlalchemy.dialects.postgresql import DOMAIN

    while isinstance(kind, DOMAIN):
        kind, nullable = kind.data_type, nullable and not kind.not_null
    return _column(kind, nullable=nullable)


def _column(kind: Any, *, nullable: bool) -> DeclaredColumn | None:
    """A column by its type; None for one that is not known, or binary."""
    from sqlalchemy import types

    if isinstance(kind, types.Enum):
        return _enumeration(kind, nullable=nullable)
    if isinstance(kind, types.Numeric) and not isinstance(kind, types.Float):
        return DeclaredColumn(
            kind="decimal", nullable=nullable, precision=kind.precision or 0, scale=kind.scale or 0
        )
    if isinstance(kind, types.DateTime):
        return DeclaredColumn(kind="zoned" if kind.timezone else "datetime", nullable=nullable)
    if isinstance(kind, types.String):
        length = kind.length if kind.length and kind.length <= LONGEST else None
        return DeclaredColumn(kind="text", nullable=nullable, length=length)
    kinds: tuple[tuple[type[Any], SqlKind], ...] = (
        (types.Boolean, "boolean"),
        (types.Integer, "integer"),
        (types.Float, "double"),
        (types.Date, "date"),
        (types.Time, "time"),
        (types.Uuid, "uuid"),
    )
    found: SqlKind | None = next((name for each, name in kinds if isinstance(kind, each)), None)
    if found is None and isinstance(kind, types.LargeBinary | types.NullType):
        return None
    return DeclaredColumn(kind=found or "text", nullable=nullable)


def _enumeration(kind: Any, *, nullable: bool) -> DeclaredColumn:
    labels = tuple(map(str, kind.enums))
    length = max(map(len, labels), default=1) or 1
    return DeclaredColumn(kind="text", nullable=nullable, length=length, labels=labels)
