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
Flags = NDArray[np.bool_]

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
    found, unfit = _fitted(texts, pattern)
    if unfit.any():
        return None
    parts = _parts(found)
    mask = ~texts.is_valid().to_numpy(zero_copy_only=False)
    micros, no_time = _time_of_day(parts, len(texts))
    if no_time.any():
        return None
    if kind == "time":
        return pa.array(micros, pa.int64(), mask=mask).cast(pa.time64("us"))
    days, no_day = _days(parts, mask)
    if no_day.any():
        return None
    if kind == "date":
        return pa.array(days.astype(np.int32), mask=mask).cast(pa.date32())
    return pa.array(days * DAY + micros, pa.int64(), mask=mask).cast(pa.timestamp("us"))


def readable_moments(texts: pa.Array, pattern: str, kind: str) -> Flags:
    """Which texts `read_moments` reads, those that are null among them; shape (rows,)."""
    found, unfit = _fitted(texts, pattern)
    parts = _parts(found)
    wrong = unfit | _time_of_day(parts, len(texts))[1]
    if kind != "time":
        wrong |= _days(parts, ~texts.is_valid().to_numpy(zero_copy_only=False))[1]
    return ~wrong


def _fitted(texts: pa.Array, pattern: str) -> tuple[pa.Array, Flags]:
    """What stands at the signs of a pattern, and which texts do not fit it."""
    found = pc.extract_regex(texts, pattern_regex(pattern))
    unfit = pc.and_(texts.is_valid(), pc.is_null(found))
    return found, np.asarray(unfit.to_numpy(zero_copy_only=False))


def _parts(found: pa.Array) -> dict[str, Ints]:
    return {each.name: _ints(found.field(at), each.name) for at, each in enumerate(found.type)}


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


def _time_of_day(parts: Mapping[str, Ints], rows: int) -> tuple[Ints, Flags]:
    """Microseconds since midnight, and where an hour, minute or second is none."""
    none = np.zeros(rows, np.int64)
    hours, wrong = parts.get("H", none), np.zeros(rows, dtype=bool)
    if "I" in parts:
        half = parts["I"]
        wrong = (half < 1) | (half > 12)
        hours = half % 12 + 12 * parts.get("p", none)
    minutes, seconds = parts.get("M", none), parts.get("S", none)
    wrong = wrong | (hours > 23) | (minutes > 59) | (seconds > 59)
    return ((hours * 60 + minutes) * 60 + seconds) * SECOND + parts.get("f", none), wrong


def _days(parts: Mapping[str, Ints], mask: Flags) -> tuple[Ints, Flags]:
    """Days since 1970, and where one is no day of its month."""
    short = parts.get("y")
    years = parts["Y"] if short is None else short + np.where(short <= PIVOT, 2000, 1900)
    months = next(parts[name] for name in ("m", "b", "B") if name in parts)
    days = parts.get("d", np.ones(len(months), np.int64))
    years, months, days = (np.where(mask, 1, each) for each in (years, months, days))
    wrong = (months < 1) | (months > 12) | (days < 1) | (years < 1)
    starts = ((years - 1970) * 12 + months - 1).astype("datetime64[M]")
    dates = starts.astype("datetime64[D]") + (days - 1)
    return dates.astype(np.int64), wrong | (dates.astype("datetime64[M]") != starts)


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
