# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What can go wrong when jobs are asked for.

JobsError
├── JobNotFound          no job has this id
├── SchemaNotFound       no stored definition has this name (or version)
├── UnknownTable         the job's result has no table of this name
├── InvalidTransition    the job is in a state that does not allow this
├── IdempotencyConflict  the key was used before with another request
├── InvalidCursor        the cursor does not come from this list
├── ResultNotReady       the job has no result (yet, or never will)
└── Overloaded           an interactive call took too long or its process died
"""

from __future__ import annotations


class JobsError(Exception):
    """Base of all errors of this room; its text is meant for the user."""


class JobNotFound(JobsError):
    def __init__(self, job_id: str) -> None:
        super().__init__(f"there is no job {job_id!r}")
        self.job_id = job_id


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


class Overloaded(JobsError):
    """An interactive call took too long, or its process died; the pool was started anew."""
