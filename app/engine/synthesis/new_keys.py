"""New keys in the shape of a source's: a column of the schema language for each."""

from __future__ import annotations

import re
from typing import Any

from app.engine.profiling.models import ColumnProfile
from app.engine.synthesis.models import K

Document = dict[str, Any]

ROOM = 10
"""A shape has so many times as many codes as there are rows, or it is not used."""
WIDEST = 18
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_NUMBERED = re.compile(r"(\D*)(0|[1-9]\d*)", re.ASCII)
_DIGITS_LAST = re.compile(r"([^#?]*)(#+)")


def new_key_column(profile: ColumnProfile, rows: int, k: int = K) -> Document:
    """The `id` column of the language that looks like a source's, and holds none of its values.

    Args:
        rows: so many different keys are needed.
        k: keys that must share a letter for it to be kept; digits never are.

    Returns:
        a sequence for numbers, behind what stands before all of them; a pattern for codes of one
        shape, else a UUID.
    """
    mask = profile.format.mask
    typed = not profile.format.is_text and profile.format.storage != "string"
    before = "" if typed else _before_numbers(profile, k)
    if before is not None:
        return _sequence(before)
    if is_uuid(profile):
        return {"type": "id", "format": "uuid"}
    if mask is not None and profile.distinct < k:
        mask = _without_letters(mask)
    if mask is not None and _codes(mask) >= ROOM * rows:
        return {"type": "id", "format": "pattern", "pattern": mask}
    numbered = _DIGITS_LAST.fullmatch(mask or "")
    if numbered is not None:
        return {**_sequence(numbered[1]), "width": min(len(numbered[2]), WIDEST)}
    return {"type": "id", "format": "uuid"}


def without_letters(column: Document) -> Document:
    """A new key that keeps nothing of the source's letters, for keys of few individuals."""
    if column.get("prefix"):
        return {"type": "id", "format": "uuid"}
    if "pattern" in column:
        return {**column, "pattern": _without_letters(column["pattern"])}
    return column


def is_uuid(profile: ColumnProfile) -> bool:
    """Whether the values that are shown are UUIDs; so they are where none is."""
    return all(_UUID.fullmatch(each.value or "") for each in profile.top)


def _before_numbers(profile: ColumnProfile, k: int) -> str | None:
    """What stands before whole numbers without leading zeros in all values that are shown, of
    which at least k share it; None where they are not so."""
    found = [_NUMBERED.fullmatch(each.value or "") for each in profile.top]
    before = {each and each[1] for each in found}
    if before <= {""}:
        return ""
    alike = len(before) == 1 and len(found) >= k and profile.format.mask is None
    return before.pop() if alike else None


def _sequence(prefix: str) -> Document:
    return {"type": "id", "format": "sequence", **({"prefix": prefix} if prefix else {})}


def _without_letters(mask: str) -> str:
    return re.sub(r"[A-Za-z]", "?", mask)


def _codes(mask: str) -> int:
    """How many different codes a mask allows."""
    return int(10 ** mask.count("#") * 26 ** mask.count("?"))
