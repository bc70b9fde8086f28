"""Names that must fit into so many bytes or characters of another system."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable

_DIGITS = 8
_JOINER = "\u200d"  # joins emoji to one


def shortened_name(name: str, most: int, measure: Callable[[str], int]) -> str:
    """The name itself where it measures at most `most`; its beginning and a digest elsewhere.

    The digest is that of the whole name, so two long names with the same beginning stay distinct.

    Args:
        measure: bytes or units of a text, at least 1 for each character.
    """
    if measure(name) <= most:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    ending = f"_{digest[:_DIGITS]}"
    return cut_name(name, most - len(ending), measure) + ending


def cut_name(name: str, most: int, measure: Callable[[str], int]) -> str:
    """As much of the beginning as measures at most `most`, no character without its marks."""
    if measure(name) <= most:
        return name
    ends = (end for end in range(min(len(name), most), 0, -1) if not _joined(name, end))
    return next((name[:end] for end in ends if measure(name[:end]) <= most), "")


def utf8_bytes(text: str) -> int:
    return len(text.encode())


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _joined(name: str, end: int) -> bool:
    """Whether the character at `end` belongs to the one before it."""
    if end == len(name):
        return False
    before, after = name[end - 1], name[end]
    skin_tone = "\U0001f3fb" <= after <= "\U0001f3ff"
    return _JOINER in (before, after) or skin_tone or unicodedata.category(after)[0] == "M"
