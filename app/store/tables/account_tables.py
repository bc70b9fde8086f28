"""The tables of accounts: keys, connections and credentials, usage, the audit log."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.base import Row, Tenant, TenantKey, UtcDateTime


class ApiKeyRow(Row):
    """A key by its public id; `digest` is the SHA-256 of the secret part, which is kept nowhere."""

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "tenant", "created_at", "id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    tenant: Mapped[Tenant]
    name: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(String(8))
    digest: Mapped[str] = mapped_column(String(64))
    requests_per_minute: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ConnectionRow(Row):
    """Named credentials; `sealed` opens for their tenant, name and kind only. `target` is where
    they may be used: fields of a target and the values that these must have."""

    __tablename__ = "connections"

    tenant: Mapped[TenantKey]
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    target: Mapped[dict[str, Any]] = mapped_column(JSON)
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JobCredentialsRow(Row):
    """Credentials that came with a request, by the place of their sink; gone when the job ends."""

    __tablename__ = "job_credentials"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[str] = mapped_column(Text)


class UsageRow(Row):
    """What a tenant has asked for on a day (UTC); deleting jobs gives nothing of it back."""

    __tablename__ = "tenant_usage"

    tenant: Mapped[TenantKey]
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    jobs: Mapped[int]
    rows: Mapped[int] = mapped_column(BigInteger)


class AuditRow(Row):
    """A call that changed something or was to: who, when, what, from where, with which outcome."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "tenant", "at", "id"), Index(None, "at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[Tenant]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(64))
    resource: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    status: Mapped[int]
    request_id: Mapped[str] = mapped_column(String(64))
