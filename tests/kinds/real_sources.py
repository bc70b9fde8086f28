"""A source that was read, as a service has it, without an upload."""

from __future__ import annotations

from app.engine.profiling.sources import profile_source
from app.engine.synthesis.defaults import suggested_synthesis
from app.service.service import Service
from app.store.clock import now
from app.store.private import make_private
from app.store.source_status import SourceStatus
from app.store.tables.source_tables import SourceRow


async def add_source(
    service: Service, content: bytes, source_id: str = "src_shops", name: str = "shops.csv"
) -> str:
    """Its id; the file is that of a table `shops`, or of the name that is given."""
    folder = service.context.sources.files.folder("default", source_id)
    make_private(folder.path)
    file = folder.file(name)
    file.write_bytes(content)
    profile = profile_source(file)
    row = SourceRow(
        id=source_id,
        tenant="default",
        name="shops",
        file=file.name,
        status=SourceStatus.READY.value,
        bytes=len(content),
        profile=profile.model_dump(mode="json"),
        suggestion=suggested_synthesis(profile),
        attempts=0,
        created_at=now(),
        updated_at=now(),
    )
    async with service.context.state_writer.database.write() as session:
        session.add(row)
    return source_id
