"""What holds the entries of an account together: each digest covers all entries before it, and how
many there are is sealed beside the last one, so that none can be changed, left out or cut off."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.privacy.errors import AccountDamaged


@dataclass(frozen=True, slots=True)
class Head:
    """Where an account stands.

    Args:
        count: of its entries.
        tip: digest of the last one.
    """

    account: str
    count: int
    tip: str

    def written(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Head:
        """Raises ValueError, TypeError, KeyError where a text is none."""
        return cls(**json.loads(text))

    @classmethod
    def first(cls, account: str) -> Head:
        """That of an account without entries."""
        return cls(account, 0, hashlib.sha256(account.encode()).hexdigest())

    def after(self, body: str) -> Head:
        """The head with one entry more."""
        tip = hashlib.sha256(f"{self.tip}\n{body}".encode()).hexdigest()
        return Head(self.account, self.count + 1, tip)


def check_chain(
    head: Head, bodies: Sequence[str], tips: Sequence[str], witness: Head | None
) -> None:
    """Hold entries against the head that was sealed, and against one that is kept elsewhere.

    Args:
        bodies, tips: of the stored entries, in their order.
        witness: a head that this account once had; None where none is known.

    Raises:
        AccountDamaged: they do not lead there.
    """
    found = [Head.first(head.account)]
    for body in bodies:
        found.append(found[-1].after(body))
    if len(bodies) < head.count:
        raise AccountDamaged(f"it has {len(bodies)} entries, and had {head.count}")
    if found[-1] != head or [each.tip for each in found[1:]] != list(tips):
        raise AccountDamaged("its entries are not those that were signed")
    if witness is not None and (witness.count > head.count or found[witness.count] != witness):
        raise AccountDamaged(
            f"it has {head.count} entries, and this machine has seen {witness.count}: the database "
            "is older than what was done with it"
        )
