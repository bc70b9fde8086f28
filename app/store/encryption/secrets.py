"""Secrets at rest: sealed with Fernet (AES-128-CBC and HMAC-SHA256) under keys that rotate.

The first key seals; every key opens. To rotate: put a new key in front, start the service, seal
everything again (`SecretBox.renewed`), and take the old key away.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import os
import tempfile
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.store.private import make_private

KEY_FILE = "secret.key"
SETTING = "TABLESMITH_SECRET_KEYS"
_KEY_BYTES = 32


class SecretsError(ValueError):
    """A key that is none, or a secret that no key opens; the text holds neither."""


class SecretBox:
    """Seals text for the database.

    Args:
        keys: gives the keys when the box is first used, 32 bytes each in base64 of either
            alphabet; the first one seals.

    Every call raises SecretsError where there is no key, or one is not of that form.
    """

    def __init__(self, keys: Callable[[], Sequence[str]]) -> None:
        self._keys = keys

    def unlock(self) -> None:
        """Read the keys now. May block."""
        _ = self._fernet

    @cached_property
    def _fernet(self) -> MultiFernet:
        keys = [Fernet(_key(key)) for key in self._keys()]
        if not keys:
            raise SecretsError("there is no key; leave it unset to have one made")
        return MultiFernet(keys)

    def derived(self, purpose: str) -> bytes:
        """A key for another purpose, of the first key, from which nobody finds that one."""
        first = next(iter(self._keys()), None)
        if first is None:
            raise SecretsError("there is no key; leave it unset to have one made")
        secret = base64.urlsafe_b64decode(_key(first))
        return hmac.digest(secret, purpose.encode(), "sha256")

    def seal(self, text: str) -> str:
        """Text that only a holder of the key can read; another one each time."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """What was sealed. Raises SecretsError where no key opens it, or it was changed."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SecretsError(f"no key of {SETTING} opens a stored secret") from None

    def renewed(self, sealed: str) -> str:
        """The same secret under the first key. Raises SecretsError."""
        return self.seal(self.open(sealed))


def make_box(data_dir: Path, keys: str | None) -> SecretBox:
    """The box of a service: its keys from the settings, else one kept in `data_dir`.

    CurrentTenant that share a database must share the keys.

    Args:
        keys: separated by commas; None for the file, which is made when the box is first used
            and which only its owner can read.
    """
    if keys is None:
        return SecretBox(lambda: [_kept_key(data_dir / KEY_FILE)])
    return SecretBox(lambda: [key for key in map(str.strip, keys.split(",")) if key])


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise SecretsError("something in it is no key; make one with: openssl rand -base64 32")
    return base64.urlsafe_b64encode(key)


def _kept_key(file: Path) -> str:
    if not file.exists():
        make_private(file.parent)
        _make_key(file)
    return file.read_text(encoding="ascii")


def _make_key(file: Path) -> None:
    """Write a new key, whole; of two processes that do it at the same time, one wins."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".secret-")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(Fernet.generate_key())
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(name)
    finally:
        Path(name).unlink()
