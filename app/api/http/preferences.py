"""The header `Prefer` (RFC 7240): `wait=10`."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header

MAX_WAIT = 30
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,9})\"?\s*(?:$|[,;])", re.IGNORECASE)

Prefer = Annotated[
    str | None,
    Header(description=f"`wait=N`: answer when the job has ended, N <= {MAX_WAIT} seconds later."),
]


def wait_seconds(prefer: str | None) -> int | None:
    """The seconds to wait, at most MAX_WAIT; None where nothing usable is asked for, since a
    preference that cannot be read is to be ignored."""
    match = _WAIT.search(prefer or "")
    return min(int(match.group(1)), MAX_WAIT) if match else None
