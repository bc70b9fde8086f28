"""Credentials of sinks: named ones that a tenant stores, and those that come with one request.

Both are sealed before they reach the database and opened for nothing but a delivery. Nothing here
gives a secret back: a connection tells its name, its kind and which fields it has.

Who may use a connection could have its credentials sent to a server of their own. So a connection
may say where it is for: fields of the target, such as host or endpoint, that a job cannot change.
What else a job may add to these the sink says; anything that could lead elsewhere it may not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy.exc import IntegrityError

from app.engine.errors import Fault
from app.engine.schema.source import write_path
from app.jobs.accounts.quotas import Quotas, check_connection
from app.jobs.board import now
from app.jobs.cursors import read_cursor, write_cursor
from app.jobs.errors import ConnectionExists, ConnectionNotFound, InvalidCredentials
from app.jobs.models import Page
from app.sinks.base import Sink, Target, TerminalSinkError
from app.store.connections import ConnectionRepository, JobCredentialsRepository
from app.store.database import Database
from app.store.door_rows import ConnectionRow
from app.store.secrets import SecretBox, SecretsError

Given = Mapping[str, Any]


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


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals credentials for one place and opens them only there.

    Args:
        sinks: by kind; each says what its credentials look like.
    """

    database: Database
    box: SecretBox
    sinks: Mapping[str, Sink]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of sinks that want credentials."""
        return tuple(kind for kind, sink in self.sinks.items() if sink.credentials is not None)

    def seal(self, kind: str, given: Given, *place: str) -> str:
        """Check credentials and seal them for a place. Raises InvalidCredentials."""
        model = self._read(kind, given)
        content = {"place": [kind, *place], "credentials": _revealed(model)}
        return self.box.seal(json.dumps(content))

    def open(self, sealed: str, kind: str, *place: str) -> BaseModel:
        """What was sealed for this very place.

        Raises:
            TerminalSinkError: no key opens it, or it was made for another place or version.
        """
        try:
            content = json.loads(self.box.open(sealed))
        except SecretsError:
            raise TerminalSinkError("the stored credentials cannot be opened") from None
        if content["place"] != [kind, *place]:
            raise TerminalSinkError("the stored credentials belong to something else")
        try:
            return self._read(kind, content["credentials"])
        except InvalidCredentials as error:
            raise TerminalSinkError(f"the stored credentials do not fit: {error}") from None

    async def credentials_of(
        self, job_id: str, place: int, tenant: str, target: Target
    ) -> BaseModel | None:
        """What a delivery may use: of the connection that its target names, else those that came
        with the request; None where there are neither.

        Raises:
            TerminalSinkError: the connection is gone, or it is for something else now.
        """
        kind, name = str(target["kind"]), target.get("connection")
        async with self.database.read() as session:
            if name is None:
                inline = await JobCredentialsRepository(session).find(job_id, place)
                return (
                    None if inline is None else self.open(inline.sealed, kind, job_id, str(place))
                )
            row = await ConnectionRepository(session, tenant).find(str(name))
        if row is None or row.kind != kind:
            raise TerminalSinkError(f"there is no connection {name!r} of kind {kind!r} any more")
        if strays(self.sinks[kind], row.target, target):
            raise TerminalSinkError(f"the connection {name!r} is for something else now")
        return self.open(row.sealed, kind, tenant, row.name)

    def _read(self, kind: str, given: Given) -> BaseModel:
        sink = self.sinks.get(kind)
        if sink is None:
            raise InvalidCredentials([Fault("kind", f"there is no sink of kind {kind!r}")])
        if sink.credentials is None:
            raise InvalidCredentials([Fault("credentials", f"a {kind} sink takes none")])
        try:
            return sink.credentials.model_validate(given)
        except ValidationError as error:
            raise InvalidCredentials(_faults(error)) from None


class Connections:
    """One tenant's connections by name."""

    def __init__(self, vault: Vault, tenant: str, quotas: Quotas) -> None:
        self._vault = vault
        self._tenant = tenant
        self._quotas = quotas

    @property
    def sinks(self) -> Mapping[str, Sink]:
        """Every kind of sink; each says what its targets and credentials look like."""
        return self._vault.sinks

    async def create(
        self, name: str, kind: str, credentials: Given, target: Given | None = None
    ) -> Connection:
        """Store credentials under a new name.

        Raises InvalidCredentials, ConnectionExists, QuotaExceeded.
        """
        row = self._row(name, kind, credentials, target or {})
        try:
            async with self._vault.database.write() as session:
                await check_connection(session, self._tenant, self._quotas)
                await ConnectionRepository(session, self._tenant).add(row)
        except IntegrityError:
            raise ConnectionExists(name) from None
        return self._told(row)

    async def replace(
        self, name: str, kind: str, credentials: Given, target: Given | None = None
    ) -> tuple[Connection, bool]:
        """Store credentials in the place of earlier ones; tells whether there were none.

        Raises InvalidCredentials, QuotaExceeded.
        """
        row = self._row(name, kind, credentials, target or {})
        async with self._vault.database.write() as session:
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
        async with self._vault.database.read() as session:
            connections = ConnectionRepository(session, self._tenant)
            rows = await connections.page(limit=limit + 1, after=after)
        more = write_cursor(rows[limit - 1].name) if len(rows) > limit else None
        return Page(tuple(map(self._told, rows[:limit])), more)

    async def delete(self, name: str) -> None:
        """Remove a connection; deliveries that name it fail then. Raises ConnectionNotFound."""
        async with self._vault.database.write() as session:
            if not await ConnectionRepository(session, self._tenant).delete(name):
                raise ConnectionNotFound(name)

    async def _find(self, name: str) -> ConnectionRow | None:
        async with self._vault.database.read() as session:
            return await ConnectionRepository(session, self._tenant).find(name)

    def _row(self, name: str, kind: str, credentials: Given, target: Given) -> ConnectionRow:
        sealed = self._vault.seal(kind, credentials, self._tenant, name)
        if faults := _target_faults(self._vault.sinks[kind], target):
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
            model = self._vault.open(row.sealed, row.kind, self._tenant, row.name)
        except TerminalSinkError:
            fields: tuple[str, ...] = ()
        else:
            fields = tuple(sorted(model.model_fields_set))
        return Connection(row.name, row.kind, row.target, fields, row.created_at, row.updated_at)


def strays(sink: Sink, fixed: Mapping[str, Any], target: Target) -> list[str]:
    """Fields of a target that do not have the values which its connection says, or that are added
    to it and could lead elsewhere."""
    if not fixed:
        return []
    below: frozenset[str] = getattr(sink.target, "below", frozenset())
    added = target.keys() - fixed.keys() - below - {"kind", "connection"}
    return [name for name, value in fixed.items() if target.get(name) != value] + sorted(added)


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


def _revealed(model: BaseModel) -> dict[str, Any]:
    """The fields that were set, as plain JSON data with the secrets in it."""
    plain = model.model_dump(mode="json", exclude_unset=True)
    for name in model.model_fields_set:
        value = getattr(model, name)
        if isinstance(value, SecretStr):
            plain[name] = value.get_secret_value()
    return plain


def _faults(error: ValidationError) -> list[Fault]:
    """What is wrong with credentials, without their values."""
    return [
        Fault(
            write_path(("credentials", *fault["loc"])), fault["msg"].removeprefix("Value error, ")
        )
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]
