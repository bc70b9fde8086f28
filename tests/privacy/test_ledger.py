"""The rules of an account, in any order of what happens to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import BudgetError
from app.engine.privacy.budget import NOISE_SHARE
from app.engine.privacy.zcdp import rho_of
from app.privacy.entries import (
    AccountSettings,
    Begun,
    Changed,
    Committed,
    Entry,
    Merged,
    Moved,
    Policy,
    Released,
    Reserved,
    Use,
    Used,
    read_entry,
    written,
)
from app.privacy.errors import AccountChangeRefused, ExecutionRefused, SourceIsPrivate
from app.privacy.ledger import MOST_EXECUTIONS, Ledger
from app.store.errors import ServiceError

AT = datetime(2026, 1, 2, tzinfo=UTC)
JOBS = st.sampled_from([f"job{number}" for number in range(4)])
LIMITS = st.one_of(st.none(), st.sampled_from([0.5, 1.0, 3.0]))


def changed(**values: Any) -> Changed:
    return Changed(at=AT, settings=AccountSettings(**values))


def reserved(job: str, rho: int) -> Reserved:
    return Reserved(at=AT, job=job, rho=rho, epsilon=1, algorithm="mst")


def committed(job: str, rho: int) -> Committed:
    return Committed(at=AT, job=job, rho=rho, transcript="0" * 64, events=[])


ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(changed, epsilon_limit=LIMITS, policy=st.sampled_from(Policy)),
    st.builds(Used, at=st.just(AT), use=st.sampled_from(Use)),
    st.builds(reserved, JOBS, st.integers(1, 2 * 10**10)),
    st.builds(Begun, at=st.just(AT), job=JOBS),
    st.builds(Released, at=st.just(AT), job=JOBS),
    st.builds(committed, JOBS, st.integers(0, 2 * 10**10)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ENTRIES, max_size=30))
def test_no_order_of_events_spends_more_than_the_limit(entries: list[Entry]) -> None:
    """What was begun is never free again, and what is kept says the same when it is read."""
    ledger, kept, begun = Ledger(), [], 0
    for entry in entries:
        try:
            ledger.add(entry)
        except (BudgetError, ServiceError):
            assert Ledger(kept).spent == ledger.spent
            continue
        kept.append(entry)
        now_begun = sum(
            each.rho for each in ledger.executions.values() if each.state in ("begun", "committed")
        )
        assert begun <= now_begun <= ledger.spent <= ledger.limit
        begun = now_begun
    again = Ledger(read_entry(written(entry)) for entry in kept)
    assert (again.spent, again.settings) == (ledger.spent, ledger.settings)
    assert (again.executions, again.uses) == (ledger.executions, ledger.uses)


def test_what_is_left_is_enough_for_just_that() -> None:
    ledger = Ledger([changed(epsilon_limit=3)])
    ledger.add(reserved("a", ledger.check_cost(1)))
    left = ledger.epsilon_left
    assert 2 < left < 3
    assert ledger.check_cost(left) <= ledger.left < rho_of(left + 1e-5, 1e-6)
    with pytest.raises(BudgetError, match=r"of ε 3 at δ 1e-06, 1\.0\d+ are spent; ε 2\.\d+ is"):
        ledger.check_cost(3)
    whole = (1 + 2.718281828459045**3) * 1_000 * float(ledger.noise_error)
    assert whole < 1e-6 * NOISE_SHARE


def test_nothing_is_spent_without_a_limit() -> None:
    with pytest.raises(BudgetError, match="no `epsilon_limit`"):
        Ledger().check_cost(0.01)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"epsilon_limit": 4}, "can only be lowered"),
        ({"epsilon_limit": None}, "can only be lowered"),
        ({"epsilon_limit": 0.5}, "below what is spent"),
        ({"delta": 1e-5}, "`delta` is settled"),
        ({"unit": "person"}, "`unit` is settled"),
        ({"policy": "mixed"}, "stays `dp_only`"),
        ({"max_contributions": 2}, "says nothing without `unit`"),
    ],
)
def test_an_account_that_was_spent_from_only_becomes_stricter(
    change: dict[str, Any], what: str
) -> None:
    usual = {"epsilon_limit": 3, "policy": "dp_only"}
    ledger = Ledger([changed(**usual)])
    ledger.add(reserved("a", ledger.check_cost(1)))
    with pytest.raises(AccountChangeRefused, match=what):
        ledger.add(changed(**{**usual, **change}))
    ledger.add(changed(**{**usual, "epsilon_limit": 2}))
    assert ledger.settings.epsilon_limit == 2


def test_private_rows_are_read_in_no_other_way() -> None:
    ledger = Ledger([Used(at=AT, use=Use.ROWS), changed(policy="dp_only")])
    with pytest.raises(SourceIsPrivate, match="figures about its rows"):
        ledger.add(Used(at=AT, use=Use.EVALUATION))
    assert ledger.uses == {Use.ROWS}


def test_a_job_reads_only_what_it_has_reserved() -> None:
    ledger = Ledger([changed(epsilon_limit=3), reserved("a", 100), reserved("b", 100)])
    with pytest.raises(ExecutionRefused, match="not reserved"):
        ledger.add(Begun(at=AT, job="c"))
    ledger.add(Released(at=AT, job="b"))
    with pytest.raises(ExecutionRefused, match="released"):
        ledger.add(Begun(at=AT, job="b"))
    ledger.add(Begun(at=AT, job="a"))
    with pytest.raises(ExecutionRefused, match="more than it had reserved"):
        ledger.add(committed("a", 101))
    with pytest.raises(ExecutionRefused, match="begun"):
        ledger.add(Released(at=AT, job="a"))
    assert ledger.spent == 100


def test_released_budgets_do_not_count_as_executions() -> None:
    ledger = Ledger([changed(epsilon_limit=3)])
    for number in range(MOST_EXECUTIONS + 5):
        ledger.add(reserved(f"a{number}", 1))
        ledger.add(Released(at=AT, job=f"a{number}"))
    assert (ledger.count, ledger.spent) == (0, 0)
    for number in range(MOST_EXECUTIONS):
        ledger.add(reserved(f"b{number}", 1))
    with pytest.raises(BudgetError, match="1,000 executions"):
        ledger.add(reserved("c", 1))


def merged(rho: int, **values: Any) -> Merged:
    settings = AccountSettings(**values)
    return Merged(at=AT, account="other", rho=rho, executions=2, uses=["rows"], settings=settings)


def test_what_another_account_of_the_data_had_spent_counts() -> None:
    ledger = Ledger([changed(epsilon_limit=3)])
    ledger.add(reserved("a", ledger.check_cost(1)))
    ledger.add(merged(ledger.cost(1), epsilon_limit=2, policy="dp_only"))
    assert (ledger.spent, ledger.count) == (2 * ledger.cost(1), 3)
    assert (ledger.settings.epsilon_limit, ledger.uses) == (2, {Use.ROWS})
    ledger.add(merged(ledger.limit, epsilon_limit=2, policy="dp_only"))
    assert (ledger.left, ledger.epsilon_left) == (0, 0)
    with pytest.raises(BudgetError, match="used up"):
        ledger.check_cost(0.01)
    with pytest.raises(AccountChangeRefused, match="can only be lowered"):
        ledger.add(merged(0, epsilon_limit=3, policy="dp_only"))
    with pytest.raises(AccountChangeRefused, match="stays `dp_only`"):
        ledger.add(merged(0, epsilon_limit=2))


def test_an_account_that_counts_elsewhere_only_ends_what_has_begun() -> None:
    ledger = Ledger([changed(epsilon_limit=3), reserved("a", 5), Begun(at=AT, job="a")])
    ledger.add(Moved(at=AT, account="acc_1"))
    for entry in (
        changed(epsilon_limit=3),
        Used(at=AT, use=Use.ROWS),
        reserved("b", 1),
        merged(1, epsilon_limit=3),
        Moved(at=AT, account="acc_2"),
    ):
        with pytest.raises(ExecutionRefused, match="acc_1 has this data now"):
            ledger.add(entry)
    ledger.add(committed("a", 5))
    assert ledger.moved == "acc_1"
