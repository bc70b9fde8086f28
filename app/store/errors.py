# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""Errors of the service whose text is meant for the user; every room derives its own from them.

ServiceError
├── JobNotFound          no job has this id
├── IdempotencyConflict  the key was used before with another request
├── InvalidTransition    the state of a job or of a message does not allow this
└── InvalidCursor        the cursor does not come from this list
"""

from __future__ import annotations


class ServiceError(Exception):
    """Base of what the rooms of the service raise; its text is meant for the user."""


class JobNotFound(ServiceError):
    def __init__(self, job_id: str) -> None:
        super().__init__(f"there is no job {job_id!r}")
        self.job_id = job_id


class IdempotencyConflict(ServiceError):
    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {key!r} was used before with another request")
        self.key = key


class InvalidTransition(ServiceError):
    """The state of a job or of a message does not allow what was asked for."""


class InvalidCursor(ServiceError):
    def __init__(self) -> None:
        super().__init__("the cursor is not one that this list gave out; leave it out to start")
