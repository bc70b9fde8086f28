"""What the answer of an HTTP server means for a delivery."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from app.sinks.base import SinkError, TerminalSinkError, TransientSinkError
from app.sinks.pinning import AnswerTooLargeError

_PASSING = frozenset({408, 423, 425, 429})


def refusal(answer: httpx.Response, because: str) -> SinkError:
    """The error that stands for an answer which is no success.

    Args:
        because: what the server said; it must hold no secret.
    """
    status = answer.status_code
    message = f"the server answered with status {status}{f': {because}' if because else ''}"
    if status >= 500 or status in _PASSING:
        return TransientSinkError(message, retry_after(answer))
    if answer.is_redirect:
        return TerminalSinkError(f"{message}; it is not followed elsewhere")
    return TerminalSinkError(message)


def unreachable(error: httpx.TransportError) -> SinkError:
    """The error that stands for no answer at all, or for one without end."""
    if isinstance(error.__cause__, AnswerTooLargeError):
        return TerminalSinkError(f"the server sent too much: {error}")
    if isinstance(error, httpx.RemoteProtocolError):
        return TransientSinkError(f"the server's answer cannot be read: {str(error)[:200]}")
    return TransientSinkError(f"the server cannot be reached: {type(error).__name__}")


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds that the server asks to wait, from its `Retry-After` (RFC 9110, 10.2.3)."""
    said = answer.headers.get("retry-after", "")
    if said.isdecimal():
        return float(said)
    with contextlib.suppress(ValueError):
        moment = parsedate_to_datetime(said)
        if moment.tzinfo is not None:
            return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return None
