"""What the names of columns and tables say."""

from __future__ import annotations

import re

_ID = re.compile(r"(?:^|[\W_])(?i:id|ids|uuid|guid|key|pk|code_id)$|(?<=[a-z])(?:ID|Id)$")
_COUNT = re.compile(r"(?i)(?:^|[\W_])(?:no|nr|num|number|index|idx|row|#)\.?$")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def is_id_name(name: str) -> bool:
    """Whether a name is that of an identifier: `id`, `customer_id`, `AlbumId`."""
    return _ID.search(name.strip()) is not None


def is_count_name(name: str) -> bool:
    """Whether a name is that of a running number: `No`, `Hospital Number`."""
    return _COUNT.search(name.strip()) is not None


def words(name: str) -> tuple[str, ...]:
    """The words that a name is made of, in small letters: `SupportRepId` is support, rep, id."""
    return tuple(part.lower() for part in _PARTS.findall(name))


def singular(word: str) -> str:
    """The singular of an English plural, as far as its ending says."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(?:ss|x|z|ch|sh)es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
