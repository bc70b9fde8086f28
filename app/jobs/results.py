"""Files of a result for download; what was not made at submission is made when it is wanted."""

from __future__ import annotations

import asyncio
import functools
import secrets
import shutil
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.engine.errors import FormatError
from app.engine.execution.results import CancelToken
from app.engine.files import file_stem, hash_file
from app.engine.formats import FORMATS
from app.jobs.accounts.quotas import check_room, quotas_of
from app.jobs.artifacts.manifests import PARTS, ManifestPart, key_folder, sign_archive
from app.jobs.errors import JobNotFound, QuotaExceeded, ResultNotReady, StorageFull, UnknownTable
from app.jobs.failures import storage_full
from app.jobs.kinds import Render, WantedFile
from app.jobs.models import Job, JobRequest, ResultDownload
from app.jobs.records import job_of, request_of
from app.jobs.tools import Tools
from app.sinks.base import MANIFEST
from app.store.belongings import FileRepository
from app.store.files import write_archive
from app.store.jobs import JobRepository
from app.store.private import make_private
from app.store.rows import JobFileRow, JobRow

ALL_TABLES = ""
ZIP_MEDIA_TYPE = "application/zip"
RENDERS_AT_ONCE = 2

Make = Callable[[], Coroutine[Any, Any, JobFileRow]]


