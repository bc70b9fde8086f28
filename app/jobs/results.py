"""Files of a result for download; what was not made at submission is made when it is wanted."""

from __future__ import annotations

import asyncio
import functools
import secrets
import shutil
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.accounts.errors import QuotaExceeded
from app.accounts.quotas import check_room, quotas_of
from app.engine.errors import FormatError
from app.engine.execution.results import CancelToken
from app.engine.files import file_stem, hash_file
from app.engine.formats import FORMATS
from app.jobs.artifacts.manifests import PARTS, ManifestPart, key_folder, sign_archive
from app.jobs.errors import ArtifactNotFound, ResultNotReady, StorageFull, UnknownTable
from app.jobs.failures import storage_full
from app.jobs.kinds import Render
from app.jobs.mappers import artifact_of, artifact_row, job_of, request_of
from app.jobs.models import (
    ARCHIVE,
    MANIFEST,
    TABLE,
    Artifact,
    ArtifactKey,
    Job,
    JobRequest,
    ResultDownload,
)
from app.jobs.service_context import ServiceContext
from app.store.blobs.local import JobFolder, write_archive
from app.store.errors import JobNotFound
from app.store.private import make_private
from app.store.repositories.artifacts import ArtifactRepository
from app.store.repositories.jobs import JobRepository
from app.store.tables.job_tables import JobRow

ZIP_MEDIA_TYPE = "application/zip"
RENDERS_AT_ONCE = 2

Make = Callable[[], Coroutine[Any, Any, Artifact]]


