"""PostgreSQL: every table by binary COPY in one transaction of its own."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import pyarrow as pa
from pydantic import BaseModel, Field, SecretStr

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
from app.sinks.bounded import BoundedSocket
from app.sinks.copy_binary import encode_rows, type_name
from app.sinks.egress import Address, EgressPolicy
from app.sinks.postgresql_tables import PostgresTable, quoted
from app.sinks.tables import (
    MARKERS,
    TYPED,
    TableLoad,
    TableTarget,
    read_schema,
    read_slices,
    table_works,
)
from app.sinks.targets import Credentials, Text, need, read_credentials, read_target

if TYPE_CHECKING:
    from asyncpg import Connection

T = TypeVar("T")

PORT = 5432
CONNECT_SECONDS = 15.0
LOST = "the connection to PostgreSQL was lost"
LOOK_SECONDS = 0.2  # between looks whether the delivery shall stop
# Classes and codes of SQLSTATE that pass: connection, resources, shutdown, conflicts, locks.
_PASSING = ("08", "40", "53", "55P03", "57P01", "57P02", "57P03", "58")


class PostgresTarget(TableTarget):
    # A schema of PostgreSQL lies in its database; elsewhere it may be another database.
    below = TableTarget.below | {"database", "schema", "create_schema"}

    namespace: Text = Field("public", alias="schema", description="Schema of the tables.")
    sslmode: Literal["disable", "prefer", "require", "verify-full"] = Field(
        "prefer", description="As libpq knows it: `disable`, `prefer`, `require`, `verify-full`."
    )


class PostgresCredentials(Credentials):
    user: str = Field(min_length=1, description="Role to connect as.")
    password: SecretStr = Field(description="Password of the role.")


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
        works = table_works(files, wanted.table)
        address = self.egress.resolve(wanted.host, wanted.port or PORT)
        work = _deliver(works, wanted, known, attempt)
        return _run(work, address)


class _PinnedLoop(asyncio.SelectorEventLoop):
    """An event loop whose connections all lead to the one address that was checked.

    asyncpg has no parameter for an address beside the host: given the address as its host, it would
    check the certificate for the address, and it opens sockets that take in any number of bytes.
    """

    def __init__(self, address: Address) -> None:
        super().__init__()
        self.address = address
        self.opened: list[BoundedSocket] = []

    async def create_connection(  # type: ignore[override]
        self, factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        family = socket.AF_INET6 if ":" in self.address.ip else socket.AF_INET
        bounded = BoundedSocket(family, socket.SOCK_STREAM)
        try:
            bounded.setblocking(False)
            await self.sock_connect(bounded, (self.address.ip, self.address.port))
        except BaseException:
            bounded.close()
            raise
        self.opened.append(bounded)
        return await super().create_connection(factory, sock=bounded, **options)


def _run(work: Coroutine[Any, Any, Receipt], address: Address) -> Receipt:
    """Run a delivery in a loop of its own. Raises SinkError."""
    loop = _PinnedLoop(address)
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(work)
    except Exception as error:
        for each in loop.opened:
            each.check()
        raise _meaning(error, address) from None


def _meaning(error: Exception, address: Address) -> Exception:
    """What an error of a delivery stands for; those of this package stay as they are."""
    if isinstance(error, (TimeoutError, OSError, pa.ArrowException)):
        return _failure(error)
    if type(error).__module__.startswith("asyncpg."):
        return _refusal(error, address)
    return error


async def _deliver(
    works: list[TableLoad],
    target: PostgresTarget,
    credentials: PostgresCredentials,
    attempt: DeliveryAttempt,
) -> Receipt:
    connection = await _unless_over(_connect(target, credentials), attempt)
    try:
        writing = _deliver_tables(connection, works, target, attempt)
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
    work: Coroutine[Any, Any, T], attempt: DeliveryAttempt, connection: Connection | None = None
) -> T:
    """The result of `work`, which is left where the delivery shall stop or the connection is lost:
    a driver that waits until it may send again hears of neither.

    Raises Stopped, TransientSinkError.
    """
    task = asyncio.ensure_future(work)
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
    connection: Connection, works: list[TableLoad], target: PostgresTarget, attempt: DeliveryAttempt
) -> Receipt:
    await _prepare(connection, target)
    return {
        "tables": [await _deliver_table(connection, work, works, target, attempt) for work in works]
    }


async def _connect(target: PostgresTarget, credentials: PostgresCredentials) -> Connection:
    import asyncpg

    context: Any = {"disable": False, "prefer": "prefer"}.get(target.sslmode)
    if context is None:
        context = ssl.create_default_context()
        if target.sslmode == "require":
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return await asyncpg.connect(
        host=target.host,
        port=target.port or PORT,
        user=credentials.user,
        password=credentials.password.get_secret_value(),
        database=target.database,
        ssl=context,
        timeout=CONNECT_SECONDS,
        server_settings={"application_name": "tablesmith"},
    )


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
    work: TableLoad,
    works: list[TableLoad],
    target: PostgresTarget,
    attempt: DeliveryAttempt,
) -> dict[str, Any]:
    table = PostgresTable(connection, target.namespace, work.name)
    marked = target.if_exists != "replace"
    async with connection.transaction():
        rows = await table.delivered(attempt.delivery) if marked else None
        if rows is None:
            rows = await _write(table, work, works, target, attempt)
            if marked:
                await table.mark(attempt.delivery, rows)
    return {"table": f"{target.namespace}.{work.name}", "rows": rows, "sha256": work.file.sha256}


async def _write(
    table: PostgresTable,
    work: TableLoad,
    works: list[TableLoad],
    target: PostgresTarget,
    attempt: DeliveryAttempt,
) -> int:
    """Write the rows of a table within the open transaction; how many there are."""
    schema = read_schema(work.file)
    columns = {column.name: type_name(column.type) for column in schema}
    exists = await table.exists()
    if exists and target.if_exists == "fail":
        raise TerminalSinkError(f"the table {table.name!r} exists, and if_exists is fail")
    if exists and target.if_exists == "append":
        return await table.append(columns, _stream(table.connection, work.file, attempt))
    if exists:
        await table.drop(works)
    await table.create(columns)
    rows = await table.copy(columns, _stream(table.connection, work.file, attempt))
    await table.add_keys(work, works)
    return rows


async def _stream(
    connection: Connection, file: SinkFile, attempt: DeliveryAttempt
) -> AsyncIterator[bytes]:
    for piece in encode_rows(read_schema(file), read_slices(file, attempt)):
        if connection.is_closed():
            raise TransientSinkError(LOST)
        yield piece


def _failure(error: Exception) -> SinkError:
    """What an error on the way to the server means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TerminalSinkError(f"the server's certificate is not trusted: {error.verify_message}")
    if isinstance(error, pa.ArrowException):
        return TerminalSinkError(f"the file cannot be read: {error}")
    if "SSL upgrade" in str(error):
        return TerminalSinkError("the server does not encrypt connections; see sslmode")
    return TransientSinkError(f"PostgreSQL cannot be reached: {type(error).__name__}")


def _refusal(error: Exception, address: Address) -> SinkError:
    """What an error of the driver means: of the server's by its SQLSTATE."""
    state = str(getattr(error, "sqlstate", None) or "")
    kind = TransientSinkError if state.startswith(_PASSING) else TerminalSinkError
    return kind(
        f"PostgreSQL refused{f' ({state})' if state else ''}: {address.named(str(error)[:300])}"
    )


KIND = egress_kind("postgresql", "PostgreSQL", PostgresSink)
