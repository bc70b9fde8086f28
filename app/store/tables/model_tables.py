"""The tables of what was learned."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.base import Row, Tenant, UtcDateTime


class SynthesizerRow(Row):
    """What a tenant has learned or was given, and from what; the model lies in a file by the id.

    `job_id` and `source` say where it came from, whether that is still there or not; neither for
    a model file that was uploaded. `description` is that of `app.engine.synthesizers.description`.
    """

    __tablename__ = "synthesizers"
    __table_args__ = (Index(None, "tenant", "created_at", "id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    tenant: Mapped[Tenant]
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[dict[str, Any]] = mapped_column(JSON)
    job_id: Mapped[str | None] = mapped_column(String(32))
    source: Mapped[str | None] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