class Results:
    """Downloads of finished jobs. A file that several requests want is made once."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._making: dict[tuple[str, ArtifactKey], asyncio.Task[Artifact]] = {}
        self._cancel: set[CancelToken] = set()
        # Small results do not wait for large ones.
        self._small = ThreadPoolExecutor(RENDERS_AT_ONCE, thread_name_prefix="render-small")
        self._large = ThreadPoolExecutor(RENDERS_AT_ONCE, thread_name_prefix="render-large")

    async def stop(self) -> None:
        for token in self._cancel:
            token.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        for threads in (self._small, self._large):
            await asyncio.to_thread(threads.shutdown)

    async def download(
        self, job_id: str, *, format: str | None, table: str | None
    ) -> ResultDownload:
        job, request = await self._finished(job_id)
        tables = _tables(job)
        if not tables:
            kind = self._context.kinds[job.kind]
            raise ArtifactNotFound(ArtifactKey(TABLE), [each.name for each in kind.artifacts])
        if table is not None and table not in tables:
            raise UnknownTable(table, tables)
        form = job.formats[0] if format is None else format
        if form not in FORMATS:
            raise FormatError(f"there is no format {form!r}; there are {', '.join(FORMATS)}")
        if table is None and len(tables) > 1:
            made = await self._archive(job, request, form)
            return self._answer(job, made, f"{file_stem(job.name)}.{form}.zip")
        return self._answer(job, await self._table(job, request, form, table or tables[0]))

    async def manifest(self, job_id: str, part: ManifestPart) -> ResultDownload:
        job, _ = await self._finished(job_id)
        name, _ = PARTS[part]
        made = await self._stored(job.id, ArtifactKey(MANIFEST, format=Path(name).suffix[1:]))
        if made is None:
            raise FileNotFoundError(name)
        return self._answer(job, made)

    async def artifact(self, job_id: str, wanted: ArtifactKey) -> ResultDownload:
        """What a job has made besides tables; without a format in the first one that there is."""
        kind = self._context.kinds[(await self._row(job_id)).kind]
        found = next((each for each in kind.artifacts if each.name == wanted.name), None)
        if found is None:
            raise ArtifactNotFound(wanted, [each.name for each in kind.artifacts])
        key = replace(wanted, format=wanted.format or next(iter(found.formats)))
        if key.format not in found.formats:
            raise ArtifactNotFound(key, list(found.formats))
        job, request = await self._finished(job_id)
        media_type, file = found.formats[key.format], found.files.get(key.format)
        make = functools.partial(self._render, job, request, key, media_type, file)
        return self._answer(job, await self._present_or_made(job.id, key, make))

    async def _finished(self, job_id: str) -> tuple[Job, JobRequest]:
        async with self._context.state_writer.database.read() as session:
            found = await JobRepository(session).get(job_id)
        if found is None:
            raise JobNotFound(job_id)
        job = job_of(found[0])
        if job.result is None:
            raise ResultNotReady(job_id, job.status)
        return job, request_of(found[1])

    async def _table(self, job: Job, request: JobRequest, form: str, table: str) -> Artifact:
        key, media_type = ArtifactKey(TABLE, table, form), FORMATS[form].media_type
        make = functools.partial(self._render, job, request, key, media_type)
        return await self._present_or_made(job.id, key, make)

    async def _archive(self, job: Job, request: JobRequest, form: str) -> Artifact:
        make = functools.partial(self._pack, job, request, form)
        return await self._present_or_made(job.id, ArtifactKey(ARCHIVE, format=form), make)

    async def _present_or_made(self, job_id: str, key: ArtifactKey, make: Make) -> Artifact:
        """The stored file, or that of the one task that makes it; a caller who goes away does
        not end the task, as others may wait for it."""
        if (task := self._making.get((job_id, key))) is None:
            if (made := await self._stored(job_id, key)) is not None:
                return made
            # Another request may have begun to make it while this one looked.
            task = self._making.get((job_id, key)) or self._begin(job_id, key, make)
        return await asyncio.shield(task)

    def _begin(self, job_id: str, key: ArtifactKey, make: Make) -> asyncio.Task[Artifact]:
        task = asyncio.create_task(self._store(job_id, key, make))
        self._making[job_id, key] = task
        task.add_done_callback(lambda _: self._making.pop((job_id, key)))
        return task

    async def _stored(self, job_id: str, key: ArtifactKey) -> Artifact | None:
        async with self._context.state_writer.database.read() as session:
            row = await ArtifactRepository(session).find(job_id, *astuple(key))
        if row is None:
            return None
        there = await self._context.artifacts.holds(job_id, row.path)
        return artifact_of(row) if there else None

    async def _store(self, job_id: str, key: ArtifactKey, make: Make) -> Artifact:
        # Where nothing fits, nothing is made; how much it would be shows when it is made.
        await self._check_room(job_id, key, 1)
        try:
            made = await make()
        except Exception as error:
            if storage_full(error):
                raise StorageFull from error
            raise
        try:
            await self._check_room(job_id, key, made.bytes)
        except QuotaExceeded:
            await asyncio.to_thread(self._path(job_id, made).unlink, missing_ok=True)
            raise
        await self._context.artifacts.put(job_id, [made.path])
        try:
            async with self._context.state_writer.database.write() as session:
                await ArtifactRepository(session).put(artifact_row(job_id, made))
        except IntegrityError:
            # The job was deleted meanwhile.
            await self._context.artifacts.remove(job_id)
            raise JobNotFound(job_id) from None
        await self._context.artifacts.drop_local(job_id, made.path)
        return made

    async def _check_room(self, job_id: str, key: ArtifactKey, size: int) -> None:
        """Raises QuotaExceeded; a file that is made again takes the place of the lost one."""
        quotas = quotas_of(self._context.settings)
        async with self._context.state_writer.database.read() as session:
            job = await JobRepository(session).find(job_id)
            lost = await ArtifactRepository(session).find(job_id, *astuple(key))
            if job is not None:
                await check_room(session, job.tenant, quotas, size - (lost.bytes if lost else 0))

    async def _render(
        self,
        job: Job,
        request: JobRequest,
        key: ArtifactKey,
        media_type: str,
        file: str | None = None,
    ) -> Artifact:
        """Make one artifact, as the job's kind does; `file` is its name where it has one."""
        folder = self._context.files.folder(job.id)
        kind = self._context.kinds[job.kind]
        write = await kind.artifact(request, await self._row(job.id), key, self._context)
        if write is None:
            raise ArtifactNotFound(key, ())
        path = _rendered(folder, key, file)
        size, digest = await self._in_thread(job, self._run_render, write, path)
        return Artifact(key, folder.relative(path), media_type, size, digest)

    def _run_render(self, write: Render, path: Path) -> tuple[int, str]:
        make_private(path.parent)
        token = CancelToken()
        self._cancel.add(token)
        try:
            return write(path, token)
        finally:
            self._cancel.discard(token)

    async def _row(self, job_id: str) -> JobRow:
        async with self._context.state_writer.database.read() as session:
            row = await JobRepository(session).find(job_id)
        if row is None:
            raise JobNotFound(job_id)
        return row

    async def _pack(self, job: Job, request: JobRequest, form: str) -> Artifact:
        """Pack every table of the result, made where it is missing, into one zip."""
        tables = [await self._table(job, request, form, table) for table in _tables(job)]
        folder = self._context.files.folder(job.id)
        archive = folder.rendered(form) / "tables.zip"
        # Two services may pack the same archive at the same time.
        own = folder.rendered(form) / f"packing-{secrets.token_hex(8)}"
        try:
            paths = [await self._at_hand(job.id, table, own) for table in tables]
            stored = {path.name: path for path in await self._manifest_parts(job, own)}
            keys = key_folder(self._context.settings)
            sign = functools.partial(sign_archive, stored, own / "manifest", keys, job, tables)
            size, digest = await self._in_thread(job, _write_and_hash, archive, paths, sign)
        finally:
            await asyncio.to_thread(shutil.rmtree, own, ignore_errors=True)
        key = ArtifactKey(ARCHIVE, format=form)
        return Artifact(key, folder.relative(archive), ZIP_MEDIA_TYPE, size, digest)

    async def _manifest_parts(self, job: Job, own: Path) -> list[Path]:
        async with self._context.state_writer.database.read() as session:
            rows = await ArtifactRepository(session).named(job.id, MANIFEST)
        return [await self._at_hand(job.id, artifact_of(row), own) for row in rows]

    async def _at_hand(self, job_id: str, made: Artifact, own: Path) -> Path:
        return await self._context.artifacts.fetch(job_id, made.path, own)

    async def _in_thread(
        self, job: Job, function: Callable[..., tuple[int, str]], *arguments: Any
    ) -> tuple[int, str]:
        rows = sum(table.rows for table in job.result.tables) if job.result else 0
        threads = self._small if rows <= self._context.settings.small_job_rows else self._large
        return await asyncio.get_running_loop().run_in_executor(threads, function, *arguments)

    def _path(self, job_id: str, made: Artifact) -> Path:
        return self._context.files.folder(job_id).path / made.path

    def _answer(self, job: Job, made: Artifact, name: str | None = None) -> ResultDownload:
        path = self._path(job.id, made)
        reader = self._context.artifacts.reader(job.id, made.path)
        return ResultDownload(
            path, made.media_type, made.sha256, made.bytes, name or path.name, reader
        )


def _rendered(folder: JobFolder, key: ArtifactKey, file: str | None) -> Path:
    """Where a file goes that is made for a download."""
    if key.name == TABLE:
        name = f"{file_stem(key.table)}.{FORMATS[key.format].suffix}"
        return folder.rendered(key.format) / name
    own = folder.rendered(key.format) / key.name
    return own / (file or f"{file_stem(key.table or key.name)}.{key.format}")


def _tables(job: Job) -> tuple[str, ...]:
    return () if job.result is None else tuple(table.name for table in job.result.tables)


def _write_and_hash(
    archive: Path, files: Sequence[Path], sign: Callable[[], Sequence[Path]]
) -> tuple[int, str]:
    """Pack files with what `sign` adds."""
    make_private(archive.parent)
    write_archive(archive, [*files, *sign()])
    return hash_file(archive)
