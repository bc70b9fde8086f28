"""Sources that are read from stored connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from app.connections.credential_store import CredentialStore
from app.engine.errors import DefinitionError, Fault, SourceError
from app.sinks.base import SinkError, TerminalSinkError
from app.sinks.egress import EgressPolicy
from app.sinks.kinds.postgresql import KIND as POSTGRESQL
from app.sinks.kinds.postgresql import PostgresTarget
from app.sinks.kinds.sql import KIND as SQL
from app.sinks.kinds.sql import SqlCredentials, SqlSink, SqlTarget
from app.sinks.postgresql_connection import PORT, PostgresCredentials
from app.sinks.postgresql_reading import DatabaseSource
from app.sinks.reading.connections import SqlSource
from app.sinks.reading.table_reading import READ_ONLY
from app.sinks.targets import need, read_target
from app.sources.origins import Origin
from app.store.repositories.connections import ConnectionRepository
from app.store.tables.account_tables import ConnectionRow

# Kinds of connections that sources are read from.
READABLE = (POSTGRESQL.name, SQL.name)


@dataclass(frozen=True, slots=True)
class ConnectionOrigins:
    """Reads from connections of databases that say themselves where they lead: a request
    that names one adds nothing that could lead elsewhere."""

    credential_store: CredentialStore
    egress: EgressPolicy

    async def check(self, tenant: str, origin: Origin) -> None:
        """Raises DefinitionError; see `Origins`."""
        row = await self._find(tenant, origin)
        if row is None:
            raise _fault(f"there is no connection {origin.connection!r}")
        if row.kind not in READABLE:
            raise _fault(f"is of kind {row.kind!r}; sources are read from {' and '.join(READABLE)}")
        try:
            self._check_target(row)
        except SinkError as error:
            hint = "store the connection with a `target` that has its host and database"
            raise _fault(f"leads nowhere: {error}", hint) from None

    async def open(self, tenant: str, origin: Origin) -> DatabaseSource | SqlSource:
        """Raises SourceError; see `Origins`."""
        row = await self._find(tenant, origin)
        if row is None or row.kind not in READABLE:
            raise SourceError(
                f"there is no connection {origin.connection!r} of a database any more"
            )
        try:
            return self._source(row, tenant, origin)
        except SinkError as error:
            raise SourceError(
                f"the connection {origin.connection!r} cannot be used: {error}"
            ) from None

    async def _find(self, tenant: str, origin: Origin) -> ConnectionRow | None:
        async with self.credential_store.database.read() as session:
            return await ConnectionRepository(session, tenant).find(origin.connection)

    def _check_target(self, row: ConnectionRow) -> None:
        """Raises SinkError where it does not say where it leads, or leads where nobody may."""
        if row.kind == SQL.name:
            wanted = {"kind": SQL.name, **row.target}
            _check_read_only(read_target(SqlTarget, wanted).dialect)
            SqlSink(self.egress).check(wanted)
            return
        target = _postgresql_target(row.target)
        self.egress.check(target.host, target.port or PORT)
        need("asyncpg", "postgres")

    def _source(
        self, row: ConnectionRow, tenant: str, origin: Origin
    ) -> DatabaseSource | SqlSource:
        """Raises SinkError."""
        known = self.credential_store.open(row.sealed, row.kind, tenant, row.name)
        if row.kind == SQL.name:
            target = read_target(SqlTarget, {"kind": SQL.name, **row.target})
            credentials = cast(SqlCredentials, known)
            return SqlSource(target, credentials, self.egress, origin.tables, origin.query)
        return DatabaseSource(
            _postgresql_target(row.target), cast(PostgresCredentials, known), self.egress,
            origin.tables, origin.query,
        )  # fmt: skip


def _check_read_only(dialect: str) -> None:
    """Raises TerminalSinkError for a database in which a query could write."""
    if dialect not in READ_ONLY:
        known = ", ".join(each for each in get_args(SqlTarget.model_fields["dialect"].annotation)
                          if each in READ_ONLY)  # fmt: skip
        raise TerminalSinkError(f"dialect: sources are read from {known}, not from {dialect}")


def _postgresql_target(fixed: Mapping[str, Any]) -> PostgresTarget:
    """Where a connection leads. Raises TerminalSinkError where it does not say so."""
    return read_target(PostgresTarget, {"kind": POSTGRESQL.name, **fixed})


def _fault(message: str, hint: str | None = None) -> DefinitionError:
    return DefinitionError([Fault("connection", message, hint)])
