"""Every query about stored credentials: those with a name, and those of single jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.account_tables import ConnectionRow, JobCredentialsRow


class ConnectionRepository:
    """One tenant's connections by name."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def find(self, name: str) -> ConnectionRow | None:
        return await self._session.get(ConnectionRow, (self._tenant, name))

    async def page(self, *, limit: int, after: str | None) -> Sequence[ConnectionRow]:
        """Up to `limit` connections, by name, that come behind `after`."""
        query = select(ConnectionRow).where(ConnectionRow.tenant == self._tenant)
        if after is not None:
            query = query.where(ConnectionRow.name > after)
        return (await self._session.scalars(query.order_by(ConnectionRow.name).limit(limit))).all()

    async def add(self, row: ConnectionRow) -> None:
        """Raises sqlalchemy.exc.IntegrityError where the name is taken."""
        self._session.add(row)
        await self._session.flush()

    async def delete(self, name: str) -> bool:
        chosen = ConnectionRow.tenant == self._tenant, ConnectionRow.name == name
        result = await self._session.execute(delete(ConnectionRow).where(*chosen))
        assert isinstance(result, CursorResult)
        return result.rowcount > 0


class JobCredentialsRepository:
    """Credentials that live as long as their job runs."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, job_id: str, sealed: Mapping[int, str]) -> None:
        """Store sealed credentials by the place of their sink."""
        for place, text in sealed.items():
            self._session.add(JobCredentialsRow(job_id=job_id, place=place, sealed=text))

    async def find(self, job_id: str, place: int) -> JobCredentialsRow | None:
        return await self._session.get(JobCredentialsRow, (job_id, place))

    async def forget(self, job_id: str) -> None:
        await self._session.execute(
            delete(JobCredentialsRow).where(JobCredentialsRow.job_id == job_id)
        )
