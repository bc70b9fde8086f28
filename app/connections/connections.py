"""Credentials of sinks: named ones that a tenant stores, and those that come with one request.

Both are sealed before they reach the database and opened for nothing but a delivery. Nothing here
gives a secret back: a connection shows its name, its kind and which fields it has.

Who may use a connection could have its credentials sent to a server of their own. So a connection
may say where it is for: fields of the target, such as host or endpoint, that a job cannot change.
What else a job may add to these the sink says; anything that could lead elsewhere it may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.accounts.quotas import Quotas, check_connection
from app.connections.credential_store import CredentialStore, Given
from app.connections.errors import ConnectionExists, ConnectionNotFound, InvalidCredentials
from app.engine.errors import Fault
from app.engine.schema.source import write_path
from app.sinks.base import Sink, TerminalSinkError
from app.store.clock import now
from app.store.paging import Page, read_cursor, write_cursor
from app.store.repositories.connections import ConnectionRepository
from app.store.tables.account_tables import ConnectionRow


@dataclass(frozen=True, slots=True)
class Connection:
    """Named credentials without what is secret.

    Args:
        target: fields that every target which names the connection has with these values.
        fields: names of the credentials' fields that are set.
    """

    name: str
    kind: str
    target: Mapping[str, Any]
    fields: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


class Connections:
    """One tenant's connections by name."""

    def __init__(self, credential_store: CredentialStore, tenant: str, quotas: Quotas) -> None:
        self._credential_store = credential_store
        self._tenant = tenant
        self._quotas = quotas

    @property
    def sinks(self) -> Mapping[str, Sink]:
        """Every kind of sink; each says what its targets and credentials look like."""
        return self._credential_store.sinks

    async def create(
        self, name: str, kind: str, credentials: Given, target: Given | None = None
    ) -> Connection:
        """Store credentials under a new name.

        Raises InvalidCredentials, ConnectionExists, QuotaExceeded.
        """
        row = self._row(name, kind, credentials, target or {})
        try:
            async with self._credential_store.database.write() as session:
                await check_connection(session, self._tenant, self._quotas)
                await ConnectionRepository(session, self._tenant).add(row)
        except IntegrityError:
            raise ConnectionExists(name) from None
        return self._told(row)

    async def replace(
        self, name: str, kind: str, credentials: Given, target: Given | None = None
    ) -> tuple[Connection, bool]:
        """Store credentials in the place of earlier ones, and whether there were none.

        Raises InvalidCredentials, QuotaExceeded.
        """
        row = self._row(name, kind, credentials, target or {})
        async with self._credential_store.database.write() as session:
            connections = ConnectionRepository(session, self._tenant)
            earlier = await connections.find(name)
            if earlier is None:
                await check_connection(session, self._tenant, self._quotas)
            else:
                row.created_at = earlier.created_at
            await session.merge(row)
        return self._told(row), earlier is None

    async def get(self, name: str) -> Connection:
        """Raises ConnectionNotFound."""
        row = await self._find(name)
        if row is None:
            raise ConnectionNotFound(name)
        return self._told(row)

    async def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[Connection]:
        """By name. Raises InvalidCursor."""
        after = None if cursor is None else read_cursor(cursor, 1)[0]
        async with self._credential_store.database.read() as session:
            connections = ConnectionRepository(session, self._tenant)
            rows = await connections.page(limit=limit + 1, after=after)
        more = write_cursor(rows[limit - 1].name) if len(rows) > limit else None
        return Page(tuple(map(self._told, rows[:limit])), more)

    async def delete(self, name: str) -> None:
        """Remove a connection; deliveries that name it fail then. Raises ConnectionNotFound."""
        async with self._credential_store.database.write() as session:
            if not await ConnectionRepository(session, self._tenant).delete(name):
                raise ConnectionNotFound(name)

    async def _find(self, name: str) -> ConnectionRow | None:
        async with self._credential_store.database.read() as session:
            return await ConnectionRepository(session, self._tenant).find(name)

    def _row(self, name: str, kind: str, credentials: Given, target: Given) -> ConnectionRow:
        sealed = self._credential_store.seal(kind, credentials, self._tenant, name)
        if faults := _target_faults(self._credential_store.sinks[kind], target):
            raise InvalidCredentials(faults)
        moment = now()
        return ConnectionRow(
            tenant=self._tenant,
            name=name,
            kind=kind,
            target=dict(target),
            sealed=sealed,
            created_at=moment,
            updated_at=moment,
        )

    def _told(self, row: ConnectionRow) -> Connection:
        try:
            model = self._credential_store.open(row.sealed, row.kind, self._tenant, row.name)
        except TerminalSinkError:
            fields: tuple[str, ...] = ()
        else:
            fields = tuple(sorted(model.model_fields_set))
        return Connection(row.name, row.kind, row.target, fields, row.created_at, row.updated_at)


def _target_faults(sink: Sink, target: Given) -> list[Fault]:
    """Fields that no target of the sink has."""
    fields = {field.alias or name for name, field in sink.target.model_fields.items()}
    known = sorted(fields - {"kind", "connection"})
    hint = f"one of {', '.join(known)}"
    return [
        Fault(write_path(("target", name)), "there is no such field", hint)
        for name in target
        if name not in known
    ]
