"""Uploaded sources: the interface of this room."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.accounts.errors import ScopeWanted
from app.accounts.keys import Scope
from app.accounts.quotas import Quotas, check_definition
from app.privacy.accounts import AccountState, PrivacyAccounts, recognised_by
from app.privacy.entries import AccountSettings, Use
from app.privacy.witness import Witness
from app.sources.adding import NewSource, SourceAdding, version_folder
from app.sources.errors import (
    SourceNotFound,
    SourceNotReady,
    SynthesisNotFound,
    UnknownSourceTable,
)
from app.sources.files import SourceFiles
from app.sources.models import (
    AddedSource,
    DeletedSource,
    StoredSource,
    StoredSynthesis,
    source_of,
    suggested_of,
    synthesis_of,
)
from app.sources.origins import Origin, Origins
from app.sources.reader import ReadingLimits, SourceReader
from app.sources.upload_space import UploadSpace
from app.sources.uploads import UploadedFile, content_of_files
from app.store.clock import now
from app.store.database import Database
from app.store.encryption.secrets import SecretBox
from app.store.paging import Page, moment_and_id, write_cursor
from app.store.repositories.lineage import LineageRepository
from app.store.repositories.sources import (
    ReadingRepository,
    SourceRepository,
    SynthesisRepository,
)
from app.store.source_status import SourceStatus
from app.store.tables.source_tables import SourceRow, SynthesisRow
from app.workers.answers import Rendered
from app.workers.errors import Overloaded
from app.workers.request_workers import RequestWorkers
from app.workers.source_tasks import CheckedSynthesis, SourceFile

Check = Callable[[StoredSynthesis], None]


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How large an upload may be, and how long it may take.

    Args:
        most_bytes: of a file.
        seconds: until it is there.
    """

    most_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PrivateSource:
    """A source whose rows are read with a budget alone.

    Args:
        account: the id of its privacy account.
    """

    source: StoredSource
    account: str
    file: SourceFile


class Sources:
    """The sources of all tenants; `of(tenant)` is what one of them has.

    Started, it also reads what is uploaded, here or by another process.
    """

    def __init__(
        self,
        database: Database,
        files: SourceFiles,
        request_workers: RequestWorkers,
        box: SecretBox,
        quotas: Quotas,
        upload: UploadLimits,
        reading: ReadingLimits,
        origins: Origins,
        witness: Witness,
    ) -> None:
        self.database = database
        self.files = files
        self.request_workers = request_workers
        self.box = box
        self.quotas = quotas
        self.upload = upload
        self.space = UploadSpace(quotas)
        self.origins = origins
        self.witness = witness
        self.reader = SourceReader(database, files, origins, quotas, reading, self._recognise)

    def of(self, tenant: str, scope: Scope = Scope.ADMIN) -> TenantSources:
        return TenantSources(self, tenant, scope)

    def accounts_of(self, tenant: str) -> PrivacyAccounts:
        """The privacy accounts of a tenant's data."""
        return PrivacyAccounts(self.database, self.box, self.witness, tenant)

    async def _recognise(self, row: SourceRow, digest: str) -> None:
        accounts = self.accounts_of(row.tenant)
        account = await accounts.account_of_source(row.id, row.account)
        await accounts.recognise(account, recognised_by(digest))

    async def start(self) -> None:
        """Remove what uploads that were broken off have left, and begin to read."""
        await self._remove_unknown()
        self.reader.start()

    async def stop(self) -> None:
        await self.reader.stop()

    async def _remove_unknown(self) -> None:
        """Folders without a source; younger ones belong to uploads that are under way."""
        folders = dict(await asyncio.to_thread(lambda: list(self.files.stored())))
        async with self.database.read() as session:
            known = await ReadingRepository(session).known(folders)
        for source_id in folders.keys() - known:
            if folders[source_id].age() > 2 * self.upload.seconds:
                await asyncio.to_thread(folders[source_id].remove)


