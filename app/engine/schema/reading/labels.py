"""What labels are: texts, or all of them numbers, truth values or dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from app.engine.schema.models import LabelKind

LARGEST = 2**63
LEAST, MOST = 1e-4, 1e9  # within them floats are written without exponents


def label_kind(labels: Sequence[str]) -> LabelKind:
    """The kind that all of the labels are, each written as a value of this kind is: ``007`` and
    ``2.50`` are texts, since a number would not give them back."""
    for kind, fits in _FITS.items():
        if labels and all(map(fits, labels)):
            return kind
    return "text"


def _is_whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii() and _whole(text)


def _whole(text: str) -> bool:
    return len(text) < 21 and str(int(text)) == text and -LARGEST <= int(text) < LARGEST


def _is_number(text: str) -> bool:
    """A whole number that a float holds, or digits on both sides of a point as a float is
    written."""
    if _is_whole(text):
        return abs(int(text)) < MOST
    head, point, tail = text.removeprefix("-").partition(".")
    plain = bool(point) and text.isascii() and head.isdecimal() and tail.isdecimal()
    return plain and repr(float(text)) == text and LEAST <= abs(float(text)) < MOST and tail != "0"


def _is_date(text: str) -> bool:
    try:
        return len(text) == len("2024-12-31") and dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_FITS: dict[LabelKind, Callable[[str], bool]] = {
    "bool": {"true", "false"}.__contains__,
    "int": _is_whole,
    "float": _is_number,
    "date": _is_date,
}
