"""Sources on their way in: uploads, and what connections lead to."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.errors import ScopeWanted
from app.accounts.keys import Scope
from app.accounts.quotas import check_source, source_use
from app.sources.models import AddedSource, StoredSource, source_of
from app.sources.origins import Origin
from app.sources.uploads import UploadedFile, digests_of, write_files
from app.store.clock import now
from app.store.errors import IdempotencyConflict
from app.store.repositories.sources import SourceRepository
from app.store.repositories.uploads import SOURCES, UploadKey, UploadKeyRepository
from app.store.source_status import SourceStatus
from app.store.tables.source_tables import SourceRow

if TYPE_CHECKING:
    from app.sources.sources import Sources


@dataclass(frozen=True, slots=True)
class NewSource:
    """What an upload is to become.

    Args:
        name: what the source is called.
        options: how it is read, as far as that is not to be detected.
        announced: bytes that it says it has; 0 where it does not.
        key: that it was sent with, under which it is made once.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    announced: int = 0
    key: str | None = None


class SourceAdding:
    """Takes in sources of one tenant, for a caller of a scope."""

    def __init__(self, shared: Sources, tenant: str, scope: Scope) -> None:
        self._shared = shared
        self._database = shared.database
        self._tenant = tenant
        self._scope = scope

    async def add(self, new: NewSource, files: AsyncIterator[UploadedFile]) -> AddedSource:
        """Store files and have them read; they are on the disk when this returns. The same key
        and upload give the same source.

        Raises:
            QuotaExceeded: the tenant has as much as it may.
            SourceTooLarge, SourceStorageFull: there is no room for the files.
            IdempotencyConflict: the key was used with another upload.
        """
        key = None if new.key is None else UploadKey(SOURCES, new.key)
        if key is not None and await self._is_used(key):
            digests = await digests_of(files, self._shared.upload.most_bytes)
            if (known := await self._made(key, _digest(new, digests))) is not None:
                return AddedSource(known, created=False)
            raise IdempotencyConflict(key.key)  # what it had made was just deleted
        source_id = f"src_{uuid.uuid4().hex}"
        folder = self._shared.files.folder(self._tenant, source_id)
        try:
            return await self._add(source_id, new, files, key)
        except BaseException:
            await asyncio.to_thread(folder.remove)
            raise

    async def _add(
        self,
        source_id: str,
        new: NewSource,
        files: AsyncIterator[UploadedFile],
        key: UploadKey | None,
    ) -> AddedSource:
        shared, folder = self._shared, self._shared.files.folder(self._tenant, source_id)
        async with self._database.read() as session:
            stored = await source_use(session, self._tenant)
        with shared.space.taken(self._tenant, stored, new.announced) as upload:
            most = shared.upload.most_bytes
            written = await write_files(files, folder, most, upload.grown)
            row = _new_row(source_id, self._tenant, new, written.file, written.bytes)
            accounts = shared.accounts_of(self._tenant)
            row.account = await accounts.account_of(written.content)
            added = await self._stored(row, key, _digest(new, written.digests))
        if not added.created:
            await asyncio.to_thread(folder.remove)
        return added

    async def _stored(self, row: SourceRow, key: UploadKey | None, digest: str) -> AddedSource:
        """The source that a row is, or that its key has made meanwhile."""
        try:
            await self._store(row, key, digest)
        except IntegrityError:
            known = None if key is None else await self._made(key, digest)
            if known is None:
                raise
            return AddedSource(known, created=False)
        self._shared.reader.notify()
        return AddedSource(source_of(row), created=True)

    async def add_from(self, name: str, origin: Origin, key: str | None) -> AddedSource:
        """Have a connection read. The same key and request give the same source.

        Raises:
            DefinitionError: the tenant has no such connection, or none that can be read from.
            ScopeWanted: a query is asked for, and the caller may not see rows.
            QuotaExceeded, IdempotencyConflict: as `add`.
        """
        if origin.query is not None and not self._scope.covers(Scope.SOURCE):
            why = "a query can single out one person's values"
            raise ScopeWanted(Scope.SOURCE, self._scope, [why])
        await self._shared.origins.check(self._tenant, origin)
        used = None if key is None else UploadKey(SOURCES, key)
        digest = _digest(NewSource(name, origin.stored()), ())
        if used is not None and (known := await self._made(used, digest)) is not None:
            return AddedSource(known, created=False)
        source_id = f"src_{uuid.uuid4().hex}"
        row = _new_row(source_id, self._tenant, NewSource(name), version_folder(1), 0)
        row.origin = origin.stored()
        accounts = self._shared.accounts_of(self._tenant)
        row.account = await accounts.account_of(origin.content())
        return await self._stored(row, used, digest)

    async def _store(self, row: SourceRow, key: UploadKey | None, digest: str) -> None:
        """Raises QuotaExceeded; IntegrityError where the key has just been used."""
        async with self._database.write() as session:
            await check_source(session, self._tenant, self._shared.quotas, row.bytes)
            SourceRepository(session, self._tenant).add(row)
            await session.flush()
            if key is not None:
                await self._keys(session).add(key, digest, row.id)

    async def _is_used(self, key: UploadKey) -> bool:
        async with self._database.read() as session:
            return await self._keys(session).used(key)

    async def _made(self, key: UploadKey, digest: str) -> StoredSource | None:
        """The source that a key has made. Raises IdempotencyConflict."""
        async with self._database.read() as session:
            made = await self._keys(session).made(key, lambda: digest)
        return None if made is None else await self._get(made)

    def _keys(self, session: AsyncSession) -> UploadKeyRepository:
        return UploadKeyRepository(session, self._tenant, self._shared.box)

    async def _get(self, source_id: str) -> StoredSource | None:
        async with self._database.read() as session:
            row = await SourceRepository(session, self._tenant).find(source_id)
        return None if row is None else source_of(row)


def version_folder(version: int) -> str:
    """The folder of a version that was read from a connection."""
    return f"version-{version}"


def _digest(new: NewSource, files: Sequence[tuple[str, str]]) -> str:
    """What tells whether two uploads are the same.

    Args:
        files: the name and the SHA-256 of each.
    """
    said = json.dumps([new.name, new.options, files], sort_keys=True)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def _new_row(source_id: str, tenant: str, new: NewSource, file: str, size: int) -> SourceRow:
    moment = now()
    return SourceRow(
        id=source_id,
        tenant=tenant,
        name=new.name,
        file=file,
        status=SourceStatus.READING.value,
        bytes=size,
        version=1,
        options=dict(new.options) or None,
        attempts=0,
        created_at=moment,
        updated_at=moment,
    )
