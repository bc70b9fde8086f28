# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What can go wrong when jobs are asked for.

JobsError
├── JobNotFound          no job has this id
├── DeliveryNotFound     the job has no delivery of this number
├── SchemaNotFound       no stored definition has this name (or version)
├── UnknownTable         the job's result has no table of this name
├── NoRules              a job of a kind that works by no rules
├── InvalidTransition    the job is in a state that does not allow this
├── IdempotencyConflict  the key was used before with another request
├── InvalidCursor        the cursor does not come from this list
├── ResultNotReady       the job has no result (yet, or never will)
├── CredentialsGone      credentials that came with a request are gone with its job
├── KeyNotFound          no API key has this id
├── KeyRefused           a token that is no key, or no key any more
├── ConnectionNotFound   no connection has this name
├── ConnectionExists     a connection of this name is stored already
├── InvalidCredentials   credentials that a kind of sink cannot use
├── QuotaExceeded        the tenant has used up what it may; later, or after deleting, it may again
├── BeyondQuota          the job alone is more than the tenant may have
└── StorageFull          the disk has no room for what a request needs
"""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.errors import Fault


class JobsError(Exception):
    """Base of all errors of this room; its text is meant for the user."""


class JobNotFound(JobsError):
    def __init__(self, job_id: str) -> None:
        super().__init__(f"there is no job {job_id!r}")
        self.job_id = job_id


class DeliveryNotFound(JobsError):
    def __init__(self, job_id: str, place: int) -> None:
        super().__init__(f"job {job_id!r} has no delivery {place}")
        self.job_id = job_id
        self.place = place


class SchemaNotFound(JobsError):
    def __init__(self, name: str, version: int | None = None) -> None:
        suffix = "" if version is None else f" in version {version}"
        super().__init__(f"there is no stored definition {name!r}{suffix}")
        self.name = name
        self.version = version


class UnknownTable(JobsError):
    def __init__(self, table: str, tables: tuple[str, ...]) -> None:
        super().__init__(f"there is no table {table!r}; the result has {', '.join(tables)}")
        self.table = table
        self.tables = tables


class NoRules(JobsError):
    def __init__(self, job_id: str) -> None:
        super().__init__(f"job {job_id!r} is of a kind that works by no rules")
        self.job_id = job_id


class InvalidTransition(JobsError):
    """The job's state does not allow what was asked for."""


class IdempotencyConflict(JobsError):
    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {key!r} was used before with another request")
        self.key = key


class InvalidCursor(JobsError):
    def __init__(self) -> None:
        super().__init__("the cursor is not one that this list gave out; leave it out to start")


class ResultNotReady(JobsError):
    """The job has no result; `status` says why."""

    def __init__(self, job_id: str, status: str) -> None:
        super().__init__(f"job {job_id!r} has no result: it is {status}")
        self.job_id = job_id
        self.status = status


class CredentialsGone(JobsError):
    """Credentials that came with a request lived until its job ended, or can be read no longer;
    `faults` name their places."""

    def __init__(self, places: Sequence[str]) -> None:
        message = "its credentials came with the first request and are kept no longer"
        hint = "submit the request again with them, or store them as a connection"
        self.faults = tuple(Fault(place, message, hint) for place in places)
        super().__init__("; ".join(map(str, self.faults)))


class StorageFull(JobsError):
    """The disk has no room for what a request needs; there may be room later."""

    def __init__(self) -> None:
        super().__init__("the service's disk is full at the moment")


class KeyNotFound(JobsError):
    def __init__(self, key_id: str) -> None:
        super().__init__(f"there is no key {key_id!r}")


class KeyRefused(JobsError):
    """One message for every reason: nobody learns which part of a guess was right."""

    def __init__(self) -> None:
        super().__init__("this is no key of this service, or it has ended")


class ConnectionNotFound(JobsError):
    def __init__(self, name: str) -> None:
        super().__init__(f"there is no connection {name!r}")


class ConnectionExists(JobsError):
    def __init__(self, name: str) -> None:
        super().__init__(f"a connection named {name!r} is stored already; PUT replaces it")


class InvalidCredentials(JobsError):
    """Credentials that cannot be used; each fault has the path of a field and never its value."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


class QuotaExceeded(JobsError):
    """The tenant has used up a quota; `retry_after` seconds bring it back, where time does."""

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BeyondQuota(JobsError):
    """The job alone is more than the tenant may have."""
