"""Every query about webhooks. Repositories never commit: the block that opened the session does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.job_tables import JobRow
from app.store.tables.webhook_tables import (
    WebhookAttemptRow,
    WebhookEndpointRow,
    WebhookMessageRow,
    WebhookSubscriptionRow,
)

PENDING = "pending"
DELIVERED = "delivered"
FAILED = "failed"


class EndpointRepository:
    """Addresses of one tenant, or of all of them for the sender (None)."""

    def __init__(self, session: AsyncSession, tenant: str | None = None) -> None:
        self._session = session
        self._tenant = tenant

    async def add(self, row: WebhookEndpointRow) -> None:
        """Raises sqlalchemy.exc.IntegrityError when the tenant has this address already."""
        self._session.add(row)
        await self._session.flush()

    async def get(self, endpoint_id: str, *, to_change: bool = False) -> WebhookEndpointRow | None:
        """`to_change` keeps others from changing it until the end of the block."""
        query = select(WebhookEndpointRow).where(WebhookEndpointRow.id == endpoint_id, *self._own())
        query = query.with_for_update() if to_change else query
        return (await self._session.scalars(query)).one_or_none()

    async def at(self, url: str) -> WebhookEndpointRow | None:
        query = select(WebhookEndpointRow).where(WebhookEndpointRow.url == url, *self._own())
        return (await self._session.scalars(query)).one_or_none()

    async def page(self, *, limit: int, after: str | None) -> Sequence[WebhookEndpointRow]:
        """Up to `limit` endpoints, by id, that come behind `after`."""
        query = select(WebhookEndpointRow).where(*self._own())
        if after is not None:
            query = query.where(WebhookEndpointRow.id > after)
        query = query.order_by(WebhookEndpointRow.id).limit(limit)
        return (await self._session.scalars(query)).all()

    async def change(
        self, endpoint_id: str, values: Mapping[str, Any]
    ) -> WebhookEndpointRow | None:
        change = (
            update(WebhookEndpointRow)
            .where(WebhookEndpointRow.id == endpoint_id, *self._own())
            .values(**values)
            .returning(WebhookEndpointRow)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        return (await self._session.scalars(change)).one_or_none()

    async def delete(self, endpoint_id: str) -> bool:
        """Remove it; nothing that still waits for it is sent."""
        statement = delete(WebhookEndpointRow).where(
            WebhookEndpointRow.id == endpoint_id, *self._own()
        )
        return await _touched(self._session, statement) > 0

    def _own(self) -> tuple[ColumnElement[bool], ...]:
        return () if self._tenant is None else (WebhookEndpointRow.tenant == self._tenant,)


class OutboxRepository:
    """The subscription of a job and its endpoint."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def subscribe(self, row: WebhookSubscriptionRow) -> None:
        self._session.add(row)

    async def subscription(self, job_id: str) -> WebhookSubscriptionRow | None:
        return await self._session.get(WebhookSubscriptionRow, job_id)

    async def listener(
        self, job_id: str
    ) -> tuple[WebhookSubscriptionRow, WebhookEndpointRow] | None:
        query = (
            select(WebhookSubscriptionRow, WebhookEndpointRow)
            .join(WebhookEndpointRow, WebhookEndpointRow.id == WebhookSubscriptionRow.endpoint_id)
            .where(WebhookSubscriptionRow.job_id == job_id)
        )
        found = (await self._session.execute(query)).one_or_none()
        return None if found is None else (found[0], found[1])

    async def put(self, row: WebhookMessageRow) -> bool:
        """Store a message unless it is stored already; whether it was new."""
        if await self._session.get(WebhookMessageRow, row.id) is not None:
            return False
        self._session.add(row)
        return True


