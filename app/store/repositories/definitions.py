"""Every query about stored definitions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.store.tables.job_tables import DefinitionRow


class DefinitionRepository:
    """One tenant's definitions by name and version."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def add(self, row: DefinitionRow) -> None:
        """Raises sqlalchemy.exc.IntegrityError when another request has just made the version."""
        self._session.add(row)
        await self._session.flush()

    async def get(self, name: str, version: int | None = None) -> DefinitionRow | None:
        """One version, the latest when None."""
        query = select(DefinitionRow).where(
            DefinitionRow.tenant == self._tenant, DefinitionRow.name == name
        )
        if version is not None:
            query = query.where(DefinitionRow.version == version)
        query = query.order_by(DefinitionRow.version.desc()).limit(1)
        return (await self._session.scalars(query)).one_or_none()

    async def page(self, *, limit: int, after: str | None) -> Sequence[DefinitionRow]:
        """The latest version of up to `limit` names, by name, that come behind `after`.

        Their documents are left in the database: there may be megabytes of each.
        """
        own = DefinitionRow.tenant == self._tenant
        latest = select(DefinitionRow.name, func.max(DefinitionRow.version)).where(own)
        latest = latest.group_by(DefinitionRow.name)
        if after is not None:
            latest = latest.where(DefinitionRow.name > after)
        names = latest.order_by(DefinitionRow.name).limit(limit).subquery()
        query = (
            select(DefinitionRow)
            .join(names, (DefinitionRow.name == names.c[0]) & (DefinitionRow.version == names.c[1]))
            .where(own)
            .order_by(DefinitionRow.name)
            .options(defer(DefinitionRow.document, raiseload=True))
        )
        return (await self._session.scalars(query)).all()

    async def delete(self, name: str, version: int) -> None:
        """Remove every version up to this one; a later one has just been stored by another."""
        own = DefinitionRow.tenant == self._tenant, DefinitionRow.name == name
        await self._session.execute(
            delete(DefinitionRow).where(*own, DefinitionRow.version <= version)
        )
