# ruff: noqa: N818 (named for what happened, which reads better in an except clause)
"""What can go wrong when something is asked of the processes for requests.

WorkersError
├── QueueFull       as many requests of a tenant, or of all, wait as may
├── AnswerTooLarge  an answer has more bytes than one may have, or takes more memory
└── Overloaded      a call took too long, or its process died
"""

from __future__ import annotations


class WorkersError(Exception):
    """Base of all errors of this room; its text is meant for the user."""


class Overloaded(WorkersError):
    """A call took too long, or its process died; another one has been started."""


class QueueFull(WorkersError):
    """As many requests of a tenant, or of all of them, wait as may."""

    def __init__(
        self, message: str = "too many requests wait for their turn or to be read"
    ) -> None:
        super().__init__(message)


class AnswerTooLarge(WorkersError):
    """An answer has more bytes than one may have, or takes more memory than a request may."""
