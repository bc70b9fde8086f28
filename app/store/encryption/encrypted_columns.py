"""Every place where a sealed text is stored, for sealing all of them again."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import bindparam, inspect, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.store.tables.account_tables import ConnectionRow, JobCredentialsRow
from app.store.tables.job_tables import IdempotencyRow
from app.store.tables.privacy_tables import NoiseKeyRow, PrivacyAccountRow, PrivacyKeyRow
from app.store.tables.upload_tables import UploadKeyRow
from app.store.tables.webhook_tables import (
    WebhookEndpointRow,
    WebhookMessageRow,
    WebhookSubscriptionRow,
)

SEALED: tuple[InstrumentedAttribute[str] | InstrumentedAttribute[str | None], ...] = (
    ConnectionRow.sealed,
    JobCredentialsRow.sealed,
    IdempotencyRow.digest,
    UploadKeyRow.digest,
    WebhookEndpointRow.secrets,
    WebhookSubscriptionRow.secret,
    WebhookMessageRow.secret,
    PrivacyKeyRow.sealed,
    PrivacyAccountRow.head,
    NoiseKeyRow.sealed,
)


async def renew_all(session: AsyncSession, renewed: Callable[[str], str]) -> int:
    """Put `renewed(text)` in the place of every sealed text; how many there were.

    A text that was changed or removed meanwhile is left as it is: its writer has sealed it.
    """
    return sum([await _renew(session, column, renewed) for column in SEALED])


async def _renew(
    session: AsyncSession,
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    renewed: Callable[[str], str],
) -> int:
    table = inspect(column.class_).local_table
    keys = list(table.primary_key.columns)
    field = table.c[column.key]
    found = (await session.execute(select(field, *keys).where(field.is_not(None)))).all()
    if not found:
        return 0
    same = [key == bindparam(f"at_{key.name}") for key in keys]
    change = update(table).where(*same, field == bindparam("old")).values({field: bindparam("new")})
    rows = [
        {"old": row[0], "new": renewed(row[0])}
        | {f"at_{key.name}": value for key, value in zip(keys, row[1:], strict=True)}
        for row in found
    ]
    await (await session.connection()).execute(change, rows)
    return len(rows)
