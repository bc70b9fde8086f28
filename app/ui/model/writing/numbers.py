"""Numbers as people write them: `12%`, `0,12`, `20,000`, `1 000`, `1.234,5`."""

from __future__ import annotations

import math
import re
from decimal import Decimal

Number = int | float

_BLANKS = " \u00a0\u202f"  # the last two do not break a line
_WHOLE = re.compile(r"[0-9]{1,18}")
_PLAIN = re.compile(r"(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_GROUPED = re.compile(rf"([0-9]{{1,3}}(?:[{_BLANKS}'’][0-9]{{3}})+)(?:[.,]([0-9]+))?")
_COMMAS = re.compile(r"([1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.([0-9]+))?")
_POINTS = re.compile(
    r"([1-9][0-9]{0,2}(?:\.[0-9]{3})+),([0-9]+)|([1-9][0-9]{0,2}(?:\.[0-9]{3}){2,})"
)
_COMMA = re.compile(r"([0-9]*),([0-9]+)")
_EITHER = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
MOST = 60  # characters of a text that may be a number


def readings(text: str) -> tuple[Number, ...]:
    """What a text may mean: one number; two where its point may stand between thousands, the one
    with decimals first; none where it is no number."""
    sign, digits, is_percent = _parts(text)
    found = _unsigned(digits)
    if found is None:
        return ()
    values = (found, int(digits.replace(".", ""))) if _EITHER.fullmatch(digits) else (found,)
    signed = (-value if sign else value for value in values)
    return tuple(_hundredth(value) if is_percent else value for value in signed)


def spelled(value: Number) -> str:
    """A number for people, thousands parted by commas."""
    return f"{int(value):,}" if value == int(value) else f"{value!r}"


def _parts(text: str) -> tuple[bool, str, bool]:
    """Whether it has a minus, its digits, and whether it is a percentage."""
    text = text.strip() if len(text) <= MOST else ""
    is_percent = text.endswith("%")
    text = text.removesuffix("%").strip()
    sign = text[:1] in {"-", "\u2212"}
    return sign, text[1:] if sign or text.startswith("+") else text, is_percent


def _unsigned(text: str) -> Number | None:
    if _WHOLE.fullmatch(text):
        return int(text)
    if _PLAIN.fullmatch(text):
        return _finite(text)
    if found := _GROUPED.fullmatch(text) or _COMMAS.fullmatch(text) or _COMMA.fullmatch(text):
        return _joined(found[1], found[2])
    if found := _POINTS.fullmatch(text):
        return _joined(found[1] or found[3], found[2])
    return None


def _joined(whole: str, decimals: str | None) -> Number | None:
    digits = re.sub(r"[^0-9]", "", whole) or "0"
    return int(digits) if decimals is None else _finite(f"{digits}.{decimals}")


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _hundredth(value: Number) -> Number:
    """Exact as written: 12% is 0.12, to the last bit."""
    return float(Decimal(repr(value)) / 100)
