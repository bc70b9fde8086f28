"""API keys: who a caller is, and what it may do.

A key is `ts_<id>_<secret>` with a secret of 256 random bits. What is stored is the SHA-256 of the
secret. A slow, salted hash is for secrets that people choose, which can be guessed; nobody guesses
one of 2^256, so a slow hash would only cost time at every request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.accounts.errors import KeyNotFound, KeyRefused
from app.accounts.key_loader import KeyLoader
from app.accounts.quotas import UNBOUNDED, Quotas, check_key
from app.store.clock import now
from app.store.database import Database
from app.store.paging import Page, moment_and_id, write_cursor
from app.store.repositories.keys import ApiKeyRepository
from app.store.tables.account_tables import ApiKeyRow

_TOKEN = re.compile(r"ts_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


class Scope(StrEnum):
    """What a key may do; each scope includes those before it. `source` is for those who may see
    values of real tables."""

    READ = "read"
    WRITE = "write"
    SOURCE = "source"
    ADMIN = "admin"

    def covers(self, wanted: Scope) -> bool:
        order = list(Scope)
        return order.index(self) >= order.index(wanted)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret.

    Args:
        requests_per_minute: its own limit; None for that of the service.
    """

    id: str
    tenant: str
    name: str
    scope: Scope
    requests_per_minute: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def usable(self, moment: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or moment < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; `token` is shown this once."""

    key: ApiKey
    token: str


class Keys:
    """The keys of one tenant; the operator's own have no bound."""

    def __init__(self, database: Database, tenant: str, quotas: Quotas = UNBOUNDED) -> None:
        self._database = database
        self._tenant = tenant
        self._quotas = quotas

    async def create(
        self,
        name: str,
        scope: Scope,
        *,
        expires_in: timedelta | None = None,
        requests_per_minute: int | None = None,
    ) -> NewKey:
        """Make a key; what is kept of it does not give the token back. Raises QuotaExceeded."""
        secret, moment = secrets.token_urlsafe(32), now()
        row = ApiKeyRow(
            id=secrets.token_hex(6),
            tenant=self._tenant,
            name=name,
            scope=scope.value,
            digest=_digest(secret),
            requests_per_minute=requests_per_minute,
            created_at=moment,
            expires_at=None if expires_in is None else moment + expires_in,
            revoked_at=None,
        )
        async with self._database.write() as session:
            await check_key(session, self._tenant, self._quotas)
            ApiKeyRepository(session, self._tenant).add(row)
        return NewKey(_key_of(row), f"ts_{row.id}_{secret}")

    async def get(self, key_id: str) -> ApiKey:
        """A key that was not ended by hand. Raises KeyNotFound."""
        async with self._database.read() as session:
            row = await ApiKeyRepository(session, self._tenant).find(key_id)
        if row is None or row.revoked_at is not None:
            raise KeyNotFound(key_id)
        return _key_of(row)

    async def list(self, *, limit: int = 50, cursor: str | None = None) -> Page[ApiKey]:
        """Newest first, ended ones too. Raises InvalidCursor."""
        before = None if cursor is None else moment_and_id(cursor)
        async with self._database.read() as session:
            keys = ApiKeyRepository(session, self._tenant)
            rows = await keys.page(limit=limit + 1, before=before)
        more = None
        if len(rows) > limit:
            last = rows[limit - 1]
            more = write_cursor(last.created_at.isoformat(), last.id)
        return Page(tuple(map(_key_of, rows[:limit])), more)

    async def revoke(self, key_id: str) -> None:
        """End a key at once; ending it twice is no fault. Raises KeyNotFound."""
        async with self._database.write() as session:
            keys = ApiKeyRepository(session, self._tenant)
            if not await keys.revoke(key_id, now()) and await keys.find(key_id) is None:
                raise KeyNotFound(key_id)


async def authenticate(keys: KeyLoader, token: str) -> ApiKey:
    """The key that a token belongs to. Raises KeyRefused, which does not say why."""
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        raise KeyRefused
    row = await keys.get(parts[1])
    if row is None or not hmac.compare_digest(row.digest, _digest(parts[2])):
        raise KeyRefused
    key = _key_of(row)
    if not key.usable(now()):
        raise KeyRefused
    return key


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key_of(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        scope=Scope(row.scope),
        requests_per_minute=row.requests_per_minute,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
