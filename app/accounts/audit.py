"""Who did what: an entry for every call that changes something, in the database and in the log."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from app.store.clock import now
from app.store.database import Database
from app.store.paging import Page, moment_and_id, write_cursor
from app.store.repositories.audit import AuditRepository
from app.store.repositories.keys import ApiKeyRepository
from app.store.tables.account_tables import AuditRow
from app.telemetry.redaction import redacted_within

MAX_TEXT = 300
KEY = "key "  # before the id of the key that did it

log = structlog.get_logger("app.audit")


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """What was done.

    Args:
        actor: `key <id>`, `anonymous` (keys are off), `command line`.
        action: the operation's name, such as `submit_job`.
        resource: the address of what was made or changed.
        address: where the call came from.
        status: the HTTP status that it was answered with; 0 for a command that ran.
    """

    tenant: str
    actor: str
    action: str
    resource: str
    address: str
    status: int
    request_id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An audit event as it was written down; `key_name` is what its key is called, None where it
    was made without one."""

    id: str
    at: datetime
    event: AuditEvent
    key_name: str | None = None


async def record(database: Database, event: AuditEvent) -> None:
    """Write an entry; one that the database does not take is in the log alone."""
    log.info("audit", **asdict(event))
    stored = {name: _cut(value) for name, value in asdict(event).items()}
    try:
        async with database.write() as session:
            AuditRepository(session).add(AuditRow(id=uuid.uuid4().hex, at=now(), **stored))
    except Exception:
        log.exception("audit entry not stored", request_id=event.request_id)


async def remove_old(database: Database, days: int) -> None:
    """Remove entries that are older than so many days."""
    async with database.write() as session:
        await AuditRepository(session).remove_before(now() - timedelta(days=days))


class Audit:
    """The entries about one tenant."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[Entry]:
        """Newest first. Raises InvalidCursor."""
        before = None if cursor is None else moment_and_id(cursor)
        async with self._database.read() as session:
            rows = await AuditRepository(session).page(self._tenant, limit=limit + 1, before=before)
            ids = {row.actor.removeprefix(KEY) for row in rows if row.actor.startswith(KEY)}
            keys = await ApiKeyRepository(session, self._tenant).find_all(ids)
        more = None
        if len(rows) > limit:
            more = write_cursor(rows[limit - 1].at.isoformat(), rows[limit - 1].id)
        names = {f"{KEY}{key.id}": key.name for key in keys.values()}
        return Page(tuple(_entry_of(row, names.get(row.actor)) for row in rows[:limit]), more)


def _entry_of(row: AuditRow, key_name: str | None) -> Entry:
    names = ("tenant", "actor", "action", "resource", "address", "status", "request_id")
    event = AuditEvent(**{name: getattr(row, name) for name in names})
    return Entry(row.id, row.at, event, key_name)


def _cut(value: str | int) -> str | int:
    return redacted_within(value, MAX_TEXT) if isinstance(value, str) else value
