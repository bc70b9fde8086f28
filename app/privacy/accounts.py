"""Privacy accounts: the interface of this room.

Whoever wants rows of a source says what for: either the use is noted, or a budget was reserved for
it. Reservations are made in the transaction that queues a job; reading begins after another one,
which gives the noise key out. Nothing that was spent is ever given back.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.engine.privacy.events import canonical
from app.engine.seeds import NoiseKey
from app.privacy.chain import Head
from app.privacy.entries import (
    AccountSettings,
    Begun,
    Changed,
    Committed,
    Entry,
    Policy,
    Reserved,
    Use,
    Used,
)
from app.privacy.errors import AccountDamaged, ExecutionRefused
from app.privacy.ledger import Ledger
from app.privacy.merging import merge
from app.privacy.open_account import OpenAccount, open_account
from app.privacy.witness import Witness
from app.store.clock import now
from app.store.database import Database
from app.store.encryption.secrets import SecretBox
from app.store.repositories.privacy import PrivacyRepository
from app.store.tables.privacy_tables import NoiseKeyRow, PrivacyAccountRow


def recognised_by(digest: str) -> str:
    """What a table is recognised by, from the digest of what it holds."""
    return f"content {digest}"


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as it stands.

    Args:
        entries: all of them, in their order.
    """

    id: str
    ledger: Ledger
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Spending:
    """What a job is to spend.

    Args:
        epsilon: at the account's δ.
        settings: of the account, by which the request was checked; they may have changed since.
    """

    account: str
    epsilon: float
    algorithm: str
    settings: AccountSettings


