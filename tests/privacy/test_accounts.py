"""Accounts in a database: reserved by many at once, repeated after a crash, and never cut short."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import text, update

from app.engine.errors import BudgetError
from app.engine.seeds import NoiseKey
from app.privacy.accounts import AccountState, PrivacyAccounts, Spending
from app.privacy.entries import AccountSettings, Use
from app.privacy.errors import AccountDamaged, ExecutionRefused, SourceIsPrivate
from app.privacy.witness import Witness
from app.store.database import Database
from app.store.encryption.encrypted_columns import renew_all
from app.store.encryption.secrets import SecretBox, make_box
from app.store.repositories.jobs import JobRepository
from app.store.tables.job_tables import JobRow
from tests.store.repositories.test_queue import job_row

pytestmark = pytest.mark.anyio


def job_id(number: int) -> str:
    return f"{number:032x}"


async def opened(accounts: PrivacyAccounts, epsilon_limit: float = 3) -> str:
    account = await accounts.account_of("data")
    await accounts.change(account, AccountSettings(epsilon_limit=epsilon_limit))
    return account


async def reserve(
    database: Database, accounts: PrivacyAccounts, account: str, number: int, epsilon: float = 1
) -> None:
    """As a job is queued: stored and paid for in one transaction."""
    settings = (await accounts.look(account)).settings
    async with database.write() as session:
        await JobRepository(session).add(job_row(number), {"document": {}})
        await accounts.reserve(session, job_id(number), Spending(account, epsilon, "mst", settings))


async def end(database: Database, number: int) -> None:
    change = update(JobRow).where(JobRow.id == job_id(number)).values(status="cancelled")
    async with database.write() as session:
        await session.execute(change)


async def begin(accounts: PrivacyAccounts, account: str, number: int) -> NoiseKey:
    return await accounts.begin(account, job_id(number), {"version": 1})


async def test_what_was_checked_by_other_settings_is_refused(
    database: Database, accounts: PrivacyAccounts
) -> None:
    account = await opened(accounts)
    checked = (await accounts.look(account)).settings
    await accounts.change(account, checked.model_copy(update={"unit": "person"}))
    with pytest.raises(ExecutionRefused, match="ask again"):
        async with database.write() as session:
            await accounts.reserve(session, job_id(0), Spending(account, 1, "mst", checked))
    assert (await accounts.look(account)).spent == 0


async def test_of_fifty_at_once_three_run_where_there_is_budget_for_three(
    database: Database, accounts: PrivacyAccounts
) -> None:
    account = await opened(accounts)
    ledger = await accounts.look(account)
    limit = next(
        each / 1000 for each in range(1000, 3000) if ledger.cost(each / 1000) >= 3 * ledger.cost(1)
    )
    await accounts.change(account, AccountSettings(epsilon_limit=limit))
    asked = [reserve(database, accounts, account, number) for number in range(50)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert found.count(None) == 3
    assert all(isinstance(each, BudgetError) for each in found if each is not None)
    state = await accounts.state(account)
    assert state.ledger.spent == 3 * ledger.cost(1) <= state.ledger.limit
    async with database.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM jobs"))).scalar_one() == 3


async def test_a_repeated_execution_has_the_same_noise_and_pays_once(
    database: Database, accounts: PrivacyAccounts
) -> None:
    account = await opened(accounts)
    await reserve(database, accounts, account, 1)
    key = await begin(accounts, account, 1)
    spent = (await accounts.look(account)).spent
    assert await begin(accounts, account, 1) == key
    with pytest.raises(ExecutionRefused, match="not what this job began to read"):
        await accounts.begin(account, job_id(1), {"version": 2})
    await reserve(database, accounts, account, 2)
    assert await begin(accounts, account, 2) != key
    for _ in range(2):
        state = await accounts.commit(account, job_id(1), 5, "0" * 64, [])
    assert state.ledger.spent == 2 * spent
    kinds = [entry.kind for entry in (await accounts.state(account)).entries]
    assert kinds == ["settings", "reserve", "begin", "reserve", "begin", "commit"]
    with pytest.raises(ExecutionRefused, match="committed"):
        await begin(accounts, account, 1)


async def test_noise_is_erased_and_never_drawn_again(
    database: Database, accounts: PrivacyAccounts
) -> None:
    account = await opened(accounts)
    for number in (1, 2):
        await reserve(database, accounts, account, number)
        await begin(accounts, account, number)
    await accounts.erase(job_id(1))
    with pytest.raises(ExecutionRefused, match="begun"):
        await begin(accounts, account, 1)
    await end(database, 2)
    await accounts.state(account)
    async with database.read() as session:
        kept = await session.execute(text("SELECT count(*) FROM privacy_noise_keys"))
    assert kept.scalar_one() == 0


async def test_a_job_that_never_read_costs_nothing(
    database: Database, accounts: PrivacyAccounts
) -> None:
    account = await opened(accounts)
    await reserve(database, accounts, account, 1)
    await end(database, 1)
    assert (await accounts.state(account)).ledger.spent == 0
    with pytest.raises(ExecutionRefused, match="released"):
        await begin(accounts, account, 1)


async def test_a_ledger_that_was_cut_off_or_changed_is_refused(
    database: Database, accounts: PrivacyAccounts, tmp_path: Path
) -> None:
    account = await opened(accounts)
    await reserve(database, accounts, account, 1)
    await begin(accounts, account, 1)
    alone = PrivacyAccounts(database, make_box(tmp_path, None), Witness(tmp_path / "other"), "acme")
    assert (await alone.look(account)).spent > 0
    changed = "UPDATE privacy_entries SET body = replace(body, 'mst', 'aim')"
    for statement, why in (
        (changed, "not those that were signed"),
        ("DELETE FROM privacy_entries WHERE number = 3", "2 entries, and had 3"),
        ("DELETE FROM privacy_entries", "0 entries, and had 3"),
    ):
        async with database.write() as session:
            await session.execute(text(statement))
        with pytest.raises(AccountDamaged, match=why):
            await alone.look(account)
        with pytest.raises(AccountDamaged, match=why):
            await reserve(database, alone, account, 9)


async def test_a_database_that_was_put_back_is_refused(
    database: Database, accounts: PrivacyAccounts
) -> None:
    """All of it, with a head that was signed: what this machine has seen says more."""
    account = await opened(accounts)
    async with database.read() as session:
        head = (await session.execute(text("SELECT head FROM privacy_accounts"))).scalar_one()
    await reserve(database, accounts, account, 1)
    await begin(accounts, account, 1)
    async with database.write() as session:
        await session.execute(text("DELETE FROM privacy_entries WHERE number > 1"))
        await session.execute(text("UPDATE privacy_accounts SET head = :head"), {"head": head})
    with pytest.raises(AccountDamaged, match="1 entries, and this machine has seen 3"):
        await accounts.state(account)
    async with database.write() as session:
        await session.execute(text("DELETE FROM privacy_entries"))
        await session.execute(text("DELETE FROM privacy_accounts"))
    assert await accounts.account_of("data") == account
    with pytest.raises(AccountDamaged, match="not in the database"):
        await accounts.look(account)


async def test_uses_are_noted_once_and_refused_where_they_are_private(
    accounts: PrivacyAccounts,
) -> None:
    account = await accounts.account_of("data")
    for _ in range(2):
        await accounts.note_use(account, Use.ROWS)
    assert len((await accounts.state(account)).entries) == 1
    await accounts.change(account, AccountSettings(policy="dp_only"))
    for use in Use:
        with pytest.raises(SourceIsPrivate):
            await accounts.note_use(account, use)
    assert (await accounts.look(account)).uses == {Use.ROWS}


async def test_the_same_data_is_recognised_after_keys_have_rotated(
    database: Database, accounts: PrivacyAccounts, tmp_path: Path
) -> None:
    account = await opened(accounts)
    old = (tmp_path / "secret.key").read_text()
    new = "bmV3" * 10 + "bmU="
    async with database.write() as session:
        await renew_all(session, make_box(tmp_path, f"{new},{old}").renewed)
    later = PrivacyAccounts(
        database, SecretBox(lambda: [new]), Witness(tmp_path / "privacy"), "acme"
    )
    assert await later.account_of("data") == account
    assert (await later.look(account)).settings.epsilon_limit == 3
    assert await later.account_of("other data") != account
    other = PrivacyAccounts(database, later._box, Witness(tmp_path / "privacy"), "rival")
    assert await other.account_of("data") != account
    seen = json.loads((tmp_path / "privacy" / f"{account}.json").read_text())
    assert (seen["account"], seen["count"]) == (account, 1)


async def accounts_of_one(
    accounts: PrivacyAccounts, first: AccountSettings, second: AccountSettings
) -> tuple[str, str]:
    """Of data that was read in two ways, before that was known."""
    found = [await accounts.account_of(each) for each in ("in a file", "in another")]
    for account, settings in zip(found, (first, second), strict=True):
        await accounts.change(account, settings)
    return found[0], found[1]


async def both(accounts: PrivacyAccounts, one: str, other: str) -> AccountState:
    """The account of both, once what they hold is known."""
    found = {await accounts.recognise(each, "holds") for each in (one, other, one)}
    assert len(found) == 1
    return await accounts.state(found.pop())


async def test_the_same_data_in_another_file_has_the_same_account(
    database: Database, accounts: PrivacyAccounts
) -> None:
    one, other = await accounts_of_one(
        accounts, AccountSettings(epsilon_limit=3), AccountSettings(policy="dp_only")
    )
    await reserve(database, accounts, one, 1)
    spent = (await accounts.look(one)).spent
    state = await both(accounts, one, other)
    assert (state.id, state.ledger.spent) == (one, spent)
    assert (state.ledger.settings.policy, state.ledger.settings.epsilon_limit) == ("dp_only", 3)
    assert await accounts.account_of_source("src_x", other) == one
    with pytest.raises(ExecutionRefused, match="has this data now"):
        await reserve(database, accounts, other, 2, 0.1)
    await begin(accounts, one, 1)
    again = PrivacyAccounts(database, accounts._box, accounts._witness, "acme")
    assert (await both(again, other, one)).ledger.spent == spent


async def test_what_both_had_spent_is_spent_and_no_limit_is_passed(
    database: Database, accounts: PrivacyAccounts
) -> None:
    one, other = await accounts_of_one(
        accounts, AccountSettings(epsilon_limit=3), AccountSettings(epsilon_limit=2)
    )
    await accounts.note_use(one, Use.ROWS)
    for account, number, epsilon in ((one, 1, 1.5), (other, 2, 1), (one, 3, 1)):
        await reserve(database, accounts, account, number, epsilon)
    for account, number in ((one, 1), (other, 2)):
        await begin(accounts, account, number)
    ledger = await accounts.look(one)
    state = await both(accounts, one, other)
    assert state.id == one and state.ledger.settings.epsilon_limit == 2
    assert state.ledger.spent == ledger.cost(1.5) + 2 * ledger.cost(1)
    assert (state.ledger.left, state.ledger.uses) == (0, {Use.ROWS})
    with pytest.raises(BudgetError, match="used up"):
        await reserve(database, accounts, one, 4, 0.1)
    await accounts.commit(other, job_id(2), 5, "0" * 64, [])
    assert (await accounts.state(one)).ledger.spent == state.ledger.spent


async def test_jobs_that_wait_where_an_account_ends_cost_nothing(
    database: Database, accounts: PrivacyAccounts
) -> None:
    one, other = await accounts_of_one(
        accounts, AccountSettings(epsilon_limit=3), AccountSettings(epsilon_limit=3)
    )
    await reserve(database, accounts, one, 1)
    await reserve(database, accounts, other, 2, 0.5)
    state = await both(accounts, one, other)
    assert (state.id, state.ledger.spent) == (one, state.ledger.cost(1))
    with pytest.raises(ExecutionRefused, match="released"):
        await begin(accounts, other, 2)


async def test_many_recognise_the_same_data_at_once(
    database: Database, accounts: PrivacyAccounts
) -> None:
    found = [await accounts.account_of(f"file {number}") for number in range(6)]
    for account in found:
        await accounts.change(account, AccountSettings(epsilon_limit=3))
    ends = await asyncio.gather(*(accounts.recognise(each, "holds") for each in found))
    last = {await accounts.recognise(each, "holds") for each in ends}
    assert len(last) == 1 and last <= {*found}
    moved = [(await accounts.look(each)).moved for each in found]
    assert moved.count(None) == 1


async def test_an_account_that_points_elsewhere_cannot_be_cut_off(
    database: Database, accounts: PrivacyAccounts
) -> None:
    one, other = await accounts_of_one(
        accounts, AccountSettings(epsilon_limit=3), AccountSettings(epsilon_limit=2)
    )
    await reserve(database, accounts, one, 1)
    await both(accounts, one, other)
    async with database.write() as session:
        await session.execute(
            text("DELETE FROM privacy_entries WHERE account = :a AND number > 1"), {"a": other}
        )
    with pytest.raises(AccountDamaged, match="1 entries, and had 2"):
        await accounts.account_of_source("src_x", other)
