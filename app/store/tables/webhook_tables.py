"""The tables of webhooks: who listens, to which job, what is to be sent, every attempt at it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.base import Row, Tenant, UtcDateTime


class WebhookEndpointRow(Row):
    """An address of a tenant with its sealed secrets; none gets anything while it is disabled."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (UniqueConstraint("tenant", "url"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant: Mapped[Tenant]
    url: Mapped[str] = mapped_column(Text)
    secrets: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookSubscriptionRow(Row):
    """Which events of a job are sent where; `secret` is a sealed one of the job's request."""

    __tablename__ = "webhook_subscriptions"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(
        ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), index=True
    )
    events: Mapped[list[str]] = mapped_column(JSON)
    secret: Mapped[str | None] = mapped_column(Text)


class WebhookMessageRow(Row):
    """A message to be sent, written in the transaction of the change that it reports.

    It outlives its job: what happened is sent even where the job is deleted right after.
    `due_at` is when the next attempt is due; a sender that claims the message puts it behind its
    own time limit, so that another one takes over when it dies. `fencing_token` rises with every
    claim; a sender writes only under its own. `retries` counts failures since the message was
    last queued, `attempts` all that ever were.
    """

    __tablename__ = "webhook_messages"
    __table_args__ = (Index(None, "status", "due_at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant: Mapped[Tenant]
    job_id: Mapped[str] = mapped_column(String(32), index=True)
    endpoint_id: Mapped[str | None] = mapped_column(
        ForeignKey("webhook_endpoints.id", ondelete="SET NULL"), index=True
    )
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str | None] = mapped_column(Text)
    event: Mapped[str] = mapped_column(String(32))
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    retries: Mapped[int]
    fencing_token: Mapped[int] = mapped_column("token")
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookAttemptRow(Row):
    """One attempt, written before anything is sent; without an end its sender died on the way."""

    __tablename__ = "webhook_attempts"

    message_id: Mapped[str] = mapped_column(
        ForeignKey("webhook_messages.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(Text)