class MessageRepository:
    """Messages in the hands of senders, and for reading: of one tenant, or of all (None)."""

    def __init__(self, session: AsyncSession, tenant: str | None = None) -> None:
        self._session = session
        self._tenant = tenant

    async def take(
        self,
        *,
        now: datetime,
        until: datetime,
        limit: int,
        busy: Collection[str],
        full: Collection[str] = (),
    ) -> Sequence[WebhookMessageRow]:
        """Claim up to `limit` messages that are due, and begin an attempt at each.

        No two senders get the same message: SQLite lets one writer in at a time, other databases
        skip rows that another sender has locked.

        Args:
            until: when a message is due again if nothing more is heard of this attempt.
            busy: endpoints that get nothing more for now.
            full: tenants that have as many on their way as they may have.
        """
        candidates = (
            select(WebhookMessageRow.id)
            .where(WebhookMessageRow.status == PENDING, WebhookMessageRow.due_at <= now)
            .where(
                WebhookMessageRow.endpoint_id.is_(None) | WebhookMessageRow.endpoint_id.not_in(busy)
            )
            .where(WebhookMessageRow.tenant.not_in(full))
            .order_by(WebhookMessageRow.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        taking = (
            update(WebhookMessageRow)
            .where(WebhookMessageRow.id.in_(candidates))
            .values(
                due_at=until,
                fencing_token=WebhookMessageRow.fencing_token + 1,
                attempts=WebhookMessageRow.attempts + 1,
            )
            .returning(WebhookMessageRow)
            .execution_options(synchronize_session=False)
        )
        rows = (await self._session.scalars(taking)).all()
        for row in rows:
            attempt = WebhookAttemptRow(message_id=row.id, number=row.attempts, started_at=now)
            self._session.add(attempt)
        return rows

    async def end_attempt(
        self, message_id: str, number: int, *, now: datetime, answer: int | None, error: str | None
    ) -> None:
        """Write how an attempt ended, also where another sender holds the message by now."""
        await self._session.execute(
            update(WebhookAttemptRow)
            .where(WebhookAttemptRow.message_id == message_id, WebhookAttemptRow.number == number)
            .values(finished_at=now, answer=answer, error=error)
            .execution_options(synchronize_session=False)
        )

    async def change(
        self, message_id: str, values: Mapping[str, Any], *, fencing_token: int
    ) -> bool:
        """Write `values`; False, and nothing written, when another sender holds the message."""
        change = (
            update(WebhookMessageRow)
            .where(
                WebhookMessageRow.id == message_id,
                WebhookMessageRow.fencing_token == fencing_token,
                WebhookMessageRow.status == PENDING,
            )
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        return await _touched(self._session, change) > 0

    async def replay(
        self, message_id: str, job_id: str, *, now: datetime
    ) -> WebhookMessageRow | None:
        """Queue a message that has ended again; None where there is no such one."""
        change = (
            update(WebhookMessageRow)
            .where(
                WebhookMessageRow.id == message_id,
                WebhookMessageRow.job_id == job_id,
                WebhookMessageRow.status != PENDING,
                *self._own(),
            )
            .values(
                status=PENDING,
                retries=0,
                fencing_token=WebhookMessageRow.fencing_token + 1,
                due_at=now,
                ended_at=None,
            )
            .returning(WebhookMessageRow)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        return (await self._session.scalars(change)).one_or_none()

    async def of_job(self, job_id: str) -> Sequence[WebhookMessageRow]:
        """Oldest first."""
        query = (
            select(WebhookMessageRow)
            .where(WebhookMessageRow.job_id == job_id, *self._own())
            .order_by(WebhookMessageRow.created_at, WebhookMessageRow.id)
        )
        return (await self._session.scalars(query)).all()

    async def attempts_of_job(self, job_id: str) -> Sequence[WebhookAttemptRow]:
        """In the order in which they were made."""
        query = (
            select(WebhookAttemptRow)
            .join(WebhookMessageRow, WebhookMessageRow.id == WebhookAttemptRow.message_id)
            .where(WebhookMessageRow.job_id == job_id, *self._own())
            .order_by(WebhookAttemptRow.message_id, WebhookAttemptRow.number)
        )
        return (await self._session.scalars(query)).all()

    async def next_due(self) -> datetime | None:
        """When the earliest waiting message is due."""
        query = (
            select(WebhookMessageRow.due_at)
            .where(WebhookMessageRow.status == PENDING)
            .order_by(WebhookMessageRow.due_at)
            .limit(1)
        )
        return (await self._session.scalars(query)).one_or_none()

    async def clear_away(self) -> int:
        """Remove messages of jobs that are deleted; the number of messages."""
        job = exists().where(JobRow.id == WebhookMessageRow.job_id)
        gone = delete(WebhookMessageRow).where(WebhookMessageRow.status != PENDING, ~job)
        return await _touched(self._session, gone)

    def _own(self) -> tuple[ColumnElement[bool], ...]:
        return () if self._tenant is None else (WebhookMessageRow.tenant == self._tenant,)


async def _touched(session: AsyncSession, statement: Any) -> int:
    result = await session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return result.rowcount
