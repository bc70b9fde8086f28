# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What can go wrong with privacy accounts, besides the engine's `BudgetError`.

ServiceError
├── SourceIsPrivate        the account lets nothing but differential privacy read the source
├── AccountChangeRefused   a change that would make an account say less than was promised
├── ExecutionRefused       a job that may not read private rows (any more)
└── AccountDamaged         entries are missing, were changed, or come from an older backup
"""

from __future__ import annotations

from app.store.errors import ServiceError


class SourceIsPrivate(ServiceError):
    def __init__(self, use: str) -> None:
        super().__init__(
            f"the privacy account of this data is `dp_only`, and this would show {use}; ask for a "
            "training with `privacy`"
        )


class AccountChangeRefused(ServiceError):
    """Once something was spent, an account can only become stricter."""


class ExecutionRefused(ServiceError):
    """The job has no reservation that would let it read, or has lost its noise."""


class AccountDamaged(ServiceError):
    def __init__(self, why: str) -> None:
        super().__init__(
            f"the privacy account cannot be trusted: {why}. Nothing is read on it; restore the "
            "newest backup of the database"
        )
