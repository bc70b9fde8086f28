"""The tables of jobs and of stored definitions, as SQLAlchemy maps them.

Migrations make them; this says what they must look like.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.base import Row, Tenant, TenantKey, UtcDateTime


class JobRow(Row):
    """What is read and written often; the request, which can be large, stands in its own table.

    `fencing_token` rises with every claim; a runner writes only `WHERE token = <its own>`, so one
    that lost its lease changes nothing. `attempts` counts claims since the last progress, which is
    a rise of `most_done`: rows that were ever made. `cost` is the work that is expected,
    `run_seconds` the seconds that runners have worked on it, `time_limit` the most that they may.
    `finished_at` is set when, and only when, the job has ended.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index(None, "tenant", "created_at", "id"),
        Index(None, "tenant", "status", "created_at", "id"),
        Index(None, "finished_at", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[Tenant]
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    seed: Mapped[int | None] = mapped_column(BigInteger)
    formats: Mapped[list[str]] = mapped_column(JSON)
    stage: Mapped[str | None] = mapped_column(String(16))
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    timeline: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    deliveries: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    estimated_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    sequence: Mapped[int]
    cancel_requested: Mapped[bool]
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fencing_token: Mapped[int] = mapped_column("token")
    attempts: Mapped[int]
    cost: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    most_done: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    run_seconds: Mapped[float] = mapped_column(
        "spent", Double, default=0.0, server_default=text("0")
    )
    time_limit: Mapped[float | None] = mapped_column(Double)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JobRequestRow(Row):
    """What was asked for, as it came; written once."""

    __tablename__ = "job_requests"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class JobEventRow(Row):
    __tablename__ = "job_events"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class ArtifactRow(Row):
    """A finished file of a job: a table in a format, an archive of all tables, a report.

    `name` says what it is. `table_name` and `format` are empty where it has none, as columns of a
    key cannot be null; `path` is relative to the job's folder.
    """

    __tablename__ = "job_artifacts"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    table_name: Mapped[str] = mapped_column(Text, primary_key=True)
    format: Mapped[str] = mapped_column(String(16), primary_key=True)
    media_type: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))


class IdempotencyRow(Row):
    """A key that a tenant used; the digest of the request, which may hold a password, is sealed."""

    __tablename__ = "idempotency_keys"

    tenant: Mapped[TenantKey]
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[str] = mapped_column(Text)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DefinitionRow(Row):
    """One version of a stored definition."""

    __tablename__ = "schemas"

    tenant: Mapped[TenantKey]
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    # As JSON; counted where it is stored, so that nobody has to read the documents for it.
    bytes: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
