"""The tables of sources and of what is to be learned from them, as SQLAlchemy maps them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.base import Row, Tenant, UtcDateTime


class SourceRow(Row):
    """Real tables that were uploaded, or read from a connection. `file` is the name of what lies
    in the source's folder.

    `version` counts how often it was read again; `options` say what is not to be detected; `origin`
    is the connection that it is read from, null for an upload.

    `profile` is what was found in it, `suggestion` the synthesis definition that follows from
    that; both are null until it was read. Whoever reads it holds a lease, and writes only `WHERE
    lease_owner = <its own>`; `attempts` counts readers.

    `evaluations` counts jobs that measured synthetic rows beside it, also those that are deleted;
    `evaluated_at` is when the last one was asked for. `account` is the privacy account of its
    data; null for a source of before there were any.
    """

    __tablename__ = "sources"
    __table_args__ = (
        Index(None, "tenant", "created_at", "id"),
        Index(None, "status", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant: Mapped[Tenant]
    name: Mapped[str] = mapped_column(Text)
    file: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    bytes: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    options: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    origin: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    profile: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    suggestion: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str | None] = mapped_column(Text)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    evaluations: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    evaluated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SynthesisRow(Row):
    """One version of what is to be learned from a source; goes with the source.

    `choices` are sensitive columns that are taken in because the document says so.
    """

    __tablename__ = "source_definitions"

    source_id: Mapped[str] = mapped_column(
        ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    choices: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    bytes: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
