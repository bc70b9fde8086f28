"""New keys in the shape of a source's: a column of the schema language for each."""

from __future__ import annotations

import re
from typing import Any

from app.engine.profiling.models import ColumnProfile

Document = dict[str, Any]

ROOM = 10
"""A shape has so many times as many codes as there are rows, or it is not used."""
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")


def new_key_column(profile: ColumnProfile, rows: int) -> Document:
    """The `id` column of the language that looks like a source's, and holds none of its values.

    Args:
        rows: so many different keys are needed.

    Returns:
        a sequence for whole numbers, a pattern for codes of one shape, else a UUID.
    """
    mask, shown = profile.format.mask, [each.value or "" for each in profile.top]
    typed = not profile.format.is_text and profile.format.storage != "string"
    if typed or all(re.fullmatch(r"0|[1-9]\d*", each) for each in shown):
        return {"type": "id", "format": "sequence"}
    if is_uuid(profile):
        return {"type": "id", "format": "uuid"}
    if mask is not None and _codes(mask) >= ROOM * rows:
        return {"type": "id", "format": "pattern", "pattern": mask}
    if mask is not None and set(mask) == {"#"}:
        return {"type": "id", "format": "sequence", "width": min(len(mask), 18)}
    return {"type": "id", "format": "uuid"}


def is_uuid(profile: ColumnProfile) -> bool:
    """Whether the values that are shown are UUIDs; so they are where none is."""
    return all(_UUID.fullmatch(each.value or "") for each in profile.top)


def _codes(mask: str) -> int:
    """How many different codes a mask allows."""
    return int(10 ** mask.count("#") * 26 ** mask.count("?"))
