"""Reading sources: by whoever holds the lease, under limits, and again where a reader was lost."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.privacy.entries import Use
from app.service.service import Service
from app.sources.adding import NewSource
from app.sources.errors import SourceNotFound, SourceNotReady
from app.sources.models import StoredSource
from app.sources.uploads import UploadedFile
from app.store.clock import now
from app.store.private import make_private
from app.store.repositories.sources import ReadingRepository
from app.store.source_status import SourceStatus
from app.store.tables.source_tables import SourceRow
from app.workers.answers import Rendered
from app.workers.errors import Overloaded
from app.workers.request_workers import RequestWorkers
from tests.services import StartService

pytestmark = pytest.mark.anyio

TABLE = b"a,b\n" + b"".join(b"%d,%d\n" % (number, number % 7) for number in range(200))


async def content(data: bytes = TABLE) -> AsyncIterator[UploadedFile]:
    async def pieces() -> AsyncIterator[bytes]:
        yield data

    yield UploadedFile("t.csv", pieces())


async def add(service: Service, data: bytes = TABLE) -> StoredSource:
    return (await service.of("default").sources.add(NewSource("t"), content(data))).source


async def ended(service: Service, source_id: str) -> StoredSource:
    async with asyncio.timeout(60):
        while True:
            found = await service.of("default").sources.get(source_id)
            if found.status is not SourceStatus.READING:
                return found
            await asyncio.sleep(0.02)


async def stopped(service: Service) -> None:
    """Nobody reads here any more: what is uploaded waits."""
    await service.context.sources.stop()


async def change(service: Service, **values: Any) -> None:
    async with service._database.write() as session:
        await session.execute(update(SourceRow).values(**values))


async def test_what_a_lost_reader_had_is_read_again_once_its_lease_ends(
    start_service: StartService,
) -> None:
    first = await start_service(runner=False)
    await stopped(first)
    source = await add(first)
    lease = {"lease_owner": "lost", "lease_until": now() + timedelta(seconds=1), "attempts": 1}
    await change(first, **lease)
    other = await start_service(runner=False, lease_seconds=0.5)
    assert (await ended(other, source.id)).status is SourceStatus.READY
    assert (await other.of("default").sources.path(source.id, Use.ROWS)).read_bytes() == TABLE


async def test_a_source_whose_readers_are_lost_is_given_up(start_service: StartService) -> None:
    service = await start_service(runner=False)
    await stopped(service)
    source = await add(service)
    await change(service, attempts=3)
    service.context.sources.reader.start()
    found = await ended(service, source.id)
    assert found.status is SourceStatus.FAILED
    assert found.error == "its reading was broken off 3 times; upload it again"


async def _nothing() -> dict[str, Any]:
    return {}


async def test_a_process_leaves_what_it_reads_itself_though_its_lease_has_ended(
    idle: Service,
) -> None:
    await stopped(idle)
    source = await add(idle)
    reader = idle.context.sources.reader
    await change(idle, lease_owner="a", lease_until=now() - timedelta(seconds=9), attempts=1)
    reader._reading[source.id] = asyncio.create_task(_nothing())
    assert await reader._claim() is None
    del reader._reading[source.id]
    claimed = await reader._claim()
    assert claimed is not None
    assert (claimed[0].id, claimed[0].attempts) == (source.id, 2)


async def test_a_reader_that_lost_its_lease_writes_nothing(idle: Service) -> None:
    await stopped(idle)
    source = await add(idle)
    moment = now()
    async with idle._database.write() as session:
        sources = ReadingRepository(session)
        assert await sources.claim("a", moment, moment + timedelta(seconds=9)) is not None
        assert await sources.claim("b", moment, moment + timedelta(seconds=9)) is None
        late = moment + timedelta(seconds=10)
        assert await sources.claim("b", late, late + timedelta(seconds=9)) is not None
        assert not await sources.renew(source.id, "a", late)
        assert not await sources.finish(source.id, "a", {"status": "failed"})
        assert await sources.finish(source.id, "b", {"status": "failed", "error": "words"})
    assert (await idle.of("default").sources.get(source.id)).error == "words"


async def test_reading_has_so_much_time(start_service: StartService) -> None:
    service = await start_service(runner=False, source_seconds=0.001)
    found = await ended(service, (await add(service)).id)
    assert found.status is SourceStatus.FAILED
    assert found.error is not None
    assert found.error.startswith("reading it took longer than 0.001 seconds")


async def test_reading_has_so_much_memory(start_service: StartService) -> None:
    service = await start_service(runner=False, worker_memory=600 * 2**20)
    data = b"a,b\n" + b"x" * 900_000 + b",1\n"
    found = await ended(service, (await add(service, data * 300)).id)
    assert found.status is SourceStatus.FAILED
    assert found.error is not None
    assert "xxx" not in found.error


async def test_what_is_read_when_the_service_stops_is_read_by_the_next(
    start_service: StartService,
) -> None:
    service = await start_service(runner=False)
    source = await add(service)
    await service.context.sources.stop()
    service.context.sources.reader.start()
    assert (await ended(service, source.id)).status is SourceStatus.READY


async def test_a_source_that_is_deleted_is_read_no_further(idle: Service) -> None:
    sources = idle.of("default").sources
    source = await add(idle, TABLE * 3000)
    await sources.delete(source.id)
    folder = idle.context.sources.files.folder("default", source.id)
    assert not folder.path.exists()
    with pytest.raises(SourceNotFound):
        await sources.path(source.id, Use.ROWS)


async def test_a_source_has_a_path_and_a_definition_once_it_is_read(idle: Service) -> None:
    await stopped(idle)
    sources = idle.of("default").sources
    source = await add(idle)
    with pytest.raises(SourceNotReady):
        await sources.path(source.id, Use.ROWS)
    with pytest.raises(SourceNotReady):
        await sources.definition(source.id)
    idle.context.sources.reader.start()
    await ended(idle, source.id)
    definition = await sources.definition(source.id)
    assert definition.is_suggested
    assert definition.document["source"] == source.id
    with pytest.raises(SourceNotFound):
        await idle.of("rival").sources.path(source.id, Use.ROWS)


async def test_what_broken_uploads_left_goes_at_the_next_start(
    start_service: StartService,
) -> None:
    first = await start_service(runner=False)
    source = await add(first)
    await ended(first, source.id)
    left = first.context.sources.files.folder("default", "src_left")
    shutil.copytree(first.context.sources.files.folder("default", source.id).path, left.path)
    second = await start_service(runner=False)
    assert left.path.exists()
    await start_service(runner=False, source_upload_seconds=0.001)
    assert not left.path.exists()
    assert (await second.of("default").sources.path(source.id, Use.ROWS)).is_file()


async def test_what_a_killed_reader_of_rows_unpacked_is_removed(
    idle: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await add(idle)
    await ended(idle, source.id)

    async def killed(workers: RequestWorkers, file: Path, work: Path, *rest: Any) -> Rendered:
        make_private(work)
        (work / "t.csv").write_bytes(TABLE)
        raise Overloaded

    monkeypatch.setattr(RequestWorkers, "source_rows", killed)
    with pytest.raises(Overloaded):
        await idle.of("default").sources.rows(source.id, None, 5)
    folder = idle.context.sources.files.folder("default", source.id)
    assert [each.name for each in folder.path.iterdir()] == ["t.csv"]
