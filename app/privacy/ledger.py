"""The rules of a privacy account, as a plain value: entries in, what is spent and allowed out.

Every rule is checked when an entry is added, and again for all of them whenever an account is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from app.engine.errors import BudgetError
from app.engine.privacy.budget import exact_delta, shared_noise_error
from app.engine.privacy.zcdp import epsilon_of, rho_of
from app.privacy.entries import (
    USES,
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
)
from app.privacy.errors import AccountChangeRefused, ExecutionRefused, SourceIsPrivate

MOST_EXECUTIONS = 1_000
_DIGITS = 10**6  # of an ε that is left, which is rounded down


@dataclass(frozen=True, slots=True)
class Execution:
    """A job that has a budget.

    Args:
        rho: reserved, in units of 1e-12.
    """

    rho: int
    state: Literal["reserved", "begun", "released", "committed"] = "reserved"


class Ledger:
    """An account as its entries make it.

    Attributes:
        executions: by the id of their job, in the order of their reservations.
        uses: ways in which rows were read that no budget bounds.
        moved: the account that counts for this one; None where it counts itself.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.settings = AccountSettings()
        self.executions: dict[str, Execution] = {}
        self.uses: set[Use] = set()
        self.moved: str | None = None
        self._merged_rho = 0
        self._merged_executions = 0
        for entry in entries:
            self.add(entry)

    @property
    def spent(self) -> int:
        """What is reserved or spent, in units of 1e-12 of ρ."""
        return self._merged_rho + sum(each.rho for each in self._counted)

    @property
    def count(self) -> int:
        """Executions that have a budget; none whose budget was free again."""
        return self._merged_executions + len(self._counted)

    @property
    def _counted(self) -> list[Execution]:
        return [each for each in self.executions.values() if each.state != "released"]

    @property
    def limit(self) -> int:
        """What may be, in units of 1e-12 of ρ; 0 where no limit was set."""
        return _limit_of(self.settings)

    @property
    def left(self) -> int:
        return max(0, self.limit - self.spent)  # accounts that became one may have spent more

    @property
    def epsilon_spent(self) -> float:
        """ε of all that is spent, at the account's δ; rounded up."""
        return epsilon_of(self.spent, exact_delta(self.settings.delta))

    @property
    def epsilon_left(self) -> float:
        """The largest ε that one more execution may have; rounded down."""
        found = epsilon_of(self.left, exact_delta(self.settings.delta))
        return max(0.0, math.floor((found - 1e-9) * _DIGITS) / _DIGITS)

    @property
    def noise_error(self) -> Fraction:
        """How far the noise of one execution may lie from exact noise, in total variation."""
        limit = self.settings.epsilon_limit or 0.0
        return shared_noise_error(limit, self.settings.delta, MOST_EXECUTIONS)

    @property
    def waiting(self) -> list[str]:
        """Jobs that have a budget and have not begun to read."""
        return [job for job, each in self.executions.items() if each.state == "reserved"]

    def cost(self, epsilon: float) -> int:
        """ρ of an execution, in units of 1e-12."""
        return _rho(epsilon, self.settings.delta)

    def check_cost(self, epsilon: float) -> int:
        """ρ of an execution that there is budget for. Raises BudgetError."""
        cost = self.cost(epsilon)
        self._check(cost)
        return cost

    def add(self, entry: Entry) -> None:
        """Let an entry take effect.

        Raises:
            BudgetError: it costs more than is left.
            SourceIsPrivate, AccountChangeRefused, ExecutionRefused: it is against the rules. Then
                nothing has changed.
        """
        if isinstance(entry, Changed | Used | Reserved | Merged | Moved):
            self._check_counts()
        match entry:
            case Changed():
                self._check_change(entry.settings)
                self.settings = entry.settings
            case Used():
                if self.settings.policy is Policy.DP_ONLY:
                    raise SourceIsPrivate(USES[entry.use])
                self.uses.add(entry.use)
            case Reserved():
                self._reserve(entry)
            case Begun():
                self._move(entry.job, "reserved", "begun")
            case Released():
                self._move(entry.job, "reserved", "released")
            case Committed():
                self._commit(entry)
            case Merged():
                self._merge(entry)
            case Moved():
                self.moved = entry.account

    def _reserve(self, entry: Reserved) -> None:
        if entry.job in self.executions:
            raise ExecutionRefused(f"job {entry.job!r} has a reservation already")
        self._check(entry.rho)
        self.executions[entry.job] = Execution(entry.rho)

    def _check_counts(self) -> None:
        if self.moved is not None:
            raise ExecutionRefused(f"account {self.moved} has this data now; ask again")

    def _check(self, cost: int) -> None:
        self._check_counts()
        if self.settings.epsilon_limit is None:
            raise BudgetError(
                "the privacy account of this data has no `epsilon_limit`: nothing may be spent "
                "before PUT /v1/sources/{id}/account sets one"
            )
        if cost > self.left:
            raise BudgetError(
                f"the budget of this data is used up: of ε {self.settings.epsilon_limit:g} at δ "
                f"{self.settings.delta:g}, {self.epsilon_spent:.6f} are spent; ε "
                f"{self.epsilon_left:.6f} is left for one more execution"
            )
        if self.count >= MOST_EXECUTIONS:
            raise BudgetError(f"an account has {MOST_EXECUTIONS:,} executions at the most")

    def _move(
        self, job: str, before: str, after: Literal["begun", "released", "committed"]
    ) -> None:
        found = self.executions.get(job)
        if found is None or found.state != before:
            state = "not reserved" if found is None else found.state
            raise ExecutionRefused(
                f"the budget of job {job!r} is {state}: it may not be {after}; ask for another job"
            )
        self.executions[job] = replace(found, state=after)

    def _commit(self, entry: Committed) -> None:
        found = self.executions.get(entry.job)
        if found is not None and entry.rho > found.rho:
            raise ExecutionRefused(f"job {entry.job!r} spent more than it had reserved")
        self._move(entry.job, "begun", "committed")

    def _merge(self, entry: Merged) -> None:
        self._check_stricter(entry.settings)
        self.settings = entry.settings
        self.uses |= {*entry.uses}
        self._merged_rho += entry.rho
        self._merged_executions += entry.executions

    def _check_change(self, new: AccountSettings) -> None:
        self._check_stricter(new)
        if _limit_of(new) < min(self.spent, self.limit):
            raise AccountChangeRefused(
                f"`epsilon_limit` is below what is spent: ε {self.epsilon_spent:.6f}"
            )

    def _check_stricter(self, new: AccountSettings) -> None:
        if new.unit is None and new.max_contributions > 1:
            raise AccountChangeRefused("`max_contributions` says nothing without `unit`")
        if not self.spent:
            return
        old = self.settings
        for name in ("unit", "max_contributions", "delta"):
            if getattr(new, name) != getattr(old, name):
                raise AccountChangeRefused(f"`{name}` is settled: something was spent by it")
        if new.policy is Policy.MIXED and old.policy is Policy.DP_ONLY:
            raise AccountChangeRefused("`policy` stays `dp_only`: something was spent under it")
        if (new.epsilon_limit or math.inf) > (old.epsilon_limit or 0.0):
            raise AccountChangeRefused("`epsilon_limit` can only be lowered: something was spent")


def _limit_of(settings: AccountSettings) -> int:
    if settings.epsilon_limit is None:
        return 0
    return _rho(settings.epsilon_limit, settings.delta)


@lru_cache
def _rho(epsilon: float, delta: float) -> int:
    return rho_of(epsilon, exact_delta(delta))
