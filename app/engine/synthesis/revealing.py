"""What a synthesis definition lets be known of its source that is kept back by default."""

from __future__ import annotations

from collections.abc import Iterator

from app.engine.synthesis.models import K
from app.engine.synthesis.reading import LoadedSynthesis


def revealing(loaded: LoadedSynthesis) -> Iterator[str]:
    """In words: sensitive columns that are taken in, and protection that is less than suggested.

    Args:
        loaded: a definition that was checked against the profile of its source.
    """
    privacy = loaded.definition.privacy
    for each in loaded.choices:
        taken = "kept" if each.treatment == "keep" else "learned"
        yield f"the sensitive column {each.column[:100]!r} is {taken}"
    if not privacy.value_protection:
        yield "values are not protected: what a single row has may come out"
    elif privacy.k < K:
        yield f"`k` is {privacy.k}, and {K} by default"
