"""What sinks that write tables of a database have in common: which files, which names and keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa
from pydantic import Field

from app.engine.errors import TablesmithError
from app.engine.exporting.columns import SqlColumn, SqlTable, sql_tables
from app.engine.formats import typed_formats
from app.engine.manifest import MANIFEST as MANIFEST_FILE
from app.engine.schema.load import load_definition
from app.engine.schema.models import Definition
from app.sinks.base import MANIFEST, DeliveryAttempt, SinkFile, TerminalSinkError
from app.sinks.targets import Port, TargetModel, Text

_FORMATS = typed_formats()
# File formats that keep the types of columns; the last of a table's files is read.
TYPED = tuple(_FORMATS)
SLICE = 8192  # rows that are in hand at once
# Deliveries that were completed, so that a repeated one is known by the database itself.
MARKERS = "tablesmith_deliveries"


class TableTarget(TargetModel):
    """A database and how tables get into it."""

    below = frozenset({"table", "if_exists"})

    host: Text = Field(description="Host of the server.")
    port: Port | None = Field(None, description="Port of the server.")
    database: Text = Field(description="Database, which must be there.")
    namespace: Text | None = Field(None, alias="schema", description="Schema of the tables.")
    create_schema: bool = Field(False, description="Whether to make the schema where it lacks.")
    table: Text = Field(
        "{table}", description="Name of the table; `{table}` is that of the definition."
    )
    if_exists: Literal["append", "replace", "fail"] = Field(
        "fail", description="What to do where the table exists: `append`, `replace`, `fail`."
    )


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of one column."""

    column: str
    table: str
    parent_column: str


@dataclass(frozen=True, slots=True)
class TableLoad:
    """One table to be written.

    Args:
        name: in the database.
        file: what holds its rows.
        primary_key: columns, none where the definition declares no key.
        references: foreign keys to other tables of the same delivery.
        columns: what the definition declares of each column; none where there is no definition.
    """

    name: str
    file: SinkFile
    primary_key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    columns: Mapping[str, SqlColumn] = field(default_factory=dict)


def table_loads(files: Sequence[SinkFile], table: str) -> list[TableLoad]:
    """The tables of a delivery, parents before their children.

    Args:
        table: the target's name for tables, `{table}` filled in.

    Raises:
        TerminalSinkError: there is no file that keeps types, or two tables would have one name.
    """
    best = {file.table: file for form in TYPED for file in files if file.format == form}
    if not best:
        raise TerminalSinkError(f"a database takes {' or '.join(TYPED)} files and there are none")
    names = {name: table.replace("{table}", name) for name in best}
    if len(set(names.values())) < len(names):
        raise TerminalSinkError(f"several tables would be called {table!r}; put {{table}} into it")
    declared = _declared(files)
    tables = _columns(declared, best)
    loads = {
        names[name]: _work(names[name], file, declared, tables.get(name), names)
        for name, file in best.items()
    }
    return _ordered(loads)


def _columns(declared: Definition | None, files: Mapping[str, SinkFile]) -> dict[str, SqlTable]:
    """What the definition declares of the columns of each table, where all tables are there."""
    if declared is None or not set(declared.tables) <= set(files):
        return {}
    schemas = {name: read_schema(files[name]) for name in declared.tables}
    return {table.name: table for table in sql_tables(declared, schemas)}


def _work(
    name: str,
    file: SinkFile,
    declared: Definition | None,
    made: SqlTable | None,
    names: Mapping[str, str],
) -> TableLoad:
    table = declared.tables.get(file.table) if declared else None
    if table is None:
        return TableLoad(name, file)
    references = tuple(
        Reference(column, names[key.table], key.column)
        for column, key in table.foreign_keys.items()
        if key.table in names and not key.hidden and not key.columns
    )
    columns = {each.name: each for each in made.columns} if made else {}
    return TableLoad(name, file, table.primary_key, references, columns)


def _declared(files: Sequence[SinkFile]) -> Definition | None:
    """The definition that the manifest holds; None where there is no manifest."""
    for file in files:
        if file.format == MANIFEST and file.name == MANIFEST_FILE:
            try:
                document = json.loads(file.path.read_bytes())["definition"]
                return load_definition(document).definition
            except (TablesmithError, ValueError, KeyError, OSError):
                return None
    return None


def _ordered(loads: Mapping[str, TableLoad]) -> list[TableLoad]:
    done: dict[str, TableLoad] = {}

    def add(load: TableLoad) -> None:
        for reference in load.references:
            if reference.table not in done and reference.table != load.name:
                add(loads[reference.table])
        done.setdefault(load.name, load)

    for load in loads.values():
        add(load)
    return list(done.values())


def unique_columns(load: TableLoad, loads: Iterable[TableLoad]) -> list[str]:
    """Columns that others refer to, which a database wants to be unique, the key left out."""
    referred = {
        reference.parent_column
        for each in loads
        for reference in each.references
        if reference.table == load.name
    }
    return sorted(column for column in referred if (column,) != load.primary_key)


def read_schema(file: SinkFile) -> pa.Schema:
    """The columns of a typed file. Raises OSError."""
    return _FORMATS[file.format].stored_schema(file.path)


def read_rows(file: SinkFile) -> int:
    """How many rows a typed file has. Raises OSError."""
    return _FORMATS[file.format].stored_rows(file.path)


def read_slices(file: SinkFile, attempt: DeliveryAttempt) -> Iterator[pa.RecordBatch]:
    """The rows of a typed file, at most `SLICE` at a time, in bounded memory.

    Raises Stopped, OSError.
    """
    for batch in _FORMATS[file.format].read(file.path, read_schema(file)):
        for start in range(0, batch.num_rows, SLICE):
            attempt.go_on()
            yield batch.slice(start, SLICE)
