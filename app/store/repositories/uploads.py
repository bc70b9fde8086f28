"""Every query about the keys that uploads were sent with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.store.clock import now
from app.store.encryption.secrets import SecretBox, SecretsError
from app.store.errors import IdempotencyConflict
from app.store.tables.upload_tables import UploadKeyRow

SOURCES, SYNTHESIZERS = "sources", "synthesizers"


@dataclass(frozen=True, slots=True)
class UploadKey:
    """A key that an upload is sent with.

    Args:
        place: where it is uploaded to, `SOURCES` or `SYNTHESIZERS`.
    """

    place: str
    key: str


class UploadKeyRepository:
    """What a tenant's keys have made.

    Args:
        box: seals digests.
    """

    def __init__(self, session: AsyncSession, tenant: str, box: SecretBox) -> None:
        self._session = session
        self._tenant = tenant
        self._box = box

    async def made(self, key: UploadKey, digest: Callable[[], str]) -> str | None:
        """The id of what the key has made; None where it was not used. Raises IdempotencyConflict
        where that was of another upload than `digest()` is of."""
        row = await self._session.get(UploadKeyRow, (self._tenant, key.place, key.key))
        if row is None:
            return None
        if self._opened(row) != digest():
            raise IdempotencyConflict(key.key)
        return row.source_id or row.synthesizer_id

    async def used(self, key: UploadKey) -> bool:
        """Whether the key has made something that is still there."""
        found = await self._session.get(UploadKeyRow, (self._tenant, key.place, key.key))
        return found is not None

    async def add(self, key: UploadKey, digest: str, made: str) -> None:
        """Raises sqlalchemy.exc.IntegrityError where another upload has just used the key."""
        row = UploadKeyRow(
            tenant=self._tenant,
            place=key.place,
            key=key.key,
            digest=self._box.seal(digest),
            source_id=made if key.place == SOURCES else None,
            synthesizer_id=made if key.place == SYNTHESIZERS else None,
            created_at=now(),
        )
        self._session.add(row)
        await self._session.flush()

    def _opened(self, row: UploadKeyRow) -> str | None:
        """The digest that a key was used with; None where the keys that sealed it are gone."""
        try:
            return self._box.open(row.digest)
        except SecretsError:
            return None