class TenantSources:
    """One tenant's sources, for a caller of a scope. Every call about one raises SourceNotFound
    where the tenant has none of the id; another tenant may have one.

    Every call that gives out rows, or what was found in them, is noted in the privacy account of
    the data, and raises SourceIsPrivate where that does not allow it, and AccountDamaged.
    """

    def __init__(self, shared: Sources, tenant: str, scope: Scope) -> None:
        self._shared = shared
        self._database = shared.database
        self._tenant = tenant
        self._scope = scope
        self._adding = SourceAdding(shared, tenant, scope)
        self.accounts = shared.accounts_of(tenant)

    async def add(self, new: NewSource, files: AsyncIterator[UploadedFile]) -> AddedSource:
        """As `SourceAdding.add`."""
        return await self._adding.add(new, files)

    async def add_from(self, name: str, origin: Origin, key: str | None) -> AddedSource:
        """As `SourceAdding.add_from`."""
        return await self._adding.add_from(name, origin, key)

    async def refresh(
        self, source_id: str, options: Mapping[str, Any] | None = None
    ) -> StoredSource:
        """Have a source read again, from its connection or its file: a new version.

        Args:
            options: how it is read from now on; as before where None.

        Raises SourceNotReady where it is being read.
        """
        source = await self.get(source_id)
        if source.status is SourceStatus.READING:
            raise SourceNotReady(source_id, source.status.value)
        values: dict[str, Any] = {"version": source.version + 1, "updated_at": now()}
        if source.origin is not None:
            values["file"] = version_folder(source.version + 1)
            await self._shared.origins.check(self._tenant, Origin.of(source.origin))
        if options is not None:
            values["options"] = dict(options)
        async with self._database.write() as session:
            sources = SourceRepository(session, self._tenant)
            if not await sources.read_again(source_id, source.version, values):
                raise SourceNotReady(source_id, SourceStatus.READING.value)
        self._shared.reader.notify()
        return await self.get(source_id)

    async def get(self, source_id: str) -> StoredSource:
        async with self._database.read() as session:
            row = await SourceRepository(session, self._tenant).find(source_id)
        if row is None:
            raise SourceNotFound(source_id)
        return source_of(row)

    async def account(self, source_id: str) -> str:
        """The id of the privacy account of a source's data."""
        return await self._account(await self.get(source_id))

    async def account_state(self, source_id: str) -> AccountState:
        """The privacy account of a source's data, as it stands."""
        return await self.accounts.state(await self.account(source_id))

    async def put_account(self, source_id: str, settings: AccountSettings) -> AccountState:
        """Set what the account allows. Raises AccountChangeRefused."""
        return await self.accounts.change(await self.account(source_id), settings)

    async def _account(self, source: StoredSource) -> str:
        account = await self.accounts.account_of_source(source.id, source.account)
        if source.account is None and (content := await self._content(source)) is not None:
            return await self.accounts.recognise(account, content)
        return account

    async def _content(self, source: StoredSource) -> str | None:
        """What the account of a source of before there were accounts is recognised by, as that of
        one that is new; None where its files are gone."""
        if source.origin is not None:
            return Origin.of(source.origin).content()
        path = self._shared.files.folder(self._tenant, source.id).file(source.file)
        return await asyncio.to_thread(content_of_files, path)

    async def _note(self, source: StoredSource, use: Use) -> None:
        await self.accounts.note_use(await self._account(source), use)

    async def profile(self, source_id: str, use: Use = Use.PROFILE) -> str:
        """What was found in a source, a SourceProfile as JSON, which holds values of it.
        Raises SourceNotReady.

        Args:
            use: what it is for.
        """
        async with self._database.read() as session:
            found = await SourceRepository(session, self._tenant).with_profile(source_id)
        if found is None:
            raise SourceNotFound(source_id)
        source = source_of(found[0])
        _check_ready(source)
        await self._note(source, use)
        return found[1] or "{}"

    async def detail(self, source_id: str, head: Mapping[str, Any], *, values: bool) -> Rendered:
        """What is shown of a profile, behind `head`: as `source_tasks.source_detail`.

        Raises SourceNotReady; QueueFull, Overloaded, AnswerTooLarge.
        """
        profile = await self.profile(source_id)
        workers = self._shared.request_workers.of(self._tenant)
        return await workers.source_detail(profile, head, values=values)

    async def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[StoredSource]:
        """Newest first. Raises InvalidCursor."""
        before = None if cursor is None else moment_and_id(cursor)
        async with self._database.read() as session:
            sources = SourceRepository(session, self._tenant)
            rows = await sources.page(limit=limit + 1, before=before)
        more = None
        if len(rows) > limit:
            last = rows[limit - 1]
            more = write_cursor(last.created_at.isoformat(), last.id)
        return Page(tuple(map(source_of, rows[:limit])), more)

    async def delete(self, source_id: str) -> DeletedSource:
        """Remove a source with its files and definitions, at once; what was derived from it
        stays."""
        await self.get(source_id)
        async with self._database.write() as session:
            lineage = LineageRepository(session, self._tenant)
            synthesizers, learned = await lineage.synthesizers(source_id)
            jobs, worked = await lineage.jobs(source_id)
            if not await SourceRepository(session, self._tenant).delete(source_id):
                raise SourceNotFound(source_id)
        await self._shared.reader.give_up(source_id)
        await asyncio.to_thread(self._shared.files.folder(self._tenant, source_id).remove)
        more = learned + worked - len(synthesizers) - len(jobs)
        return DeletedSource(source_id, synthesizers, jobs, more)

    async def path(self, source_id: str, use: Use) -> Path:
        """Where a source that was read lies. Raises SourceNotReady."""
        return (await self.file(source_id, use)).path

    async def file(self, source_id: str, use: Use) -> SourceFile:
        """A source that was read, to be opened. Raises SourceNotReady."""
        source = await self.get(source_id)
        _check_ready(source)
        await self._note(source, use)
        return self._file(source)

    async def private_source(self, source_id: str) -> PrivateSource:
        """A source that was read, whose rows are read with a budget alone. Raises
        SourceNotReady."""
        source = await self.get(source_id)
        _check_ready(source)
        account = await self._account(source)
        return PrivateSource(source, account, self._file(source))

    def _file(self, source: StoredSource) -> SourceFile:
        folder = self._shared.files.folder(self._tenant, source.id)
        return SourceFile(folder.file(source.file), source.options)

    async def rows(self, source_id: str, table: str | None, limit: int) -> Rendered:
        """The first rows of a table, of the first one when None: `{"table", "rows": [record]}`.

        Raises:
            SourceNotReady, UnknownSourceTable: there is no such table to be read.
            QueueFull, Overloaded, AnswerTooLarge: as `RequestWorkers`.
        """
        file = await self.file(source_id, Use.ROWS)
        work = self._shared.files.folder(self._tenant, source_id).path / f"work-{uuid.uuid4().hex}"
        workers = self._shared.request_workers.of(self._tenant)
        try:
            found = await workers.source_rows(file, work, table, limit)
        except Overloaded:
            # Its process is killed and removes nothing.
            await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)
            raise
        if isinstance(found, tuple):
            raise UnknownSourceTable(table or "", found)
        return found

    async def definition(self, source_id: str, version: int | None = None) -> StoredSynthesis:
        """A version of the synthesis definition, the latest when None; what the source suggests
        where none is stored, or for 0. Raises SourceNotReady, SynthesisNotFound."""
        async with self._database.read() as session:
            sources = SourceRepository(session, self._tenant)
            row = _ready(source_id, await sources.suggesting(source_id))
        if version == 0:
            return await self._suggested(row)
        async with self._database.read() as session:
            found = await SynthesisRepository(session).get(source_id, version)
        if found is not None:
            return synthesis_of(found)
        if version is not None:
            raise SynthesisNotFound(source_id, version)
        return await self._suggested(row)

    async def _suggested(self, row: SourceRow) -> StoredSynthesis:
        await self._note(source_of(row), Use.PROFILE)
        return suggested_of(row)

    async def put_definition(
        self,
        source_id: str,
        document: bytes | Mapping[str, Any],
        check: Check = lambda present: None,
    ) -> StoredSynthesis:
        """Store a new version of the synthesis definition; the present one is returned where
        nothing changed.

        Args:
            document: YAML or JSON as text, or plain data.
            check: is given the present version, which may be what the source suggests; where it
                raises, nothing is stored.

        Raises:
            DefinitionError: every fault of it, also against the profile of the source.
            SourceNotReady, QuotaExceeded, QueueFull, Overloaded.
            ScopeWanted: it lets more of the source be known than the caller may know.
        """
        profile = await self.profile(source_id)
        workers = self._shared.request_workers.of(self._tenant)
        checked = await workers.check_synthesis(document, profile, source_id)
        if checked.reveals and not self._scope.covers(Scope.SOURCE):
            raise ScopeWanted(Scope.SOURCE, self._scope, checked.reveals)
        while True:
            present = await self.definition(source_id)
            check(present)
            if not present.is_suggested and present.document == checked.document:
                return present
            row = _synthesis_row(source_id, present.version + 1, checked)
            try:
                async with self._database.write() as session:
                    quotas = self._shared.quotas
                    await check_definition(session, self._tenant, quotas, row.bytes)
                    await SynthesisRepository(session).add(row)
            except IntegrityError:
                continue  # another request has just stored the same version, or deleted all
            return synthesis_of(row)

    async def estimate(
        self, source_id: str, definition: Mapping[str, Any] | None, settings: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What learning the source would take, as `estimate_tasks.estimate_source`.

        Args:
            definition: that of the source, as stored or as suggested, when None.

        Raises:
            DefinitionError: what is at fault in the definition or the settings.
            SourceNotReady, QueueFull, Overloaded.
        """
        profile = await self.profile(source_id)
        if definition is None:
            definition = (await self.definition(source_id)).document
        workers = self._shared.request_workers.of(self._tenant)
        return await workers.estimate_source(profile, definition, settings)


def _synthesis_row(source_id: str, version: int, checked: CheckedSynthesis) -> SynthesisRow:
    return SynthesisRow(
        source_id=source_id,
        version=version,
        document=checked.document,
        warnings=list(checked.warnings),
        choices=list(checked.choices),
        bytes=checked.bytes,
        created_at=now(),
    )


def _ready(source_id: str, row: SourceRow | None) -> SourceRow:
    if row is None:
        raise SourceNotFound(source_id)
    _check_ready(source_of(row))
    return row


def _check_ready(source: StoredSource) -> None:
    if source.status is not SourceStatus.READY:
        raise SourceNotReady(source.id, source.status.value, source.error)
