"""The tables that an evaluation names: sources, and results of other jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.engine.errors import DefinitionError, Fault
from app.jobs.models import TABLE
from app.jobs.service_context import ServiceContext
from app.kinds.evaluate.steps import KnownTables
from app.kinds.train.admission import source_profile
from app.privacy.entries import Use
from app.sources.errors import SourceNotFound
from app.store.repositories.artifacts import ArtifactRepository
from app.store.repositories.jobs import JobRepository
from app.store.tables.job_tables import ArtifactRow, JobRow
from app.workers.source_tasks import SourceFile

# Of the formats that tables are read from those with types first.
READABLE = ("parquet", "arrow", "jsonl", "csv", "tsv", "jsonl.gz", "csv.gz", "xlsx", "ods")


METHODS = {
    "generate": "as a definition declares them",
    "synthesize": "drawn by a model that learned a real table",
}


@dataclass(frozen=True, slots=True)
class NamedTables:
    """What ids of one tenant stand for."""

    context: ServiceContext
    tenant: str

    async def profile(self, source_id: str, field: str) -> str:
        """What was found in a source, as JSON. Raises DefinitionError at the field."""
        try:
            sources = self.context.sources.of(self.tenant)
            return await source_profile(sources, source_id, field, Use.EVALUATION)
        except SourceNotFound as error:
            raise DefinitionError([Fault(field, str(error))]) from None

    async def check_synthetic(self, id: str, *, several: bool) -> None:
        """Raises DefinitionError where the id is neither that of a source that was read nor of a
        job whose result is one table, or several."""
        if await self._is_source(id):
            await self.profile(id, "synthetic")
        else:
            await self._made(id, several=several)

    async def source(self, source_id: str) -> SourceFile:
        """Where a source lies. Raises SourceNotFound."""
        return await self.context.sources.of(self.tenant).file(source_id, Use.EVALUATION)

    async def synthetic(
        self, id: str, folder: Path, *, several: bool
    ) -> SourceFile | dict[str, SourceFile]:
        """Where the synthetic table lies, and each of several where they are a job's; those that
        are kept elsewhere are fetched into the folder.

        Raises DefinitionError where it is gone."""
        if await self._is_source(id):
            return await self.source(id)
        made = await self._made(id, several=several)
        try:
            found = {
                name: SourceFile(await self.context.artifacts.fetch(id, each.path, folder))
                for name, each in made.items()
            }
        except FileNotFoundError:
            raise DefinitionError([Fault("synthetic", "the files of this job are gone")]) from None
        return found if several else next(iter(found.values()))

    async def known(self, document: Mapping[str, Any]) -> KnownTables:
        """What is known of the tables that a request names. Raises SourceNotFound."""
        sources = self.context.sources.of(self.tenant)
        names = {
            role: (await sources.get(document[role])).name
            for role in ("real", "holdout")
            if role in document
        }
        named = document["synthetic"]
        if await self._is_source(named):
            return KnownTables({**names, "synthetic": (await sources.get(named)).name})
        job = await self._job(named)
        if job is None:
            return KnownTables({**names, "synthetic": named})
        names["synthetic"] = job.name
        return KnownTables(names, METHODS.get(job.kind, ""), job.seed, (("Job", job.id),))

    async def _job(self, job_id: str) -> JobRow | None:
        async with self.context.state_writer.database.read() as session:
            return await JobRepository(session, self.tenant).find(job_id)

    async def _is_source(self, id: str) -> bool:
        try:
            await self.context.sources.of(self.tenant).get(id)
        except SourceNotFound:
            return False
        return True

    async def _made(self, job_id: str, *, several: bool) -> dict[str, ArtifactRow]:
        """The file of a job's one table, or of each of several, by its name. Raises
        DefinitionError."""
        async with self.context.state_writer.database.read() as session:
            job = await JobRepository(session, self.tenant).find(job_id)
            found = await ArtifactRepository(session).named(job_id, TABLE) if job else ()
        if job is None:
            raise DefinitionError(
                [Fault("synthetic", f"no source and no job has the id {job_id!r}")]
            )
        tables = dict.fromkeys(each.table_name for each in found)
        if not tables or (len(tables) > 1 and not several):
            message = "has several tables, and `real` has one" if tables else "has no table"
            raise DefinitionError([Fault("synthetic", f"the result of this job {message}")])
        readable = {name: _readable(found, name) for name in tables}
        made = {name: each for name, each in readable.items() if each is not None}
        if len(made) < len(readable):
            message = "tables are not read from the formats of this job"
            raise DefinitionError([Fault("synthetic", message, ", ".join(READABLE))])
        return made


def _readable(found: Sequence[ArtifactRow], table: str) -> ArtifactRow | None:
    """The file of a table that is read with the most types; None where none can be read."""
    by_format = {each.format: each for each in found if each.table_name == table}
    return next((by_format[name] for name in READABLE if name in by_format), None)
