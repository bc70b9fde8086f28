"""Places in a document, as the API writes them: `schema.features.Tenure.buckets[1].std`."""

from __future__ import annotations

import re

Step = str | int
Path = tuple[Step, ...]

_STEP = re.compile(r"\[(\d+)\]|`((?:\\.|[^`\\])*)`|([^.\[\]`]+)|\.")
_ESCAPED = re.compile(r"\\(.)")


def read_path(text: str) -> Path:
    """The steps of a path; `document` is the whole of it and has none."""
    if text == "document":
        return ()
    return tuple(_step(match) for match in _STEP.finditer(text) if match.group() != ".")


def _step(match: re.Match[str]) -> Step:
    index, quoted, plain = match.groups()
    if index is not None:
        return int(index)
    if quoted is None:
        return plain
    return _ESCAPED.sub(lambda found: {"n": "\n"}.get(found[1], found[1]), quoted)
