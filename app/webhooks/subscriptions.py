"""Where events of a job are sent: chosen with its request, stored in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.quotas import UNBOUNDED, Quotas, check_endpoint
from app.engine.errors import Fault
from app.sinks.egress import EgressPolicy
from app.store.encryption.secrets import SecretBox
from app.store.repositories.webhooks import EndpointRepository, OutboxRepository
from app.store.tables.job_tables import JobRow
from app.store.tables.webhook_tables import WebhookEndpointRow, WebhookSubscriptionRow
from app.webhooks.keyring import Keyring, seal, unseal
from app.webhooks.requests import DEFAULT_EVENTS, webhook_faults
from app.webhooks.signing import new_secret


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The webhooks that come with requests of jobs."""

    box: SecretBox
    egress: EgressPolicy
    quotas: Quotas = UNBOUNDED

    def faults(self, webhook: Mapping[str, Any] | None) -> list[Fault]:
        """Everything that is wrong with the `webhook` of a request."""
        return webhook_faults(webhook, self.egress)

    async def subscribe(
        self, session: AsyncSession, job: JobRow, webhook: Mapping[str, Any] | None
    ) -> None:
        """Have a job's events sent; an address that the tenant has not stored is stored.

        Raises QuotaExceeded where the tenant has as many as it may, and
        sqlalchemy.exc.IntegrityError when another request has just stored it.
        """
        if webhook is None:
            return
        url, secret = str(self.egress.check_url(webhook["url"])), webhook.get("secret")
        endpoints = EndpointRepository(session, job.tenant)
        endpoint = await endpoints.at(url)
        if endpoint is None:
            await check_endpoint(session, job.tenant, self.quotas)
            endpoint = self.endpoint(job.tenant, url, new_secret(), job.created_at)
            await endpoints.add(endpoint)
        row = WebhookSubscriptionRow(
            job_id=job.id,
            endpoint_id=endpoint.id,
            events=list(webhook.get("events") or DEFAULT_EVENTS),
            secret=secret and seal(self.box, Keyring.of(secret), "job", job.id),
        )
        OutboxRepository(session).subscribe(row)

    async def secret_of(self, session: AsyncSession, job_id: str) -> str | None:
        """The secret that came with a job's request. Raises SecretsError."""
        row = await OutboxRepository(session).subscription(job_id)
        if row is None or row.secret is None:
            return None
        return unseal(self.box, row.secret, "job", job_id).keys[0].secret

    def endpoint(self, tenant: str, url: str, secret: str, at: datetime) -> WebhookEndpointRow:
        """A new endpoint, not yet stored."""
        return WebhookEndpointRow(
            id=f"we_{uuid.uuid4().hex}",
            tenant=tenant,
            url=url,
            secrets=seal(self.box, Keyring.of(secret), tenant, url),
            created_at=at,
            disabled_at=None,
        )