class PrivacyAccounts:
    """The accounts of one tenant."""

    def __init__(self, database: Database, box: SecretBox, witness: Witness, tenant: str) -> None:
        self._database = database
        self._box = box
        self._witness = witness
        self._tenant = tenant

    async def account_of(self, content: str, *, used: bool = False) -> str:
        """The account of data, opened where there is none.

        Args:
            content: what the data is recognised by; the id is a keyed hash of it.
            used: whether somebody may have read the rows already.
        """
        secret = await self._secret()
        account = f"acc_{hmac.new(secret, content.encode(), hashlib.sha256).hexdigest()[:32]}"
        if await asyncio.to_thread(self._witness.seen, account) is not None:
            return account  # one that is known here and not in the database is missing there
        try:
            async with self._database.write() as session:
                await self._open(session, account, used=used)
        except IntegrityError:  # another request has just opened it
            pass
        return account

    async def _open(self, session: AsyncSession, account: str, *, used: bool) -> None:
        accounts = PrivacyRepository(session, self._tenant)
        if await accounts.exists(account):
            return
        head = self._box.seal(Head.first(account).written())
        row = PrivacyAccountRow(id=account, tenant=self._tenant, head=head, created_at=now())
        await accounts.open(row)
        if used:
            opened = await self._opened(session, account)
            opened.add(Used(at=now(), use=Use.BEFORE))
            await opened.write()

    async def recognise(self, account: str, content: str) -> str:
        """The account of data that is known by `content` as well, from now on: where that is known
        of another account, both become one. Raises AccountDamaged.

        Args:
            account: what the data had until now.
            content: as `account_of` has it.
        """
        other = await self.account_of(content)
        while True:
            one, two = await self._resolved(account), await self._resolved(other)
            if one == two:
                return one
            await self._merge(one, two)

    async def _resolved(self, account: str) -> str:
        """The account that counts for an account. Raises AccountDamaged."""
        while (moved := (await self.look(account)).moved) is not None:
            account = moved
        return account

    async def _merge(self, one: str, other: str) -> None:
        """Have one account of two count for both; nothing where one of them has just become part of
        another."""
        async with self._database.write() as session:
            opened = [await self._opened(session, each) for each in sorted((one, other))]
            if any(each.ledger.moved is not None for each in opened):
                return
            for each in opened:
                await each.settle()
            merge(*opened)
            for each in opened:
                await each.write()
        for each in opened:
            await asyncio.to_thread(self._witness.note, each.head)

    async def account_of_source(self, source_id: str, account: str | None) -> str:
        """The account that counts for a source: its own, or for one of before there were accounts a
        new one, which says so. Raises AccountDamaged."""
        if account is not None:
            return await self._resolved(account)
        found = await self.account_of(f"source {source_id}", used=True)
        async with self._database.write() as session:
            await PrivacyRepository(session, self._tenant).give(source_id, found)
        return await self._resolved(found)

    async def state(self, account: str) -> AccountState:
        """An account; budgets of jobs that ended before they read anything are free again. Raises
        AccountDamaged."""
        async with self._writing(account) as opened:
            return AccountState(account, opened.ledger, opened.entries)

    async def change(self, account: str, settings: AccountSettings) -> AccountState:
        """Set what an account allows. Raises AccountChangeRefused, AccountDamaged."""
        async with self._writing(account) as opened:
            if settings != opened.ledger.settings:
                opened.add(Changed(at=now(), settings=settings))
        return AccountState(account, opened.ledger, opened.entries)

    async def look(self, account: str) -> Ledger:
        """An account as it stands; nothing is written. Raises AccountDamaged."""
        seen = await asyncio.to_thread(self._witness.seen, account)
        async with self._database.read() as session:
            accounts = PrivacyRepository(session, self._tenant)
            return (await open_account(accounts, self._box, account, seen)).ledger

    async def note_use(self, account: str, use: Use) -> None:
        """Note that rows are read in a way that no budget bounds, before they are. Raises
        SourceIsPrivate, AccountDamaged."""
        ledger = await self.look(account)
        if ledger.settings.policy is Policy.MIXED and use in ledger.uses:
            return
        async with self._writing(account) as opened:
            if opened.ledger.settings.policy is Policy.DP_ONLY or use not in opened.ledger.uses:
                opened.add(Used(at=now(), use=use))

    async def reserve(self, session: AsyncSession, job: str, spending: Spending) -> None:
        """Take a job's budget, in the transaction that stores the job. Raises BudgetError,
        ExecutionRefused, AccountDamaged."""
        opened = await self._opened(session, spending.account)
        _reserve(opened, job, spending)
        await opened.write()

    async def spend(self, job: str, spending: Spending) -> NoiseKey:
        """Take the budget of an execution that begins to read now, and is no job of the service:
        the key of its noise is kept nowhere, and it cannot be repeated.

        Raises BudgetError, ExecutionRefused, AccountDamaged.
        """
        async with self._writing(spending.account) as opened:
            _reserve(opened, job, spending)
            opened.add(Begun(at=now(), job=job))
        return NoiseKey.fresh()

    async def begin(self, account: str, job: str, bound_to: Any) -> NoiseKey:
        """The key of a job's noise, when it begins to read, and again when it is repeated.

        Args:
            bound_to: plain data of everything that the noise is for: the rows and the request.

        Raises:
            ExecutionRefused: it has no reservation, its noise is erased, or was for something else.
            AccountDamaged.
        """
        binding = hashlib.sha256(canonical([account, job, bound_to])).hexdigest()
        async with self._writing(account) as opened:
            kept = await opened.accounts.noise_key(job)
            if kept is None:
                opened.add(Begun(at=now(), job=job))
                key = NoiseKey.fresh()
                sealed = self._box.seal(key.secret.hex())
                opened.accounts.keep_noise_key(
                    NoiseKeyRow(job_id=job, sealed=sealed, binding=binding)
                )
                return key
        if kept.binding != binding:
            raise ExecutionRefused(
                "the source or the request is not what this job began to read; ask for another job"
            )
        return NoiseKey(bytes.fromhex(self._box.open(kept.sealed)))

    async def commit(
        self, account: str, job: str, rho: int, transcript: str, events: Sequence[dict[str, Any]]
    ) -> AccountState:
        """Note what a job has asked, once that is kept, and erase the key of its noise.

        Raises ExecutionRefused, AccountDamaged.
        """
        async with self._writing(account) as opened:
            if opened.ledger.executions[job].state != "committed":
                entry = Committed(
                    at=now(), job=job, rho=rho, transcript=transcript, events=[*events]
                )
                opened.add(entry)
            await opened.accounts.erase_noise_key(job)
        return AccountState(account, opened.ledger, opened.entries)

    async def erase(self, job: str) -> None:
        """Erase the key of a job that has failed: its noise is never drawn again."""
        async with self._database.write() as session:
            await PrivacyRepository(session, self._tenant).erase_noise_key(job)

    @asynccontextmanager
    async def _writing(self, account: str) -> AsyncIterator[OpenAccount]:
        """An account that nobody else writes; what is added is written when the block ends, and
        witnessed before this returns."""
        async with self._database.write() as session:
            opened = await self._opened(session, account)
            await opened.settle()
            yield opened
            await opened.write()
        if opened.head.count:
            await asyncio.to_thread(self._witness.note, opened.head)

    async def _opened(self, session: AsyncSession, account: str) -> OpenAccount:
        """An account that nobody else writes until the transaction ends."""
        accounts = PrivacyRepository(session, self._tenant)
        # Before the database is read: another process may witness more meanwhile.
        seen = await asyncio.to_thread(self._witness.seen, account)
        await accounts.lock(account)
        return await open_account(accounts, self._box, account, seen)

    async def _secret(self) -> bytes:
        """What data is recognised by; it stays the same when the service's keys rotate."""
        for _ in range(2):
            async with self._database.read() as session:
                sealed = await PrivacyRepository(session, self._tenant).secret()
            if sealed is not None:
                return bytes.fromhex(self._box.open(sealed))
            try:
                async with self._database.write() as session:
                    new = self._box.seal(secrets.token_hex(32))
                    await PrivacyRepository(session, self._tenant).keep_secret(new)
            except IntegrityError:  # another request has just made it
                continue
        raise AccountDamaged("the secret by which data is recognised cannot be kept")


def _reserve(opened: OpenAccount, job: str, spending: Spending) -> None:
    """Raises BudgetError, ExecutionRefused."""
    if opened.ledger.settings != spending.settings:
        raise ExecutionRefused("the account was changed while this was asked for; ask again")
    rho = opened.ledger.check_cost(spending.epsilon)
    reserved = Reserved(
        at=now(), job=job, rho=rho, epsilon=spending.epsilon, algorithm=spending.algorithm
    )
    opened.add(reserved)
