"""The table of keys that uploads were sent with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.base import Row, TenantKey, UtcDateTime


class UploadKeyRow(Row):
    """A key that a tenant used for an upload, and what was made of it: a source or a synthesizer,
    with which the key goes. The digest of the upload is sealed: somebody with a file could find out
    by it that a tenant has the same."""

    __tablename__ = "upload_keys"

    tenant: Mapped[TenantKey]
    # Where it was uploaded to: each place has keys of its own.
    place: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[str] = mapped_column(Text)
    source_id: Mapped[str | None] = mapped_column(
        ForeignKey("sources.id", ondelete="CASCADE"), index=True
    )
    synthesizer_id: Mapped[str | None] = mapped_column(
        ForeignKey("synthesizers.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
