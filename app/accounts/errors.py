# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What can go wrong with keys and quotas.

ServiceError
├── KeyNotFound          no API key has this id
├── KeyRefused           a token that is no key, or no key any more
├── ScopeWanted          what is asked for is for keys of a higher scope
├── QuotaExceeded        the tenant has used up what it may; later, or after deleting, it may again
└── BeyondQuota          the job alone is more than the tenant may have
"""

from __future__ import annotations

from collections.abc import Sequence

from app.store.errors import ServiceError


class KeyNotFound(ServiceError):
    def __init__(self, key_id: str) -> None:
        super().__init__(f"there is no key {key_id!r}")


class KeyRefused(ServiceError):
    """One message for every reason: nobody learns which part of a guess was right."""

    def __init__(self) -> None:
        super().__init__("this is no key of this service, or it has ended")


class ScopeWanted(ServiceError):
    """The caller's key may not have this; `why` says what of it is too much."""

    def __init__(self, wanted: str, has: str, why: Sequence[str]) -> None:
        self.wanted, self.has = wanted, has
        most = 5
        listed = "; ".join([*why[:most], *(["and more"] if len(why) > most else [])])
        super().__init__(f"{listed}: this wants a key of scope {wanted}, and yours has {has}")


class QuotaExceeded(ServiceError):
    """The tenant has used up a quota; `retry_after` seconds bring it back, where time does."""

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BeyondQuota(ServiceError):
    """The job alone is more than the tenant may have."""
