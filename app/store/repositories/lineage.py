"""Queries about what was derived from a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.job_tables import JobRequestRow, JobRow
from app.store.tables.model_tables import SynthesizerRow

# Where the document of a job may name a source.
NAMING = ("source", "real", "synthetic", "holdout", "given", "impute")
SYNTHESIZER = "synthesizer"
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class DerivedSynthesizer:
    """A synthesizer that learned a source."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class DerivedJob:
    """A job that read a source, or drew from a synthesizer that learned it."""

    id: str
    name: str
    kind: str
    status: str


class LineageRepository:
    """What one tenant has made of its sources; the newest first, and `MOST_LISTED` at most."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def synthesizers(self, source_id: str) -> tuple[list[DerivedSynthesizer], int]:
        """Those that learned a source, and how many there are."""
        table = SynthesizerRow
        own = and_(table.tenant == self._tenant, table.source == source_id)
        number = await self._count(select(func.count()).select_from(table).where(own))
        query = select(table.id, table.name).where(own).order_by(table.created_at.desc())
        found = await self._session.execute(query.limit(MOST_LISTED))
        return [DerivedSynthesizer(*each) for each in found], number

    async def jobs(self, source_id: str) -> tuple[list[DerivedJob], int]:
        """Jobs that name a source, or a synthesizer that learned it, and how many there are."""
        learned = select(SynthesizerRow.id).where(
            SynthesizerRow.tenant == self._tenant, SynthesizerRow.source == source_id
        )
        named = or_(*(_named(key) == source_id for key in NAMING))
        own = and_(JobRow.tenant == self._tenant, or_(named, _named(SYNTHESIZER).in_(learned)))
        number = await self._count(_of_jobs(func.count()).where(own))
        query = _of_jobs(JobRow.id, JobRow.name, JobRow.kind, JobRow.status).where(own)
        found = await self._session.execute(
            query.order_by(JobRow.created_at.desc()).limit(MOST_LISTED)
        )
        return [DerivedJob(*each) for each in found], number

    async def _count(self, query: Any) -> int:
        return int((await self._session.execute(query)).scalar_one())


def _of_jobs(*columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(JobRow)
        .join(JobRequestRow, JobRequestRow.job_id == JobRow.id)
        # Definitions are long, and jobs that make declared tables read no source.
        .where(JobRow.kind != "generate")
    )


def _named(key: str) -> ColumnElement[str]:
    return JobRequestRow.body[("document", key)].as_string()
