"""One attempt at a message: what is posted, and what the answer means."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from app.sinks.base import SinkError

USER_AGENT = "Tablesmith-Webhooks/1"
# Receivers may say more; nobody reads it.
MAX_ANSWER = 16 * 1024
# Headers and interim answers included.
MAX_RECEIVED = 64 * 1024
MAX_RETRY_AFTER = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended.

    Args:
        answer: the HTTP status; None where there was no answer.
        error: why it was no success; None for a success.
        hopeless: no further attempt can succeed.
        gone: the receiver wants nothing more at this address.
        retry_after: seconds that the receiver asks for.
    """

    answer: int | None = None
    error: str | None = None
    hopeless: bool = False
    gone: bool = False
    retry_after: float = 0.0


async def post(
    client: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str], seconds: float
) -> Outcome:
    """Post a body; every failure is an outcome.

    Args:
        seconds: for all of it, from the look-up of the name to the end of the answer.
    """
    wanted = {**headers, "content-type": "application/json", "user-agent": USER_AGENT}
    try:
        async with (
            asyncio.timeout(seconds),
            client.stream("POST", url, content=body, headers=wanted) as response,
        ):
            await _read_some(response)
            return _outcome(response)
    except TimeoutError:
        return Outcome(error=f"no answer within {seconds:g} s")
    except SinkError as error:
        return Outcome(error=str(error))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Outcome(error=f"no answer: {type(error).__name__}")


async def _read_some(response: httpx.Response) -> None:
    """Let the receiver finish a short answer; what it says in its status counts all the same."""
    read = 0
    with contextlib.suppress(httpx.HTTPError):
        async for chunk in response.aiter_raw():
            read += len(chunk)
            if read >= MAX_ANSWER:
                return


def _outcome(response: httpx.Response) -> Outcome:
    status = response.status_code
    if response.is_success:
        return Outcome(status)
    if status == HTTPStatus.GONE:
        error = "the receiver wants nothing more (410); the endpoint is disabled"
        return Outcome(status, error, hopeless=True, gone=True)
    moved = " and redirects are not followed" if response.is_redirect else ""
    asked = _retry_after(response.headers.get("retry-after"), datetime.now(UTC))
    return Outcome(status, f"the receiver answered {status}{moved}", retry_after=asked)


def _retry_after(value: str | None, moment: datetime) -> float:
    """Seconds in the header, given as such or as a date (RFC 9110); 0 where it says nothing."""
    if value is None:
        return 0.0
    if value.isascii() and value.isdigit():
        seconds = float(value[:9])
    else:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return 0.0
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        seconds = (until - moment).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
