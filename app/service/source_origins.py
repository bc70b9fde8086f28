"""Sources that are read from stored connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from app.connections.credential_store import CredentialStore
from app.engine.errors import DefinitionError, Fault, SourceError
from app.sinks.base import SinkError
from app.sinks.egress import EgressPolicy
from app.sinks.kinds.postgresql import KIND, PostgresTarget
from app.sinks.postgresql_connection import PORT, PostgresCredentials
from app.sinks.postgresql_reading import DatabaseSource
from app.sinks.targets import need, read_target
from app.sources.origins import Origin
from app.store.repositories.connections import ConnectionRepository
from app.store.tables.account_tables import ConnectionRow


@dataclass(frozen=True, slots=True)
class ConnectionOrigins:
    """Reads from connections of PostgreSQL that say themselves where they lead: a request
    that names one adds nothing that could lead elsewhere."""

    credential_store: CredentialStore
    egress: EgressPolicy

    async def check(self, tenant: str, origin: Origin) -> None:
        """Raises DefinitionError; see `Origins`."""
        row = await self._find(tenant, origin)
        if row is None:
            raise _fault(f"there is no connection {origin.connection!r}")
        if row.kind != KIND.name:
            raise _fault(f"is of kind {row.kind!r}; sources are read from {KIND.name}")
        try:
            target = _target(row.target)
            self.egress.check(target.host, target.port or PORT)
            need("asyncpg", "postgres")
        except SinkError as error:
            hint = "store the connection with a `target` that has its host and database"
            raise _fault(f"leads nowhere: {error}", hint) from None

    async def open(self, tenant: str, origin: Origin) -> DatabaseSource:
        """Raises SourceError; see `Origins`."""
        row = await self._find(tenant, origin)
        if row is None or row.kind != KIND.name:
            raise SourceError(
                f"there is no connection {origin.connection!r} of PostgreSQL any more"
            )
        try:
            target = _target(row.target)
            known = self.credential_store.open(row.sealed, row.kind, tenant, row.name)
        except SinkError as error:
            raise SourceError(
                f"the connection {origin.connection!r} cannot be used: {error}"
            ) from None
        credentials = cast(PostgresCredentials, known)
        return DatabaseSource(target, credentials, self.egress, origin.tables, origin.query)

    async def _find(self, tenant: str, origin: Origin) -> ConnectionRow | None:
        async with self.credential_store.database.read() as session:
            return await ConnectionRepository(session, tenant).find(origin.connection)


def _target(fixed: Mapping[str, Any]) -> PostgresTarget:
    """Where a connection leads. Raises TerminalSinkError where it does not say so."""
    return read_target(PostgresTarget, {"kind": KIND.name, **fixed})


def _fault(message: str, hint: str | None = None) -> DefinitionError:
    return DefinitionError([Fault("connection", message, hint)])
