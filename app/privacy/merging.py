"""Two accounts that turn out to be of the same data become one."""

from __future__ import annotations

from app.privacy.entries import AccountSettings, Merged, Moved, Policy, Released
from app.privacy.ledger import Ledger
from app.privacy.open_account import OpenAccount
from app.store.clock import now


def merge(one: OpenAccount, other: OpenAccount) -> None:
    """Have the account that more was spent of count for both, and the other one point at it.

    Budgets of jobs that have not begun to read are free again, and the jobs are refused when they
    begin. What is spent of both may be more than the limit; then nothing is left.
    """
    gone, kept = sorted((one, other), key=_standing)
    for job in gone.ledger.waiting:
        gone.add(Released(at=now(), job=job))
    if gone.entries:
        kept.add(
            Merged(
                at=now(),
                account=gone.head.account,
                rho=gone.ledger.spent,
                executions=gone.ledger.count,
                uses=sorted(gone.ledger.uses),
                settings=_stricter(kept.ledger, gone.ledger),
            )
        )
    gone.add(Moved(at=now(), account=kept.head.account))


def _standing(account: OpenAccount) -> tuple[int, int, str]:
    return account.ledger.spent, len(account.entries), account.head.account


def _stricter(kept: Ledger, gone: Ledger) -> AccountSettings:
    """The settings that one account was given, with the stricter policy and limit of both."""
    is_given = kept.spent or kept.settings != AccountSettings()
    own = kept.settings if is_given else gone.settings
    both = kept.settings, gone.settings
    limits = [each.epsilon_limit for each in both if each.epsilon_limit is not None]
    is_private = any(each.policy is Policy.DP_ONLY for each in both)
    changes = {
        "policy": Policy.DP_ONLY if is_private else Policy.MIXED,
        "epsilon_limit": min(limits, default=None),
    }
    return own.model_copy(update=changes)
