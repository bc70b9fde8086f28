"""The tables of privacy accounts: what was spent of data, whatever became of its source."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.base import Row, Tenant, TenantKey, UtcDateTime


class PrivacyKeyRow(Row):
    """The secret by which a tenant's data is recognised when it is uploaded again, sealed."""

    __tablename__ = "privacy_keys"

    tenant: Mapped[TenantKey]
    sealed: Mapped[str] = mapped_column(Text)


class PrivacyAccountRow(Row):
    """The account of some data. It outlives the sources that hold the data.

    `id` follows from the data by the tenant's secret; `head` is sealed: how many entries there
    are, and the digest that all of them lead to.
    """

    __tablename__ = "privacy_accounts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant: Mapped[Tenant]
    head: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PrivacyEntryRow(Row):
    """An entry of an account, numbered from 1, which is never changed or deleted. `tip` is the
    digest of `body`, which is JSON, and of the tip before it."""

    __tablename__ = "privacy_entries"

    account: Mapped[str] = mapped_column(ForeignKey("privacy_accounts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    tip: Mapped[str] = mapped_column(String(64))


class NoiseKeyRow(Row):
    """The key of the noise of a job that reads private rows, sealed, for what `binding` is the
    digest of; gone as soon as the job has what it read them for."""

    __tablename__ = "privacy_noise_keys"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    binding: Mapped[str] = mapped_column(String(64))
