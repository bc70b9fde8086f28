"""The newest head of each account, kept outside the database: a backup of the database that is put
back knows nothing of what was spent after it was made."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.engine.files import write_whole
from app.privacy.chain import Head
from app.privacy.errors import AccountDamaged
from app.store.private import make_private, make_private_file


@dataclass(frozen=True, slots=True)
class Witness:
    """A folder with a file for each account."""

    folder: Path

    def seen(self, account: str) -> Head | None:
        """The newest head that was noted; None where there is none. Raises AccountDamaged."""
        try:
            return Head.read(self._file(account).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            raise AccountDamaged(f"{self._file(account).name} cannot be read") from None

    def note(self, head: Head) -> None:
        """Keep a head, unless a newer one is kept already; it is on the disk when this returns."""
        with self._alone():
            known = self.seen(head.account)
            if known is None or known.count < head.count:
                write_whole(self._file(head.account), head.written().encode())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Of all processes of this machine."""
        make_private(self.folder)
        lock = self.folder / "lock"
        make_private_file(lock)
        with lock.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def _file(self, account: str) -> Path:
        return self.folder / f"{account}.json"
