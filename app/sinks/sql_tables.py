"""Tables of any database that SQLAlchemy knows: their columns, and the record of deliveries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    Float,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Time,
    TypeDecorator,
    Unicode,
    UnicodeText,
    UniqueConstraint,
)
from sqlalchemy.dialects import mssql, mysql, oracle
from sqlalchemy.types import TypeEngine

from app.engine.exporting.columns import SqlColumn
from app.sinks.base import DeliveryAttempt, TerminalSinkError
from app.sinks.tables import MARKERS, TableLoad, read_schema, read_slices, unique_columns

SHORT = 255  # characters that a key may have everywhere
UNSTOPPED = DeliveryAttempt("")
# A row of MySQL holds 65,535 bytes, a short text up to 1,020 of them.
MOST_SHORT = 60
# Letters that differ are different, as in the data; the default of MySQL takes a for A.
_EXACT: dict[str, Any] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
_EXACT |= {name.replace("mysql", "mariadb"): value for name, value in _EXACT.items()}

_LONG = UnicodeText().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
_MOMENT = (
    DateTime()
    .with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    .with_variant(mssql.DATETIME2(6), "mssql")  # type: ignore[no-untyped-call]
    .with_variant(oracle.TIMESTAMP(), "oracle")
)


class _TimeText(TypeDecorator[dt.time]):
    """A time of day as ISO text, for Oracle, which has no type for it."""

    impl = Unicode(15)
    cache_ok = True

    def process_bind_param(self, value: dt.time | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()


_TIME = (
    Time()
    .with_variant(mysql.TIME(fsp=6), "mysql", "mariadb")
    .with_variant(mssql.TIME(6), "mssql")  # type: ignore[no-untyped-call]
    .with_variant(_TimeText(), "oracle")
)
_TYPES: tuple[tuple[Callable[[pa.DataType], bool], TypeEngine], ...] = (  # type: ignore[type-arg]
    (pa.types.is_boolean, Boolean(create_constraint=False)),
    (lambda kind: kind in (pa.int8(), pa.uint8(), pa.int16()), SmallInteger()),
    (lambda kind: kind in (pa.uint16(), pa.int32()), Integer()),
    (pa.types.is_integer, BigInteger()),
    (pa.types.is_float32, Float()),
    (pa.types.is_float64, Double()),
    (pa.types.is_date32, Date()),
    (pa.types.is_timestamp, _MOMENT),
    (pa.types.is_time64, _TIME),
)


def tables(
    loads: Iterable[TableLoad], namespace: str | None, attempt: DeliveryAttempt = UNSTOPPED
) -> dict[str, Table]:
    """The tables of a delivery by name. A column's `key` is its place (`c0`), since names of
    columns hold what a driver would take for its own signs.

    Raises TerminalSinkError for a type that has no place in a table; Stopped.
    """
    loads, metadata = list(loads), MetaData(schema=namespace)
    return {load.name: _table(load, loads, metadata, attempt) for load in loads}


def markers(namespace: str | None) -> Table:
    """Deliveries to tables: `begun`, so that the table may be made again, or `done`."""
    return Table(
        MARKERS,
        MetaData(schema=namespace),
        Column("delivery", String(64), primary_key=True),
        Column("name", Unicode(128), primary_key=True),
        Column("done", Boolean(create_constraint=False), nullable=False),
        Column("rows", BigInteger(), key="count", nullable=False),
        **_EXACT,
    )


def _table(
    load: TableLoad, loads: list[TableLoad], metadata: MetaData, attempt: DeliveryAttempt
) -> Table:
    schema = read_schema(load.file)
    place = {name: f"c{number}" for number, name in enumerate(schema.names)}
    unique = unique_columns(load, loads)
    keys = {*load.primary_key, *unique, *(reference.column for reference in load.references)}
    lengths = _text_lengths(load, attempt)
    columns: list[Column[object]] = [
        Column(
            column.name,
            _type(column, keys, lengths, load.columns.get(column.name)),
            key=place[column.name],
            autoincrement=False,
            nullable=column.name not in load.columns or load.columns[column.name].nullable,
        )
        for column in schema
    ]
    constraints: list[PrimaryKeyConstraint | UniqueConstraint] = [
        UniqueConstraint(place[column]) for column in unique
    ]
    if load.primary_key:
        constraints.append(PrimaryKeyConstraint(*(place[name] for name in load.primary_key)))
    table = Table(load.name, metadata, *columns, *constraints, **_EXACT)
    for reference in load.references:  # which may be one to the table itself
        parent = metadata.tables[_full(metadata, reference.table)]
        goal = next(each for each in parent.columns if each.name == reference.parent_column)
        table.append_constraint(ForeignKeyConstraint([place[reference.column]], [goal]))
    return table


def _full(metadata: MetaData, name: str) -> str:
    return f"{metadata.schema}.{name}" if metadata.schema else name


def _text_lengths(load: TableLoad, attempt: DeliveryAttempt) -> Mapping[str, int]:
    """Characters of the longest value of every column of texts."""
    longest: dict[str, int] = {}
    for batch in read_slices(load.file, attempt):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            texts = column.dictionary if pa.types.is_dictionary(column.type) else column
            if pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type):
                found = pc.max(pc.utf8_length(texts)).as_py() or 0
                longest[name] = max(found, longest.get(name, 0))
    return longest


def _type(
    column: pa.Field, keys: set[str], lengths: Mapping[str, int], declared: SqlColumn | None
) -> TypeEngine:  # type: ignore[type-arg]
    if declared is not None and declared.kind == "decimal":
        return Numeric(declared.precision, declared.scale)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        short = lengths.get(column.name, 0) <= SHORT
        if short and (column.name in keys or len(lengths) <= MOST_SHORT):
            wanted = declared.length if declared is not None else None
            return Unicode(wanted if wanted is not None and wanted <= SHORT else SHORT)
        return _LONG
    for fits_type, found in _TYPES:
        if fits_type(kind):
            return found
    raise TerminalSinkError(f"there is no column type for values of {kind}")
