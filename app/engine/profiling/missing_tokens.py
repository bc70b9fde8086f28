"""Texts that mean that nothing is there.

A blank always does. Words such as NA do where they are not one of many short codes (Namibia's is
NA); signs such as `-` only where everything else in the column is a number or a moment.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.profiling.distinct import Distinct

WORDS = (
    "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "Null", "<NA>", "\\N", "NaT",
)  # fmt: skip
SIGNS = (
    "-", "--", ".", "..", "*", "x", "None", "none", "na", "Na", "missing", "Missing", "MISSING",
    "unknown", "Unknown", "UNKNOWN", "not available", "#VALUE!", "#REF!", "#DIV/0!", "inf", "-inf",
)  # fmt: skip
FEWEST_CODES = 20


def is_blank(values: pa.Array) -> pa.Array:
    """Texts of nothing but white space, as booleans of the same length; null stays null."""
    return pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(values)), 0)


def is_word(values: pa.Array) -> pa.Array:
    """Texts that mean missing in a column of any kind, as booleans of the same length."""
    found = pc.is_in(values, pa.array(WORDS))
    if _among_codes(values):
        found = pc.and_not(found, pc.equal(values, "NA"))
    return pc.or_(found, is_blank(values))


def is_sign(values: pa.Array) -> pa.Array:
    """Texts that mean missing beside numbers or moments, as booleans of the same length."""
    return pc.or_(is_word(values), pc.is_in(values, pa.array(SIGNS)))


def _among_codes(values: pa.Array) -> bool:
    """Whether NA is one of many codes of two capital letters."""
    codes = pc.match_substring_regex(values, "^[A-Z]{2}$")
    return len(values) >= FEWEST_CODES and (pc.mean(codes).as_py() or 0) > 0.9


def tokens_of(found: Distinct, wanted: pa.Array) -> list[tuple[str, int]]:
    """The values at which `wanted` is true, with their rows, the most frequent first."""
    places = pc.indices_nonzero(wanted).to_pylist()
    pairs = [(found.values[at].as_py(), int(found.counts[at])) for at in places]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
