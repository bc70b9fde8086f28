"""Texts that are neither numbers nor moments: categories, ids and free text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.formats.cells.cell_format import CellFormat, Kind
from app.engine.profiling.distinct import Distinct
from app.engine.profiling.names import is_id_name
from app.engine.profiling.number_formats import all_match, begins_with_zeros

MANY = 20
WORDS_OF_TEXT = 4.0
FEWEST_OF_A_LETTER = 5  # keys that share it; fewer would say what it is in each of them
SOME = 1000
_UUID = r"^\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?$"


def kind_of_labels(name: str, found: Distinct) -> tuple[Kind, CellFormat, tuple[str, ...]]:
    """Category, id or text, how it is written, and what was assumed.

    Args:
        found: different texts, at least two.
    """
    values = found.values
    form, notes = _form(values)
    distinct, present = len(values), found.present
    unique = distinct / present
    codes = float(pc.mean(pc.match_substring_regex(values, r"^\S+$")).as_py())
    if all_match(values, _UUID) or (
        codes > 0.95 and _is_id(name, unique, distinct, like_codes=_like_codes(values))
    ):
        return "id", form, notes
    if _is_text(found, unique):
        return "text", CellFormat(), ()
    return "category", form, notes


def _is_id(name: str, unique: float, distinct: int, *, like_codes: bool) -> bool:
    if is_id_name(name):
        return distinct > MANY or unique > 0.5
    return unique > 0.95 and like_codes


def _like_codes(values: pa.Array) -> bool:
    """Whether values have digits in them, or are capital letters of one length."""
    digits = pc.mean(pc.match_substring_regex(values, r"^[^@]*\d[^@]*$")).as_py()
    letters = all_match(values, r"^[A-Z0-9]+$") and len(pc.utf8_length(values).unique()) == 1
    return bool(digits > 0.8 or letters)


def _is_text(found: Distinct, unique: float) -> bool:
    if unique > 0.9:
        return True
    words = _mean(pc.count_substring_regex(found.values, r"\S+"), found)
    length = _mean(pc.utf8_length(found.values), found)
    if (words >= WORDS_OF_TEXT and unique > 0.3) or (length > 60 and unique > 0.1):
        return True
    return unique > 0.5 and len(found.values) > 50


def _mean(figures: pa.Array, found: Distinct) -> float:
    return float(np.average(figures.to_numpy(zero_copy_only=False), weights=found.counts))


def _form(values: pa.Array) -> tuple[CellFormat, tuple[str, ...]]:
    """Width of codes that begin with zeros, and the mask of codes of one shape."""
    notes: tuple[str, ...] = ()
    width = 0
    lengths = pc.utf8_length(values).unique()
    if all_match(values, r"^\d+$") and begins_with_zeros(values):
        width = lengths[0].as_py() if len(lengths) == 1 else 0
        notes = ("leading zeros: codes, not numbers",)
    mask = None
    if len(lengths) == 1 and lengths[0].as_py() <= 64:
        masks = pc.replace_substring_regex(pc.replace_substring_regex(values, r"\d", "#"),
                                           r"[A-Za-z]", "?").unique()  # fmt: skip
        mask = masks[0].as_py() if len(masks) == 1 and "#" in masks[0].as_py() else None
    if mask is not None and len(values) >= FEWEST_OF_A_LETTER:
        mask = _with_shared_letters(mask, values)
    return CellFormat(width=width, mask=mask), notes


def _with_shared_letters(mask: str, values: pa.Array) -> str:
    """A mask with the letters that all values have in a place; digits stay open."""
    first = values[0].as_py()
    return "".join(
        first[place] if sign == "?" and _share(values, place, first[place]) else sign
        for place, sign in enumerate(mask)
    )


def _share(values: pa.Array, place: int, letter: str) -> bool:
    """Whether all values have a letter in a place, which few of them mostly say already."""
    return all(
        pc.all(pc.equal(pc.utf8_slice_codeunits(some, place, place + 1), letter)).as_py()
        for some in (values.slice(0, SOME), values)
    )
