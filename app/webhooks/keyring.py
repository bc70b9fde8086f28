"""The secrets of one place, sealed for it; old ones stay in force while they are exchanged."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from app.store.encryption.secrets import SecretBox, SecretsError

# So many sign a message; rotating faster puts the oldest out of force.
MOST_IN_FORCE = 4


@dataclass(frozen=True, slots=True)
class Key:
    """A secret and until when it signs; None for the present one."""

    secret: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Keyring:
    """Newest first."""

    keys: tuple[Key, ...]

    @classmethod
    def of(cls, secret: str) -> Keyring:
        return cls((Key(secret),))

    def in_force(self, moment: datetime) -> tuple[str, ...]:
        """The secrets that sign at a moment."""
        return tuple(key.secret for key in self._valid(moment))

    def old_until(self, moment: datetime) -> datetime | None:
        """When the last old secret ends; None where none is in force."""
        return max((key.until for key in self._valid(moment) if key.until), default=None)

    def rotated(self, secret: str, moment: datetime, until: datetime) -> Keyring:
        """With a new secret; those in force go on until `until`, none longer than before."""
        old = [
            replace(key, until=until if key.until is None else min(key.until, until))
            for key in self._valid(moment)
            if key.secret != secret
        ]
        return Keyring((Key(secret), *old)[:MOST_IN_FORCE])

    def _valid(self, moment: datetime) -> list[Key]:
        return [key for key in self.keys if key.until is None or key.until > moment]


def seal(box: SecretBox, keyring: Keyring, *place: str) -> str:
    """A keyring for the database, of use only at this place."""
    keys = [(key.secret, key.until and key.until.isoformat()) for key in keyring.keys]
    return box.seal(json.dumps({"place": place, "keys": keys}))


def unseal(box: SecretBox, sealed: str, *place: str) -> Keyring:
    """Raises SecretsError where no key opens it, or it was sealed for another place."""
    content = json.loads(box.open(sealed))
    if content["place"] != list(place):
        raise SecretsError("a stored secret belongs to something else")
    return Keyring(
        tuple(
            Key(secret, None if until is None else datetime.fromisoformat(until))
            for secret, until in content["keys"]
        )
    )
