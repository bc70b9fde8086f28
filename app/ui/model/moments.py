"""Moments as people say them."""

from __future__ import annotations

from datetime import UTC, datetime


def ago(moment: str) -> str:
    """`just now`, `5 minutes ago`, `3 hours ago`, else the day."""
    then = datetime.fromisoformat(moment)
    seconds = (datetime.now(UTC) - then).total_seconds()
    if seconds < 60:
        return "just now"
    for unit, length, most in (("minute", 60, 60), ("hour", 3600, 24)):
        number = int(seconds // length)
        if number < most:
            return f"{number} {unit}{'s' if number != 1 else ''} ago"
    return f"{then:%Y-%m-%d %H:%M}"
