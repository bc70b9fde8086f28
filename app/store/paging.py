"""Pages of lists, and their cursors: the sort key of the last item, opaque to the client."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from app.store.errors import InvalidCursor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list; `next_cursor` is None on the last one."""

    items: tuple[T, ...]
    next_cursor: str | None = None


def write_cursor(*key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def read_cursor(cursor: str, length: int) -> list[str]:
    """The `length` texts of a cursor. Raises InvalidCursor."""
    try:
        key = json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeError, ValueError, RecursionError):
        raise InvalidCursor from None
    if not isinstance(key, list) or len(key) != length:
        raise InvalidCursor
    if not all(isinstance(part, str) and _is_storable(part) for part in key):
        raise InvalidCursor
    return key


def _is_storable(text: str) -> bool:
    """Whether a database takes the text: no NUL and no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def moment_and_id(cursor: str) -> tuple[datetime, str]:
    """The moment and the id in the cursor of a list by time. Raises InvalidCursor."""
    moment, identity = read_cursor(cursor, 2)
    try:
        parsed = datetime.fromisoformat(moment)
        if parsed.tzinfo is not None:
            return parsed.astimezone(UTC), identity
    except (ValueError, OverflowError):  # the first and the last day have no UTC everywhere
        raise InvalidCursor from None
    raise InvalidCursor
