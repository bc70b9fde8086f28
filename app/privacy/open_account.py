"""An account that was read and found whole, in the transaction that adds to it."""

from __future__ import annotations

from app.engine.errors import BudgetError
from app.privacy.chain import Head, check_chain
from app.privacy.entries import Entry, Released, read_entry, written
from app.privacy.errors import AccountDamaged
from app.privacy.ledger import Ledger
from app.store.clock import now
from app.store.encryption.secrets import SecretBox, SecretsError
from app.store.errors import ServiceError
from app.store.repositories.privacy import PrivacyRepository
from app.store.tables.privacy_tables import PrivacyEntryRow


class OpenAccount:
    """Entries, what follows from them, and those that are to be added.

    Attributes:
        head: that the entries lead to, the new ones included.
    """

    def __init__(
        self, accounts: PrivacyRepository, box: SecretBox, head: Head, entries: list[Entry]
    ) -> None:
        self.accounts = accounts
        self.head = head
        self.ledger = Ledger(entries)
        self.entries = entries
        self._box = box
        self._new: list[PrivacyEntryRow] = []

    def add(self, entry: Entry) -> None:
        """Raises as `Ledger.add`; then nothing is added."""
        self.ledger.add(entry)
        body = written(entry)
        self.head = self.head.after(body)
        self.entries.append(entry)
        self._new.append(
            PrivacyEntryRow(
                account=self.head.account, number=self.head.count, body=body, tip=self.head.tip
            )
        )

    async def settle(self) -> None:
        """Free the budgets of jobs that ended before they read anything, and erase the keys of
        jobs that have ended."""
        live = await self.accounts.live(self.ledger.waiting)
        for job in self.ledger.waiting:
            if job not in live:
                self.add(Released(at=now(), job=job))
        await self.accounts.erase_idle_keys()

    async def write(self) -> None:
        """Write what was added into the transaction."""
        if self._new:
            head = self._box.seal(self.head.written())
            await self.accounts.append(self._new, self.head.account, head)
            self._new = []


async def open_account(
    accounts: PrivacyRepository, box: SecretBox, account: str, witness: Head | None
) -> OpenAccount:
    """Read an account and hold it against its head. Raises AccountDamaged.

    Args:
        witness: a head that it once had.
    """
    found = await accounts.read(account)
    if found is None:
        raise AccountDamaged("it is not in the database")
    head = _opened(box, found.head, account)
    check_chain(head, found.bodies, found.tips, witness)
    try:
        return OpenAccount(accounts, box, head, [read_entry(body) for body in found.bodies])
    except (ValueError, ServiceError, BudgetError):
        raise AccountDamaged("an entry is not one that this program would have added") from None


def _opened(box: SecretBox, sealed: str, account: str) -> Head:
    """The head that was sealed. Raises AccountDamaged."""
    try:
        head = Head.read(box.open(sealed))
    except (SecretsError, ValueError, TypeError, KeyError):
        raise AccountDamaged("no key of this service has signed it") from None
    if head.account != account:
        raise AccountDamaged("it was signed for another account")
    return head
