"""Webhooks as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

MessageStatus = Literal["pending", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that events are sent to.

    Args:
        disabled_at: since when it gets nothing; None while it does.
        old_secret_until: how long an earlier secret signs besides the present one.
    """

    id: str
    url: str
    created_at: datetime
    disabled_at: datetime | None
    old_secret_until: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending. Without `finished_at` it is under way, or its process died.

    Args:
        answer: the HTTP status of the answer; None where there was none.
        error: why it was no success; None for a success.
    """

    number: int
    started_at: datetime
    finished_at: datetime | None
    answer: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it is sent; `id` is its `webhook-id` in every attempt."""

    id: str
    event: str
    url: str
    status: MessageStatus
    created_at: datetime
    next_attempt_at: datetime | None
    attempts: tuple[Attempt, ...]
