"""PostgreSQL: every table by binary COPY in one transaction of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, Field

from app.sinks.base import (
    DeliveryAttempt,
    Receipt,
    SinkError,
    SinkFile,
    Target,
    TerminalSinkError,
    TransientSinkError,
    egress_kind,
)
from app.sinks.copy_binary import encode_rows, type_name
from app.sinks.egress import EgressPolicy
from app.sinks.postgresql_connection import (
    PORT,
    PostgresCredentials,
    SslMode,
    connect,
    run_pinned,
)
from app.sinks.postgresql_tables import PostgresTable, quoted
from app.sinks.tables import (
    MARKERS,
    TYPED,
    TableLoad,
    TableTarget,
    read_schema,
    read_slices,
    table_loads,
)
from app.sinks.targets import Credentials, Text, need, read_credentials, read_target

if TYPE_CHECKING:
    from asyncpg import Connection

T = TypeVar("T")

LOST = "the connection to PostgreSQL was lost"
LOOK_SECONDS = 0.2  # between looks whether the delivery shall stop


class PostgresTarget(TableTarget):
    # A schema of PostgreSQL lies in its database; elsewhere it may be another database.
    below = TableTarget.below | {"database", "schema", "create_schema"}

    namespace: Text = Field("public", alias="schema", description="Schema of the tables.")
    sslmode: SslMode = Field(
        "prefer", description="As libpq knows it: `disable`, `prefer`, `require`, `verify-full`."
    )


@dataclass(frozen=True, slots=True)
class PostgresSink:
    """Writes each table whole or not at all. A table that a cut-off attempt has finished is known
    by a row that the same transaction wrote, and is not written again."""

    target: ClassVar[type[TableTarget]] = PostgresTarget
    credentials: ClassVar[type[Credentials]] = PostgresCredentials
    formats: ClassVar[tuple[str, ...] | None] = TYPED
    foreign: ClassVar[bool] = True

    egress: EgressPolicy

    def check(self, target: Target) -> None:
        wanted = read_target(PostgresTarget, target)
        self.egress.check(wanted.host, wanted.port or PORT)
        need("asyncpg", "postgres")
        need("pgpq", "postgres")

    def deliver(
        self,
        files: Sequence[SinkFile],
        target: Target,
        credentials: BaseModel | None,
        attempt: DeliveryAttempt,
    ) -> Receipt:
        self.check(target)
        wanted = read_target(PostgresTarget, target)
        known = read_credentials(PostgresCredentials, credentials)
        loads = table_loads(files, wanted.table)
        address = self.egress.resolve(wanted.host, wanted.port or PORT)
        load = _deliver(loads, wanted, known, attempt)
        return run_pinned(load, address)


async def _deliver(
    loads: list[TableLoad],
    target: PostgresTarget,
    credentials: PostgresCredentials,
    attempt: DeliveryAttempt,
) -> Receipt:
    connection = await _unless_over(connect(target, credentials), attempt)
    try:
        writing = _deliver_tables(connection, loads, target, attempt)
        return await _unless_over(writing, attempt, connection)
    except SinkError:
        raise
    except Exception:
        # Whatever a driver says in whose hands the connection broke, it may work later.
        if connection.is_closed():
            raise TransientSinkError(LOST) from None
        raise
    finally:
        # Nothing is open here after success; after anything else the server rolls back.
        connection.terminate()


async def _unless_over(
    load: Coroutine[Any, Any, T], attempt: DeliveryAttempt, connection: Connection | None = None
) -> T:
    """The result of `work`, which is left where the delivery shall stop or the connection is lost:
    a driver that waits until it may send again hears of neither.

    Raises Stopped, TransientSinkError.
    """
    task = asyncio.ensure_future(load)
    try:
        while not (await asyncio.wait({task}, timeout=LOOK_SECONDS))[0]:
            attempt.go_on()
            if connection is not None and connection.is_closed():
                raise TransientSinkError(LOST)
        return task.result()
    finally:
        if not task.done():
            await _drop(task, connection)


async def _drop(task: asyncio.Future[Any], connection: Connection | None) -> None:
    """End a task that nobody waits for any more; how it ends is of no interest."""
    if connection is not None:
        connection.terminate()
    task.cancel()
    await asyncio.wait({task}, timeout=LOOK_SECONDS)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())


async def _deliver_tables(
    connection: Connection, loads: list[TableLoad], target: PostgresTarget, attempt: DeliveryAttempt
) -> Receipt:
    await _prepare(connection, target)
    return {
        "tables": [await _deliver_table(connection, load, loads, target, attempt) for load in loads]
    }


async def _prepare(connection: Connection, target: PostgresTarget) -> None:
    """Make the schema, where asked to, and the table of finished deliveries."""
    schema = quoted(target.namespace)
    async with connection.transaction():
        # Two sessions that make the same thing at the same time: one would fail.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", MARKERS)
        if target.create_schema:
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        if target.if_exists != "replace":
            await connection.execute(
                f"CREATE TABLE IF NOT EXISTS {schema}.{MARKERS} (delivery text, name text,"
                " rows bigint NOT NULL, delivered_at timestamptz NOT NULL DEFAULT now(),"
                " PRIMARY KEY (delivery, name))"
            )


async def _deliver_table(
    connection: Connection,
    load: TableLoad,
    loads: list[TableLoad],
    target: PostgresTarget,
    attempt: DeliveryAttempt,
) -> dict[str, Any]:
    table = PostgresTable(connection, target.namespace, load.name)
    marked = target.if_exists != "replace"
    async with connection.transaction():
        rows = await table.delivered(attempt.delivery) if marked else None
        if rows is None:
            rows = await _write(table, load, loads, target, attempt)
            if marked:
                await table.mark(attempt.delivery, rows)
    return {"table": f"{target.namespace}.{load.name}", "rows": rows, "sha256": load.file.sha256}


async def _write(
    table: PostgresTable,
    load: TableLoad,
    loads: list[TableLoad],
    target: PostgresTarget,
    attempt: DeliveryAttempt,
) -> int:
    """Write the rows of a table within the open transaction; how many there are."""
    schema = read_schema(load.file)
    columns = {column.name: type_name(column.type) for column in schema}
    exists = await table.exists()
    if exists and target.if_exists == "fail":
        raise TerminalSinkError(f"the table {table.name!r} exists, and if_exists is fail")
    if exists and target.if_exists == "append":
        return await table.append(columns, _stream(table.connection, load.file, attempt))
    if exists:
        await table.drop(loads)
    await table.create(columns, load)
    rows = await table.copy(columns, _stream(table.connection, load.file, attempt))
    await table.set_types(load)
    await table.add_keys(load, loads)
    return rows


async def _stream(
    connection: Connection, file: SinkFile, attempt: DeliveryAttempt
) -> AsyncIterator[bytes]:
    for piece in encode_rows(read_schema(file), read_slices(file, attempt)):
        if connection.is_closed():
            raise TransientSinkError(LOST)
        yield piece


KIND = egress_kind("postgresql", "PostgreSQL", PostgresSink)
