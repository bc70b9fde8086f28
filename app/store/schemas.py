"""Every query about stored definitions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.store.rows import SchemaRow


class SchemaRepository:
    """One tenant's definitions by name and version."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def add(self, row: SchemaRow) -> None:
        """Raises sqlalchemy.exc.IntegrityError when another request has just made the version."""
        self._session.add(row)
        await self._session.flush()

    async def get(self, name: str, version: int | None = None) -> SchemaRow | None:
        """One version, the latest when None."""
        query = select(SchemaRow).where(SchemaRow.tenant == self._tenant, SchemaRow.name == name)
        if version is not None:
            query = query.where(SchemaRow.version == version)
        query = query.order_by(SchemaRow.version.desc()).limit(1)
        return (await self._session.scalars(query)).one_or_none()

    async def page(self, *, limit: int, after: str | None) -> Sequence[SchemaRow]:
        """The latest version of up to `limit` names, by name, that come behind `after`.

        Their documents are left in the database: there may be megabytes of each.
        """
        own = SchemaRow.tenant == self._tenant
        latest = select(SchemaRow.name, func.max(SchemaRow.version)).where(own)
        latest = latest.group_by(SchemaRow.name)
        if after is not None:
            latest = latest.where(SchemaRow.name > after)
        names = latest.order_by(SchemaRow.name).limit(limit).subquery()
        query = (
            select(SchemaRow)
            .join(names, (SchemaRow.name == names.c[0]) & (SchemaRow.version == names.c[1]))
            .where(own)
            .order_by(SchemaRow.name)
            .options(defer(SchemaRow.document, raiseload=True))
        )
        return (await self._session.scalars(query)).all()

    async def delete(self, name: str, version: int) -> None:
        """Remove every version up to this one; a later one has just been stored by another."""
        own = SchemaRow.tenant == self._tenant, SchemaRow.name == name
        await self._session.execute(delete(SchemaRow).where(*own, SchemaRow.version <= version))
