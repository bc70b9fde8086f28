"""JSON for columns of JSON: written here, or already where it was made."""

from __future__ import annotations

import json
from typing import Any


class WrittenJson(str):
    """JSON as text, for a column of JSON. What is large is written where it is made, in a process
    of its own, and not on the event loop."""

    __slots__ = ()


def written_json(value: Any) -> str:
    """The text of a value for a column of JSON."""
    return str(value) if isinstance(value, WrittenJson) else json.dumps(value)
