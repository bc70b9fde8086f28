"""Everything that a tenant can do with its webhooks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from sqlalchemy.exc import IntegrityError

from app.accounts.quotas import check_endpoint
from app.store.clock import now
from app.store.database import Database
from app.store.encryption.secrets import SecretsError
from app.store.errors import InvalidTransition, JobNotFound
from app.store.notifications import Notifications
from app.store.paging import Page, read_cursor, write_cursor
from app.store.repositories.jobs import JobRepository
from app.store.repositories.webhooks import PENDING, EndpointRepository, MessageRepository
from app.store.tables.webhook_tables import WebhookAttemptRow, WebhookEndpointRow, WebhookMessageRow
from app.webhooks.errors import (
    EndpointExists,
    EndpointNotFound,
    InvalidWebhook,
    MessageNotFound,
)
from app.webhooks.keyring import Keyring, seal, unseal
from app.webhooks.models import Attempt, Endpoint, Message, MessageStatus
from app.webhooks.outbox import OUTBOX
from app.webhooks.requests import secret_faults, url_faults
from app.webhooks.signing import new_secret
from app.webhooks.subscriptions import Subscriptions


class Webhooks:
    """A tenant's endpoints, and the messages of its jobs."""

    def __init__(
        self,
        database: Database,
        notifications: Notifications,
        subscriptions: Subscriptions,
        tenant: str,
    ) -> None:
        self._database = database
        self._notifications = notifications
        self._subscriptions = subscriptions
        self._box = subscriptions.box
        self._tenant = tenant

    async def create(self, url: str, secret: str | None = None) -> tuple[Endpoint, str | None]:
        """Store an endpoint; a secret that was made for it is given back, this once.

        Raises InvalidWebhook, EndpointExists, QuotaExceeded.
        """
        egress = self._subscriptions.egress
        faults = [*url_faults(url, egress), *secret_faults(secret)]
        if faults:
            raise InvalidWebhook(faults)
        address, made = str(egress.check_url(url)), None if secret else new_secret()
        row = self._subscriptions.endpoint(self._tenant, address, secret or made or "", now())
        try:
            async with self._database.write() as session:
                await check_endpoint(session, self._tenant, self._subscriptions.quotas)
                await EndpointRepository(session, self._tenant).add(row)
        except IntegrityError:
            raise EndpointExists(url) from None
        return self._told(row), made

    async def get(self, endpoint_id: str) -> Endpoint:
        """Raises EndpointNotFound."""
        async with self._database.read() as session:
            row = await EndpointRepository(session, self._tenant).get(endpoint_id)
        if row is None:
            raise EndpointNotFound(endpoint_id)
        return self._told(row)

    async def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[Endpoint]:
        """By id. Raises InvalidCursor."""
        after = None if cursor is None else read_cursor(cursor, 1)[0]
        async with self._database.read() as session:
            endpoints = EndpointRepository(session, self._tenant)
            rows = await endpoints.page(limit=limit + 1, after=after)
        more = write_cursor(rows[limit - 1].id) if len(rows) > limit else None
        return Page(tuple(map(self._told, rows[:limit])), more)

    async def delete(self, endpoint_id: str) -> None:
        """Remove an endpoint; what still waits for it is not sent. Raises EndpointNotFound."""
        async with self._database.write() as session:
            if not await EndpointRepository(session, self._tenant).delete(endpoint_id):
                raise EndpointNotFound(endpoint_id)

    async def enable(self, endpoint_id: str, enabled: bool) -> Endpoint:
        """Switch an endpoint on or off. Raises EndpointNotFound."""
        values = {"disabled_at": None if enabled else now()}
        async with self._database.write() as session:
            row = await EndpointRepository(session, self._tenant).change(endpoint_id, values)
        if row is None:
            raise EndpointNotFound(endpoint_id)
        return self._told(row)

    async def rotate(
        self, endpoint_id: str, secret: str | None, overlap: timedelta
    ) -> tuple[Endpoint, str | None]:
        """Give an endpoint a new secret; the present one signs besides it for a while.

        A secret that was made is given back, this once. Raises InvalidWebhook, EndpointNotFound.
        """
        if faults := secret_faults(secret):
            raise InvalidWebhook(faults)
        made, moment = None if secret else new_secret(), now()
        async with self._database.write() as session:
            endpoints = EndpointRepository(session, self._tenant)
            row = await endpoints.get(endpoint_id, to_change=True)
            if row is None:
                raise EndpointNotFound(endpoint_id)
            rotated = self._keyring(row).rotated(secret or made or "", moment, moment + overlap)
            row.secrets = seal(self._box, rotated, row.tenant, row.url)
        return self._told(row), made

    async def messages(self, job_id: str) -> tuple[Message, ...]:
        """The messages of a job, oldest first, with every attempt. Raises JobNotFound."""
        async with self._database.read() as session:
            if await JobRepository(session, self._tenant).find(job_id) is None:
                raise JobNotFound(job_id)
            repository = MessageRepository(session, self._tenant)
            rows = await repository.of_job(job_id)
            attempts = await repository.attempts_of_job(job_id)
        by_message: defaultdict[str, list[WebhookAttemptRow]] = defaultdict(list)
        for attempt in attempts:
            by_message[attempt.message_id].append(attempt)
        return tuple(_message(row, by_message[row.id]) for row in rows)

    async def replay(self, job_id: str, message_id: str) -> Message:
        """Send a message again that has arrived or was given up, under its own id.

        Raises JobNotFound, MessageNotFound; InvalidTransition while it is on its way.
        """
        known = {message.id: message for message in await self.messages(job_id)}
        if message_id not in known:
            raise MessageNotFound(message_id)
        async with self._database.write() as session:
            repository = MessageRepository(session, self._tenant)
            row = await repository.replay(message_id, job_id, now=now())
        if row is None:
            raise InvalidTransition(f"message {message_id!r} is on its way already")
        self._notifications.notify(OUTBOX)
        return next(each for each in await self.messages(job_id) if each.id == message_id)

    def _keyring(self, row: WebhookEndpointRow) -> Keyring:
        """The secrets of an endpoint; none where no key opens them, so that it can be looked at,
        and given another secret."""
        try:
            return unseal(self._box, row.secrets, row.tenant, row.url)
        except SecretsError:
            return Keyring(())

    def _told(self, row: WebhookEndpointRow) -> Endpoint:
        until = self._keyring(row).old_until(now())
        return Endpoint(row.id, row.url, row.created_at, row.disabled_at, until)


def _message(row: WebhookMessageRow, attempts: Sequence[WebhookAttemptRow]) -> Message:
    return Message(
        id=row.id,
        event=row.event,
        url=row.url,
        status=cast(MessageStatus, row.status),
        created_at=row.created_at,
        next_attempt_at=row.due_at if row.status == PENDING else None,
        attempts=tuple(
            Attempt(each.number, each.started_at, each.finished_at, each.answer, each.error)
            for each in attempts
        ),
    )
