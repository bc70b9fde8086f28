"""The words of the pages: what the API says in the words of the language, for people who do not
write it."""

from __future__ import annotations

import re
from collections.abc import Sequence

_REPLACED: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"`?bounds: truncate`? draws from the distribution between the bounds instead"),
        "choose “end the distribution there” under “Beyond min and max”",
    ),
    (
        re.compile(r"or use `?bounds: clip`?"),
        "or choose “move to min or max” under “Beyond min and max”",
    ),
    (
        re.compile(r"Kolmogorov–Smirnov distance to"),
        "largest gap in cumulative shares (Kolmogorov–Smirnov) to",
    ),
    (re.compile(r", in sigmas"), ", in standard deviations"),
    (re.compile(r"\b[Aa] mapping\b"), "a block of `key: value`"),
    (re.compile(r"\bmoments\b"), "dates or times"),
    (re.compile(r"\bmoment\b"), "date or time"),
)
# Keys of the language, as the fields of the pages are named.
_FIELDS = {
    "n_samples": "Rows",
    "cats": "Labels",
    "proportion": "Share",
    "std": "SD",
    "bounds": "Beyond min and max",
    "start_date": "From",
    "end_date": "To",
    "start_time": "From",
    "end_time": "To",
    "expr": "Formula",
    "returns": "Gives",
    "max_length": "Longest text",
    "fixed_decimals": "Decimals shown",
    "constraints": "Conditions",
    "auc": "AUC",
    "r2": "R²",
}


def plain(text: str) -> str:
    """A message in the words of the pages."""
    for pattern, words in _REPLACED:
        text = pattern.sub(words, text)
    return text


def field_words(steps: Sequence[str]) -> list[str]:
    """The steps of a place, those behind the column as the fields of the pages are named."""
    return [
        _FIELDS.get(step, step.replace("_", " ").capitalize() if place else step)
        if place or step in {"n_samples", "constraints"}
        else step
        for place, step in enumerate(steps)
    ]
