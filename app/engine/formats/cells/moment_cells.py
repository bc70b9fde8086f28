"""Dates, datetimes and times in text, by a pattern that reads and writes the same cells.

A pattern is made of strftime's signs: %Y %y %m %d %H %I %M %S %p %b %B, the same with a hyphen for
no leading zero (%-d), %3f for so many digits of a second, and any other characters as they are.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
SHORT_MONTHS = tuple(name[:3] for name in MONTHS)
SIGN = re.compile(r"%(-?[a-zA-Z]|[1-9]f)")
# Two-digit years up to this one are of the 2000s (POSIX).
PIVOT = 68
_TWO = r"\d\d"
_SIGNS = {
    "Y": r"\d{4}", "y": _TWO, "m": _TWO, "d": _TWO, "H": _TWO, "I": _TWO, "M": _TWO, "S": _TWO,
    "-m": r"1[0-2]|[1-9]", "-d": r"[12]\d|3[01]|[1-9]", "-H": r"1\d|2[0-3]|\d",
    "-I": r"1[0-2]|[1-9]", "p": r"[AaPp][Mm]",
    "b": "|".join(SHORT_MONTHS), "B": "|".join(MONTHS),
}  # fmt: skip
DAY = 86_400_000_000
SECOND = 1_000_000


@functools.lru_cache(maxsize=256)
def pattern_regex(pattern: str) -> str:
    """A regular expression with a group for each sign of a pattern, named after it."""
    regex, last = "^", 0
    for found in SIGN.finditer(pattern):
        sign = found[1]
        body = rf"\d{{{sign[0]}}}" if sign[0].isdigit() else _SIGNS[sign]
        regex += re.escape(pattern[last : found.start()]) + f"(?P<{_group(sign)}>{body})"
        last = found.end()
    return regex + re.escape(pattern[last:]) + "$"


def _group(sign: str) -> str:
    return "f" if sign[0].isdigit() else sign.lstrip("-")


def read_moments(texts: pa.Array, pattern: str, kind: str) -> pa.Array | None:
    """Moments of texts; null stays null.

    Args:
        kind: date, datetime or time.

    Returns:
        date32, timestamp[us] or time64[us]; None where a text does not fit the pattern or names
        no moment, such as February 30.
    """
    found = pc.extract_regex(texts, pattern_regex(pattern))
    present = texts.is_valid()
    if pc.any(pc.and_(present, pc.is_null(found))).as_py():
        return None
    names = [field.name for field in found.type]
    parts = {name: _ints(found.field(at), name) for at, name in enumerate(names)}
    mask = ~present.to_numpy(zero_copy_only=False)
    micros = _time_of_day(parts, len(texts))
    if micros is None:
        return None
    if kind == "time":
        return pa.array(micros, pa.int64(), mask=mask).cast(pa.time64("us"))
    days = _days(parts, mask)
    if days is None:
        return None
    if kind == "date":
        return pa.array(days.astype(np.int32), mask=mask).cast(pa.date32())
    return pa.array(days * DAY + micros, pa.int64(), mask=mask).cast(pa.timestamp("us"))


def _ints(column: pa.Array, name: str) -> Ints:
    if name in {"b", "B"}:
        names = SHORT_MONTHS if name == "b" else MONTHS
        places = pc.index_in(column, pa.array(names)).fill_null(0)
        return places.to_numpy(zero_copy_only=False).astype(np.int64) + 1
    if name == "p":
        late = pc.equal(pc.utf8_lower(column), "pm").fill_null(False)
        return late.to_numpy(zero_copy_only=False).astype(np.int64)
    if name == "f":
        column = pc.utf8_rpad(column, 6, "0")
    filled = column.fill_null("1")
    filled = pc.if_else(pc.equal(filled, ""), "1", filled)
    return filled.cast(pa.int64()).to_numpy()


def _time_of_day(parts: Mapping[str, Ints], rows: int) -> Ints | None:
    """Microseconds since midnight; None where an hour, minute or second is none."""
    none = np.zeros(rows, np.int64)
    hours = parts.get("H", none)
    if "I" in parts:
        half = parts["I"]
        if ((half < 1) | (half > 12)).any():
            return None
        hours = half % 12 + 12 * parts.get("p", none)
    minutes, seconds = parts.get("M", none), parts.get("S", none)
    if (hours > 23).any() or (minutes > 59).any() or (seconds > 59).any():
        return None
    return ((hours * 60 + minutes) * 60 + seconds) * SECOND + parts.get("f", none)


def _days(parts: Mapping[str, Ints], mask: NDArray[np.bool_]) -> Ints | None:
    """Days since 1970; None where one is no day of its month."""
    short = parts.get("y")
    years = parts["Y"] if short is None else short + np.where(short <= PIVOT, 2000, 1900)
    months = next(parts[name] for name in ("m", "b", "B") if name in parts)
    days = parts.get("d", np.ones(len(months), np.int64))
    years, months, days = (np.where(mask, 1, each) for each in (years, months, days))
    if ((months < 1) | (months > 12) | (days < 1) | (years < 1)).any():
        return None
    starts = ((years - 1970) * 12 + months - 1).astype("datetime64[M]")
    dates = starts.astype("datetime64[D]") + (days - 1)
    if (dates.astype("datetime64[M]") != starts).any():
        return None
    return dates.astype(np.int64)


def write_moments(values: pa.Array, pattern: str) -> pa.Array:
    """The texts of moments (date32, timestamp or time64) by a pattern; null stays null."""
    pieces: list[Any] = []
    last = 0
    for found in SIGN.finditer(pattern):
        pieces += [pattern[last : found.start()], _text(values, found[1])]
        last = found.end()
    pieces.append(pattern[last:])
    return pc.binary_join_element_wise(*(each for each in pieces if not _is_empty(each)), "")


def _is_empty(piece: Any) -> bool:
    return isinstance(piece, str) and not piece


def _text(values: pa.Array, sign: str) -> pa.Array:
    """One part of each moment as text."""
    if sign[0].isdigit():
        micros = pc.add(pc.multiply(pc.millisecond(values), 1000), pc.microsecond(values))
        return pc.utf8_slice_codeunits(_two(micros, 6), 0, int(sign[0]))
    letter = sign.lstrip("-")
    if letter in {"b", "B"}:
        names = pa.array(SHORT_MONTHS if letter == "b" else MONTHS)
        return pc.take(names, pc.subtract(pc.month(values), 1))
    if letter == "p":
        return pc.if_else(pc.less(pc.hour(values), 12), "AM", "PM")
    numbers = _numbers(values, letter)
    if sign.startswith("-"):
        return numbers.cast(pa.string())
    return _two(numbers, 4 if letter == "Y" else 2)


def _numbers(values: pa.Array, letter: str) -> pa.Array:
    if letter == "I":
        hours = pc.hour(values).to_numpy(zero_copy_only=False)
        twelve = (np.nan_to_num(hours).astype(np.int64) + 11) % 12 + 1
        return pa.array(twelve, mask=values.is_null().to_numpy(zero_copy_only=False))
    if letter == "y":
        years = pc.year(values)
        return pc.subtract(years, pc.multiply(pc.divide(years, 100), 100))
    parts = {"Y": "year", "m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second"}
    return getattr(pc, parts[letter])(values)


def _two(numbers: pa.Array, width: int) -> pa.Array:
    return pc.utf8_lpad(numbers.cast(pa.string()), width, "0")