class Results:
    """Downloads of finished jobs. A file that several requests want is made once."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._making: dict[tuple[str, str, str], asyncio.Task[JobFileRow]] = {}
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
        form = job.formats[0] if format is None else format
        if form not in FORMATS:
            raise FormatError(f"there is no format {form!r}; there are {', '.join(FORMATS)}")
        tables = _tables(job)
        if table is not None and table not in tables:
            raise UnknownTable(table, tables)
        if table is None and len(tables) > 1:
            return self._answer(job, await self._archive(job, request, form))
        file = await self._file(job, request, form, table or tables[0])
        return self._answer(job, file)

    async def manifest(self, job_id: str, part: ManifestPart) -> ResultDownload:
        job, _ = await self._finished(job_id)
        name, media_type = PARTS[part]
        row = await self._stored((job.id, MANIFEST, name))
        if row is None:
            raise FileNotFoundError(name)
        reader = self._tools.shelf.reader(job.id, row.path)
        return ResultDownload(self._path(row), media_type, row.sha256, row.bytes, name, reader)

    async def _finished(self, job_id: str) -> tuple[Job, JobRequest]:
        async with self._tools.board.database.read() as session:
            found = await JobRepository(session).get(job_id)
        if found is None:
            raise JobNotFound(job_id)
        job = job_of(found[0])
        if job.result is None:
            raise ResultNotReady(job_id, job.status)
        return job, request_of(found[1])

    async def _file(self, job: Job, request: JobRequest, form: str, table: str) -> JobFileRow:
        make = functools.partial(self._render, job, request, form, table)
        return await self._present_or_made((job.id, form, table), make)

    async def _archive(self, job: Job, request: JobRequest, form: str) -> JobFileRow:
        make = functools.partial(self._pack, job, request, form)
        return await self._present_or_made((job.id, form, ALL_TABLES), make)

    async def _present_or_made(self, key: tuple[str, str, str], make: Make) -> JobFileRow:
        """The stored file, or that of the one task that makes it; a caller who goes away does
        not end the task, as others may wait for it."""
        if (task := self._making.get(key)) is None:
            if (row := await self._stored(key)) is not None:
                return row
            # Another request may have begun to make it while this one looked.
            task = self._making.get(key) or self._begin(key, make)
        return await asyncio.shield(task)

    def _begin(self, key: tuple[str, str, str], make: Make) -> asyncio.Task[JobFileRow]:
        task = asyncio.create_task(self._store(key, make))
        self._making[key] = task
        task.add_done_callback(lambda _: self._making.pop(key))
        return task

    async def _stored(self, key: tuple[str, str, str]) -> JobFileRow | None:
        async with self._tools.board.database.read() as session:
            row = await FileRepository(session).find(*key)
        if row is None:
            return None
        there = await self._tools.shelf.holds(row.job_id, row.path)
        return row if there else None

    async def _store(self, key: tuple[str, str, str], make: Make) -> JobFileRow:
        # Where nothing fits, nothing is made; how much it would be shows when it is made.
        await self._check_room(key, 1)
        try:
            row = await make()
        except Exception as error:
            if storage_full(error):
                raise StorageFull from error
            raise
        try:
            await self._check_room(key, row.bytes)
        except QuotaExceeded:
            await asyncio.to_thread(self._path(row).unlink, missing_ok=True)
            raise
        await self._tools.shelf.keep(row.job_id, [row.path])
        try:
            async with self._tools.board.database.write() as session:
                await FileRepository(session).put(row)
        except IntegrityError:
            # The job was deleted meanwhile.
            await self._tools.shelf.remove(row.job_id)
            raise JobNotFound(row.job_id) from None
        await self._tools.shelf.put_away(row.job_id, row.path)
        return row

    async def _check_room(self, key: tuple[str, str, str], size: int) -> None:
        """Raises QuotaExceeded; a file that is made again takes the place of the lost one."""
        quotas = quotas_of(self._tools.settings)
        async with self._tools.board.database.read() as session:
            job = await JobRepository(session).find(key[0])
            lost = await FileRepository(session).find(*key)
            if job is not None:
                await check_room(session, job.tenant, quotas, size - (lost.bytes if lost else 0))

    async def _render(self, job: Job, request: JobRequest, form: str, table: str) -> JobFileRow:
        """Make one table in one format, as the job's kind does."""
        folder = self._tools.files.folder(job.id)
        row = await self._row(job.id)
        wanted = WantedFile(table, form)
        write = await self._tools.kinds[job.kind].renderer(request, row, wanted, self._tools)
        name = f"{file_stem(table)}.{FORMATS[form].suffix}"
        path = folder.rendered(form) / name
        file = await self._in_thread(job, self._run_render, write, path)
        return JobFileRow(
            job_id=job.id,
            format=form,
            table_name=table,
            path=folder.relative(path),
            bytes=file[0],
            sha256=file[1],
        )

    def _run_render(self, write: Render, path: Path) -> tuple[int, str]:
        make_private(path.parent)
        token = CancelToken()
        self._cancel.add(token)
        try:
            return write(path, token)
        finally:
            self._cancel.discard(token)

    async def _row(self, job_id: str) -> JobRow:
        async with self._tools.board.database.read() as session:
            row = await JobRepository(session).find(job_id)
        if row is None:
            raise JobNotFound(job_id)
        return row

    async def _pack(self, job: Job, request: JobRequest, form: str) -> JobFileRow:
        """Pack every table of the result, made where it is missing, into one zip."""
        rows = [await self._file(job, request, form, table) for table in _tables(job)]
        folder = self._tools.files.folder(job.id)
        archive = folder.rendered(form) / "tables.zip"
        # Two services may pack the same archive at the same time.
        own = folder.rendered(form) / f"packing-{secrets.token_hex(8)}"
        try:
            paths = [await self._at_hand(row, own) for row in rows]
            stored = {path.name: path for path in await self._manifest_parts(job, own)}
            keys = key_folder(self._tools.settings)
            sign = functools.partial(sign_archive, stored, own / "manifest", keys, job, rows)
            size, digest = await self._in_thread(job, _write_and_hash, archive, paths, sign)
        finally:
            await asyncio.to_thread(shutil.rmtree, own, ignore_errors=True)
        return JobFileRow(
            job_id=job.id,
            format=form,
            table_name=ALL_TABLES,
            path=folder.relative(archive),
            bytes=size,
            sha256=digest,
        )

    async def _manifest_parts(self, job: Job, own: Path) -> list[Path]:
        async with self._tools.board.database.read() as session:
            rows = await FileRepository(session).of_format(job.id, MANIFEST)
        return [await self._at_hand(row, own) for row in rows]

    async def _at_hand(self, row: JobFileRow, own: Path) -> Path:
        return await self._tools.shelf.at_hand(row.job_id, row.path, own)

    async def _in_thread(
        self, job: Job, function: Callable[..., tuple[int, str]], *arguments: Any
    ) -> tuple[int, str]:
        rows = sum(table.rows for table in job.result.tables) if job.result else 0
        threads = self._small if rows <= self._tools.settings.small_job_rows else self._large
        return await asyncio.get_running_loop().run_in_executor(threads, function, *arguments)

    def _path(self, row: JobFileRow) -> Path:
        return self._tools.files.folder(row.job_id).path / row.path

    def _answer(self, job: Job, row: JobFileRow) -> ResultDownload:
        path = self._path(row)
        if row.table_name == ALL_TABLES:
            media_type, name = ZIP_MEDIA_TYPE, f"{file_stem(job.name)}.{row.format}.zip"
        else:
            media_type, name = FORMATS[row.format].media_type, path.name
        reader = self._tools.shelf.reader(job.id, row.path)
        return ResultDownload(path, media_type, row.sha256, row.bytes, name, reader)


def _tables(job: Job) -> tuple[str, ...]:
    return () if job.result is None else tuple(table.name for table in job.result.tables)


def _write_and_hash(
    archive: Path, files: Sequence[Path], sign: Callable[[], Sequence[Path]]
) -> tuple[int, str]:
    """Pack files with what `sign` adds."""
    make_private(archive.parent)
    write_archive(archive, [*files, *sign()])
    return hash_file(archive)
