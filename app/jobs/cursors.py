"""Cursors of lists: the sort key of the last item, opaque to the client."""

from __future__ import annotations

import base64
import binascii
import json

from app.jobs.errors import InvalidCursor


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
    if not all(isinstance(part, str) for part in key):
        raise InvalidCursor
    return key
