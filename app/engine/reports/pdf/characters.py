"""Texts in characters that a PDF file can show.

The file has no fonts but those that Typst brings along, so that it has the same bytes everywhere.
`characters.txt` holds the ranges of code points that these have, in hexadecimal digits. Others,
and those that would hide or turn around their neighbours, are written as their code points.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

LONGEST = 2000  # characters of one text
UNBROKEN = 18  # characters of a word, after each of which a line may break
BREAK = "\u200b"  # where a line may break, and nothing is seen
# Latin, Greek and Cyrillic letters, punctuation and signs, and the brackets of code points.
SCRIPTS = (range(0x20, 0x300), range(0x370, 0x530), range(0x2010, 0x2300), range(0x27E6, 0x27EC))
SPACES = {ord(sign): " " for sign in "\t\n\r"}
REPLACED = (
    "Characters that the fonts of this file do not have are written as ⟨code point⟩; the HTML "
    "report shows them."
)


def written(value: Any, *, plain: bool = False) -> Any:
    """Plain data with every text of it as the file can show it.

    Args:
        plain: keep letters of few scripts and no marks, for texts that cannot be shaped otherwise.
    """
    if isinstance(value, str):
        return _written(value, plain=plain)
    if isinstance(value, dict):
        return {name: written(each, plain=plain) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [written(each, plain=plain) for each in value]
    return value


def breakable(text: str) -> str:
    """The text with places to break its long words."""
    return " ".join(_broken(word) for word in text.split(" "))


def is_replaced(value: Any) -> bool:
    """Whether some text of plain data that was written has code points in it."""
    if isinstance(value, str):
        return "⟨" in value
    if isinstance(value, dict):
        return any(map(is_replaced, value.values()))
    return isinstance(value, list) and any(map(is_replaced, value))


def _written(text: str, *, plain: bool) -> str:
    short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    known = _plain() if plain else covered()
    return "".join(
        sign if ord(sign) in known else f"⟨{ord(sign):04X}⟩"
        for sign in unicodedata.normalize("NFC", short).translate(SPACES)
    )


@cache
def covered() -> frozenset[int]:
    """Code points that Typst's own fonts have."""
    ranges = (Path(__file__).parent / "characters.txt").read_text(encoding="ascii").split()
    found: set[int] = set()
    for each in ranges:
        first, _, last = each.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)


@cache
def _plain() -> frozenset[int]:
    """Of these, letters and signs that stand by themselves, whatever their neighbours are."""
    return covered().intersection(
        code for each in SCRIPTS for code in each if unicodedata.category(chr(code))[0] != "M"
    )


def _broken(word: str) -> str:
    if len(word) <= UNBROKEN:
        return word
    return BREAK.join(word[n : n + UNBROKEN] for n in range(0, len(word), UNBROKEN))
