"""Whether the texts of a column are numbers, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.formats.cells.cell_format import CellFormat, Kind
from app.engine.formats.cells.number_cells import MOST_DECIMALS, PLAIN

_DRESSED = (
    r"^(?P<prefix>\s*[$€£¥]?\s*)(?P<number>[+-]?[\d.][\d.,'’ \x{a0}\x{202f}]*?(?:[eE][+-]?\d+)?)"
    r"(?P<suffix>\s*(?:[%€$£‰]|[A-Za-z°µ]{1,6}(?:[/²³][A-Za-z0-9]{0,3})?)?\s*)$"
)
_GROUPS = r"^[+-]?\d{{1,3}}({0}\d{{3}})+({1}\d+)?$"
_DIGITS = 18  # a whole number of so many fits into 64 bits


@dataclass(frozen=True, slots=True)
class FoundNumbers:
    """Numbers in a column of text: integer or number, and how they are written."""

    kind: Kind
    format: CellFormat
    notes: tuple[str, ...] = ()


def begins_with_zeros(values: pa.Array) -> bool:
    """Whether any of the texts is a code that begins with zeros, which a number would lose."""
    return bool(pc.any(pc.match_substring_regex(values, r"^[+-]?0\d")).as_py())


def all_match(values: pa.Array, regex: str) -> bool:
    """Whether the expression (RE2) is found in each of the texts; nulls are left out."""
    return bool(pc.all(pc.match_substring_regex(values, regex)).as_py())


def find_numbers(values: pa.Array) -> FoundNumbers | None:
    """How the numbers of a column are written; None where not all texts are numbers.

    Args:
        values: different texts of the column, at least one, none of them null.
    """
    if all_match(values, PLAIN):
        return None if begins_with_zeros(values) else _plain(values, {})
    found = pc.extract_regex(values, _DRESSED)
    if found.null_count:
        return None
    prefix, numbers, suffix = (found.field(each) for each in range(3))
    if len(prefix.unique()) > 1 or len(suffix.unique()) > 1:
        return None
    dress = {"prefix": prefix[0].as_py(), "suffix": suffix[0].as_py()}
    return _marked(numbers, dress)


def _marked(numbers: pa.Array, dress: dict[str, str]) -> FoundNumbers | None:
    """Numbers with marks between groups of digits, or a decimal comma."""
    if all_match(numbers, PLAIN):
        return None if begins_with_zeros(numbers) else _plain(numbers, dress)
    for thousands, mark in ((",", "."), (".", ","), (" ", ","), (" ", "."), ("'", "."),
                            ("’", "."), ("\u00a0", ","), ("\u202f", ",")):  # fmt: skip
        plain = _unmarked(numbers, thousands, mark)
        if plain is None or begins_with_zeros(plain):
            continue
        marks = {"thousands": thousands, "decimal_mark": mark}
        notes = _doubts(numbers, thousands)
        if not pc.any(pc.match_substring(numbers, thousands)).as_py():
            marks["thousands"] = ""
        return _plain(plain, {**dress, **marks}, notes)
    return None


def _unmarked(numbers: pa.Array, thousands: str, mark: str) -> pa.Array | None:
    """The numbers without marks; None where they are not written with these."""
    apart, point = _escaped(thousands), _escaped(mark)
    grouped = pc.match_substring_regex(numbers, _GROUPS.format(apart, point))
    simple = pc.match_substring_regex(numbers, rf"^[+-]?\d+({point}\d+)?$")
    if not pc.all(pc.or_(grouped, simple)).as_py():
        return None
    # `1,5` is no group of three digits, but `1,500` may be one: groups that stand apart from a
    # number of more than three digits without them are a decimal mark.
    long = pc.match_substring_regex(numbers, r"^[+-]?\d{4,}")
    if pc.any(long).as_py() and pc.any(grouped).as_py():
        return None
    bare = pc.replace_substring(numbers, thousands, "")
    return pc.replace_substring(bare, mark, ".")


def _escaped(mark: str) -> str:
    return "[" + mark + "]"


def _doubts(numbers: pa.Array, thousands: str) -> tuple[str, ...]:
    """A note where `1,500` could be read either way and nothing tells."""
    single = pc.match_substring_regex(numbers, rf"^[+-]?\d{{1,3}}[{thousands}]\d{{3}}$")
    twice = pc.match_substring_regex(numbers, rf"\d[{thousands}]\d{{3}}[{thousands}.,]")
    if thousands in ",." and pc.any(single).as_py() and not pc.any(twice).as_py():
        return (f"`{thousands}` is read as what stands between thousands, not as a decimal mark",)
    return ()


def _usual_decimals(written: pa.Array, lengths: NDArray[np.int64], low: int, high: int) -> int:
    """The least number of decimals with which most texts come back as they are."""
    needed = pc.utf8_length(pc.utf8_rtrim(written, "0")).to_numpy(zero_copy_only=False)
    exact = [
        int((np.maximum(needed, least) == lengths).sum())
        for least in range(low, min(high, MOST_DECIMALS) + 1)
    ]
    return low + exact.index(max(exact))


def _plain(
    numbers: pa.Array, marks: dict[str, str], notes: tuple[str, ...] = ()
) -> FoundNumbers | None:
    parts = pc.extract_regex(
        numbers, r"^[+-]?(?P<whole>\d*)(?P<dot>\.?)(?P<decimals>\d*)(?P<exponent>[eE]?)"
    )
    whole, decimals, exponent = parts.field(0), parts.field(2), parts.field(3)
    written = decimals.filter(pc.equal(exponent, ""))
    lengths = pc.utf8_length(written).to_numpy(zero_copy_only=False)
    low, high = int(lengths.min(initial=MOST_DECIMALS)), int(lengths.max(initial=0))
    has_exponent = pc.any(pc.not_equal(exponent, "")).as_py()
    integral = not has_exponent and all_match(decimals, "^0*$")
    if integral and low != high:
        integral = False  # `5` and `5.0` in one column are written back as numbers
    if low < high:
        low = _usual_decimals(written, lengths, low, high)
    if integral and (pc.max(pc.utf8_length(whole)).as_py() or 0) > _DIGITS:
        return None
    form = CellFormat(min_decimals=min(low, high), max_decimals=high, **marks)
    return FoundNumbers("integer" if integral else "number", form, notes)
