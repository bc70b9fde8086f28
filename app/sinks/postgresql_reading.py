"""Tables of PostgreSQL, or what a query gives, as Parquet files: the way back from a sink's.

All is read in one transaction that cannot write. Types that Arrow has are kept; all others come as
the text that the server writes, and binary columns are left out. No value is in what is raised.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from app.engine.errors import SourceError
from app.engine.sources.limits import SourceLimits
from app.sinks.egress import EgressPolicy
from app.sinks.kinds.postgresql import PostgresTarget
from app.sinks.postgresql_connection import PORT, PostgresCredentials, connect, run_pinned
from app.sinks.postgresql_tables import quoted

if TYPE_CHECKING:
    from asyncpg import Connection

ROWS_AT_ONCE = 5_000
ROWS_OF_GROUP = 65_536
TYPES: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
}
BINARY = "bytea"
# Classes of SQLSTATE whose texts speak of the query and of who asks, and of no row.
_TOLD = ("28", "3D", "3F", "42")


@dataclass(frozen=True, slots=True)
class DatabaseSource:
    """What is read, and as whom: tables, or what one query gives."""

    target: PostgresTarget
    credentials: PostgresCredentials
    egress: EgressPolicy
    tables: tuple[str, ...] = ()
    query: str | None = None


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What fetching may take.

    Args:
        received: bytes that the server may send.
        stored: bytes of the files.
    """

    received: int
    stored: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Read:
    """A table on its way: its name, what gives its rows, and its file."""

    name: str
    statement: str
    file: Path


def fetch(source: DatabaseSource, folder: Path, limits: FetchLimits) -> int:
    """Write each table into a Parquet file of a folder that is there; how many bytes they have.

    Raises SourceError for what cannot be read, SinkError where the server cannot be reached.
    """
    wanted = source.target
    address = source.egress.resolve(wanted.host, wanted.port or PORT)
    reads = list(_reads(source, folder))
    return run_pinned(_fetch(source, reads, limits), address, limits.received)


def _reads(source: DatabaseSource, folder: Path) -> Iterator[_Read]:
    if source.query is not None:
        statement = source.query.strip().rstrip(";")
        yield _Read("query", statement, folder / "query.parquet")
        return
    taken: set[str] = set()
    for each in source.tables:
        schema, _, table = each.rpartition(".")
        name = table if table.casefold() not in taken else f"{schema}_{table}"
        taken.add(name.casefold())
        place = f"{quoted(schema or source.target.namespace)}.{quoted(table)}"
        file = folder / f"{name.replace('/', '_')}.parquet"
        yield _Read(each, f"SELECT * FROM {place}", file)


async def _fetch(source: DatabaseSource, reads: Sequence[_Read], limits: FetchLimits) -> int:
    timeout = str(int(limits.seconds * 1000))
    connection = await connect(source.target, source.credentials, statement_timeout=timeout)
    stored = 0
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for read in reads:
                stored += await _fetch_told(connection, read, limits.stored - stored)
    finally:
        connection.terminate()
    return stored


async def _fetch_told(connection: Connection, read: _Read, most: int) -> int:
    """As `_fetch_table`; raises SourceError for what the server refuses."""
    import asyncpg

    try:
        return await _fetch_table(connection, read, most)
    except asyncpg.PostgresError as error:
        state = error.sqlstate or ""
        said = f": {error.message}" if state.startswith(_TOLD) else ""
        refused = f"{read.name[:100]}: PostgreSQL refused ({state}){str(said)[:300]}"
    except (pa.ArrowException, OverflowError, ValueError):
        refused = f"{read.name[:100]}: a value does not fit the type of its column"
    raise SourceError(refused)


async def _fetch_table(connection: Connection, read: _Read, most: int) -> int:
    from pyarrow import parquet

    statement, schema = await _typed(connection, read)
    limits = SourceLimits()
    limits.check_columns(read.name, len(schema))
    os.close(os.open(read.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    rows = 0
    with parquet.ParquetWriter(read.file, schema, compression="zstd") as writer:
        async for batch in _batches(connection, statement, schema):
            rows += batch.num_rows
            limits.check_cells(read.name, rows, len(schema))
            writer.write_batch(batch)
            _check_stored(read, most)
    return read.file.stat().st_size


def _check_stored(read: _Read, most: int) -> None:
    if read.file.stat().st_size > most:
        raise SourceError(
            f"{read.name[:100]}: its rows take more bytes than there is room for; read fewer rows "
            "or columns, or delete sources"
        )


async def _typed(connection: Connection, read: _Read) -> tuple[str, pa.Schema]:
    """A statement that gives the same rows in types that are kept, and these types."""
    found = (await connection.prepare(read.statement)).get_attributes()
    names = [each.name for each in found]
    if len(set(names)) < len(names):
        raise SourceError(f"{read.name[:100]}: two columns have one name; give each its own by AS")
    if not names:
        raise SourceError(f"{read.name[:100]}: it gives no rows; write a SELECT")
    kept = [each for each in found if each.type.name != BINARY]
    if not kept:
        raise SourceError(f"{read.name[:100]}: no column is left to read")
    fields = [(each.name, TYPES.get(each.type.name, pa.string())) for each in kept]
    columns = [
        quoted(each.name)
        if each.type.name in TYPES
        else f"{quoted(each.name)}::text AS {quoted(each.name)}"
        for each in kept
    ]
    # The statement may end in a comment, which ends with its line.
    statement = f"SELECT {', '.join(columns)} FROM (\n{read.statement}\n) AS source_rows"
    return statement, pa.schema(fields)


async def _batches(
    connection: Connection, statement: str, schema: pa.Schema
) -> AsyncIterator[pa.RecordBatch]:
    cursor = await connection.cursor(statement)
    held: list[pa.RecordBatch] = []
    while rows := await cursor.fetch(ROWS_AT_ONCE):
        held.append(_batch(rows, schema))
        if sum(each.num_rows for each in held) >= ROWS_OF_GROUP:
            yield pa.Table.from_batches(held).combine_chunks().to_batches()[0]
            held = []
    if held:
        yield pa.Table.from_batches(held).combine_chunks().to_batches()[0]


def _batch(rows: Sequence[Any], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*(tuple(row) for row in rows), strict=True)
    arrays = [pa.array(each, field.type) for each, field in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)
