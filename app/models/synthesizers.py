"""Everything that can be done with synthesizers: what was learned, stored under a name."""

from __future__ import annotations

import asyncio
import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.errors import QuotaExceeded
from app.accounts.quotas import Quotas, check_room
from app.engine.files import hash_file
from app.models.errors import SynthesizerNotFound
from app.models.model_files import ModelFiles
from app.store.clock import now
from app.store.database import Database
from app.store.encryption.secrets import SecretBox
from app.store.paging import Page, moment_and_id, write_cursor
from app.store.repositories.synthesizers import SynthesizerRepository
from app.store.repositories.uploads import SYNTHESIZERS, UploadKey, UploadKeyRepository
from app.store.repositories.usage import UsageRepository
from app.store.tables.model_tables import SynthesizerRow
from app.workers.request_workers import RequestWorkers

SYNTHESIZER_ID = re.compile(r"[a-z0-9_]{1,36}")
# Of the descriptions of a page: they are parsed and written on the event loop.
PAGE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a model came from; nothing of it need be there any more."""

    job_id: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Synthesizer:
    """A stored model.

    Args:
        description: a `ModelDescription` as plain JSON data.
        bytes, sha256: of its file.
    """

    id: str
    name: str
    description: Mapping[str, Any]
    lineage: Lineage
    bytes: int
    sha256: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class _UsedKey:
    """The key that a file was sent with, and the digest of what was sent."""

    key: UploadKey
    digest: str


class Synthesizers:
    """One tenant's synthesizers; those of others are not there for it."""

    def __init__(
        self,
        database: Database,
        files: ModelFiles,
        request_workers: RequestWorkers,
        tenant: str,
        quotas: Quotas,
        box: SecretBox,
    ) -> None:
        self._database = database
        self._files = files
        self._request_workers = request_workers
        self._tenant = tenant
        self._quotas = quotas
        self._box = box

    def draft(self) -> AbstractContextManager[Path]:
        """A file for this block that an upload can be written to."""
        return self._files.draft()

    async def take_in(self, path: Path, name: str, key: str | None = None) -> Synthesizer:
        """Check a model file of whomever and store it; once for the same key.

        Raises ModelError, QuotaExceeded, QueueFull, Overloaded, AnswerTooLarge, and
        ObjectsUnavailable; IdempotencyConflict where the key was used with another upload.
        """
        used = None
        if key is not None:
            _, sha256 = await asyncio.to_thread(hash_file, path)
            used = _UsedKey(UploadKey(SYNTHESIZERS, key), _digest(name, sha256))
            if (known := await self._made(used)) is not None:
                return known
        description = await self._request_workers.describe_model(path)
        synthesizer_id = f"syn_{uuid.uuid4().hex}"
        try:
            return await self.store(synthesizer_id, path, name, description, Lineage(), used)
        except IntegrityError:
            # The same key was used while this file was looked at.
            await self._files.delete(synthesizer_id)
            if used is None or (known := await self._made(used)) is None:
                raise
            return known
        except BaseException:
            await self._files.delete(synthesizer_id)
            raise

    async def _made(self, used: _UsedKey) -> Synthesizer | None:
        """What a key has made. Raises IdempotencyConflict."""
        async with self._database.read() as session:
            made = await self._keys(session).made(used.key, lambda: used.digest)
        return None if made is None else await self.get(made)

    def _keys(self, session: AsyncSession) -> UploadKeyRepository:
        return UploadKeyRepository(session, self._tenant, self._box)

    async def store(
        self,
        synthesizer_id: str,
        path: Path,
        name: str,
        description: Mapping[str, Any],
        lineage: Lineage,
        used: _UsedKey | None = None,
    ) -> Synthesizer:
        """Store a model under an id; the same again where the id has it already.

        Raises QuotaExceeded, ObjectsUnavailable; IntegrityError where the key has just been used.
        """
        size, sha256 = await self._files.put(synthesizer_id, path)
        moment = now()
        row = SynthesizerRow(
            id=synthesizer_id,
            tenant=self._tenant,
            name=name,
            description=dict(description),
            job_id=lineage.job_id,
            source=lineage.source,
            bytes=size,
            sha256=sha256,
            created_at=moment,
            updated_at=moment,
        )
        try:
            await self._put(row, used)
        except QuotaExceeded:
            await self._files.delete(synthesizer_id)
            raise
        return synthesizer_of(row)

    async def _put(self, row: SynthesizerRow, used: _UsedKey | None) -> None:
        """Raises QuotaExceeded, which a row that is there already never does."""
        async with self._database.write() as session:
            await UsageRepository(session, self._tenant).lock()
            synthesizers = SynthesizerRepository(session, self._tenant)
            if await synthesizers.find(row.id) is None:
                await check_room(session, self._tenant, self._quotas, row.bytes)
            await synthesizers.put(row)
            if used is not None:
                await session.flush()
                await self._keys(session).add(used.key, used.digest, row.id)

    async def get(self, synthesizer_id: str) -> Synthesizer:
        """Raises SynthesizerNotFound."""
        async with self._database.read() as session:
            return synthesizer_of(await self._row(session, synthesizer_id))

    async def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[Synthesizer]:
        """Newest first; fewer than `limit` where they tell very much. Raises InvalidCursor."""
        before = None if cursor is None else moment_and_id(cursor)
        async with self._database.read() as session:
            synthesizers = SynthesizerRepository(session, self._tenant)
            sizes = await synthesizers.sizes(limit=limit + 1, before=before)
            shown = _fitting(sizes[:limit])
            rows = await synthesizers.page(limit=shown, before=before) if shown else ()
        last = rows[-1] if rows and len(sizes) > len(rows) else None
        more = None if last is None else write_cursor(last.created_at.isoformat(), last.id)
        return Page(tuple(map(synthesizer_of, rows)), more)

    async def rename(self, synthesizer_id: str, name: str) -> Synthesizer:
        """Raises SynthesizerNotFound."""
        async with self._database.write() as session:
            row = await self._row(session, synthesizer_id)
            row.name, row.updated_at = name, now()
        return synthesizer_of(row)

    async def delete(self, synthesizer_id: str) -> None:
        """Remove a synthesizer with its file; jobs that were queued with it have a copy.

        Raises SynthesizerNotFound.
        """
        async with self._database.write() as session:
            if not await SynthesizerRepository(session, self._tenant).delete(synthesizer_id):
                raise SynthesizerNotFound(synthesizer_id)
        await self._files.delete(synthesizer_id)

    async def file(self, synthesizer_id: str) -> Path:
        """Its model file, where it can be read.

        Raises SynthesizerNotFound, FileNotFoundError, ObjectsUnavailable.
        """
        await self.get(synthesizer_id)
        return await self._files.fetch(synthesizer_id)

    async def files(self, references: Sequence[str]) -> dict[str, Path]:
        """The model files of synthesizers by their ids, as far as there are such and they can be
        read. Raises ObjectsUnavailable."""
        found = {}
        for reference in filter(SYNTHESIZER_ID.fullmatch, references):
            try:
                found[reference] = await self.file(reference)
            except (SynthesizerNotFound, FileNotFoundError):
                continue
        return found

    async def _row(self, session: AsyncSession, synthesizer_id: str) -> SynthesizerRow:
        row = await SynthesizerRepository(session, self._tenant).find(synthesizer_id)
        if row is None:
            raise SynthesizerNotFound(synthesizer_id)
        return row


def _digest(name: str, sha256: str) -> str:
    """What tells whether two uploads are the same."""
    said = f"{len(name)} {name} {sha256}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def _fitting(sizes: Sequence[int]) -> int:
    """How many of the first descriptions have room in a page; at least one."""
    totals = accumulate(sizes)
    return max(sum(total <= PAGE_BYTES for total in totals), min(1, len(sizes)))


def synthesizer_of(row: SynthesizerRow) -> Synthesizer:
    return Synthesizer(
        row.id, row.name, row.description, Lineage(row.job_id, row.source), row.bytes, row.sha256,
        row.created_at, row.updated_at,
    )  # fmt: skip
