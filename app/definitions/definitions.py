"""Stored, versioned definitions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.accounts.quotas import Quotas, check_definition
from app.definitions.errors import DefinitionNotFound
from app.store.clock import now
from app.store.database import Database
from app.store.paging import Page, read_cursor, write_cursor
from app.store.repositories.definitions import DefinitionRepository
from app.store.tables.job_tables import DefinitionRow
from app.workers.request_workers import RequestWorkers


@dataclass(frozen=True, slots=True)
class StoredDefinition:
    """One version of a stored definition; versions count from 1."""

    name: str
    version: int
    document: Mapping[str, Any]
    created_at: datetime


class Definitions:
    """One tenant's definitions by name; versions count from 1."""

    def __init__(
        self, database: Database, request_workers: RequestWorkers, tenant: str, quotas: Quotas
    ) -> None:
        self._tenant = tenant
        self._quotas = quotas
        self._database = database
        self._request_workers = request_workers

    async def put(
        self,
        name: str,
        document: Mapping[str, Any],
        check: Callable[[StoredDefinition | None], None] = lambda present: None,
    ) -> StoredDefinition:
        """Store a new version; the present one is returned where nothing changed.

        The document is validated first: raises DefinitionError, QueueFull, Overloaded. Raises
        QuotaExceeded where the tenant has stored as much as it may.

        Args:
            check: is given the present version, None where there is none; where it raises, nothing
                is stored, and it is asked again where another request was quicker.
        """
        await self._request_workers.validate(document)
        while True:
            try:
                return await self._put(name, document, check)
            except IntegrityError:
                continue  # another request has just stored the same version; look again

    async def get(self, name: str, version: int | None = None) -> StoredDefinition:
        """A version, the latest when None. Raises DefinitionNotFound."""
        return await stored_definition(self._database, self._tenant, name, version)

    async def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[StoredDefinition]:
        """The latest version of each, by name, without the documents. Raises InvalidCursor."""
        after = None if cursor is None else read_cursor(cursor, 1)[0]
        async with self._database.read() as session:
            rows = await DefinitionRepository(session, self._tenant).page(
                limit=limit + 1, after=after
            )
        more = write_cursor(rows[limit - 1].name) if len(rows) > limit else None
        items = (
            StoredDefinition(row.name, row.version, {}, row.created_at) for row in rows[:limit]
        )
        return Page(tuple(items), more)

    async def delete(
        self, name: str, check: Callable[[StoredDefinition], None] = lambda present: None
    ) -> None:
        """Remove every version, unless `check` raises, which is given the latest one.

        Raises DefinitionNotFound.
        """
        async with self._database.write() as session:
            definitions = DefinitionRepository(session, self._tenant)
            if (latest := await definitions.get(name)) is None:
                raise DefinitionNotFound(name)
            check(stored_of(latest))
            await definitions.delete(name, latest.version)

    async def _put(
        self,
        name: str,
        document: Mapping[str, Any],
        check: Callable[[StoredDefinition | None], None],
    ) -> StoredDefinition:
        async with self._database.write() as session:
            definitions = DefinitionRepository(session, self._tenant)
            latest = await definitions.get(name)
            check(None if latest is None else stored_of(latest))
            if latest is not None and await asyncio.to_thread(_same, latest.document, document):
                return stored_of(latest)
            size = await asyncio.to_thread(_size, document)
            await check_definition(session, self._tenant, self._quotas, size)
            version = 1 if latest is None else latest.version + 1
            row = DefinitionRow(
                tenant=self._tenant,
                name=name,
                version=version,
                document=dict(document),
                bytes=size,
                created_at=now(),
            )
            await definitions.add(row)
        return stored_of(row)


async def stored_definition(
    database: Database, tenant: str, name: str, version: int | None = None
) -> StoredDefinition:
    """A version of a tenant's definition, the latest when None. Raises DefinitionNotFound."""
    async with database.read() as session:
        row = await DefinitionRepository(session, tenant).get(name, version)
    if row is None:
        raise DefinitionNotFound(name, version)
    return stored_of(row)


def _size(document: Mapping[str, Any]) -> int:
    """Bytes of a document as the database stores it."""
    return len(json.dumps(document))


def _same(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Equal, with the same order of keys: the order of columns is that of the document."""
    if left != right or list(left) != list(right):
        return False
    return all(_same_value(left[key], right[key]) for key in left)


def _same_value(left: Any, right: Any) -> bool:
    if isinstance(left, Mapping):
        return _same(left, right)
    if isinstance(left, list):
        return all(map(_same_value, left, right))
    return type(left) is type(right)


def stored_of(row: DefinitionRow) -> StoredDefinition:
    return StoredDefinition(row.name, row.version, row.document, row.created_at)
