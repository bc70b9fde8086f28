"""Numbers in text: marks, groups of digits, currencies, units, decimals."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.formats.cells.cell_format import CellFormat
from app.engine.formats.shared.text import column_text

PLAIN = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
MOST_DECIMALS = 17
# No less than what Arrow takes for a number.
_WHOLE = r"^(?:-?0*\d{1,19}|0[xX][0-9a-fA-F]{1,16})$"
_FRACTION = r"(?i)^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan(?:\(\w*\))?|inf(?:inity)?)$"


def read_numbers(texts: pa.Array, form: CellFormat, *, whole: bool) -> pa.Array:
    """Numbers of texts that are all written like `form` says; null stays null.

    Returns:
        int64 where `whole`, else float64.

    Raises:
        pyarrow.ArrowInvalid: where a text is written otherwise.
    """
    texts = _bare(texts, form)
    if whole and not form.min_decimals:
        return texts.cast(pa.int64())
    numbers = texts.cast(pa.float64())
    return numbers.cast(pa.int64()) if whole else numbers


def possible_numbers(texts: pa.Array, form: CellFormat, *, whole: bool) -> pa.Array:
    """Which texts may be numbers, as booleans: each that `read_numbers` reads, and few others."""
    bare = _bare(texts, form)
    if not whole:
        return pc.match_substring_regex(bare, _FRACTION)
    if not form.min_decimals:
        return pc.match_substring_regex(bare, _WHOLE)
    plain = pc.match_substring_regex(bare, PLAIN)
    numbers = pc.if_else(plain, bare, pa.scalar(None, pa.string())).cast(pa.float64())
    return pc.if_else(plain, is_whole(numbers), False)


def is_whole(numbers: pa.Array) -> pa.Array:
    """Which floats are whole numbers of 64 bits, as booleans; null where one is null."""
    size = pc.and_(pc.greater_equal(numbers, -(2.0**63)), pc.less(numbers, 2.0**63))
    return pc.and_(size, pc.equal(pc.floor(numbers), numbers))


def _bare(texts: pa.Array, form: CellFormat) -> pa.Array:
    if form.prefix or form.suffix:
        end = -len(form.suffix) if form.suffix else None
        texts = pc.utf8_slice_codeunits(texts, len(form.prefix), end)
    if form.thousands:
        texts = pc.replace_substring(texts, form.thousands, "")
    if form.decimal_mark != ".":
        texts = pc.replace_substring(texts, form.decimal_mark, ".")
    # Arrow reads no sign before a whole number that is positive.
    return pc.replace_substring_regex(texts, r"^\+", "")


def write_numbers(values: pa.Array, form: CellFormat) -> pa.Array:
    """The texts of numbers (int64 or float64) like `form` says; null stays null."""
    if pa.types.is_integer(values.type):
        texts = values.cast(pa.string())
        if form.min_decimals:
            texts = _joined(texts, "." + "0" * form.min_decimals)
    else:
        texts = _decimals(values, form)
    if form.thousands:
        texts = _grouped(texts, form.thousands)
    if form.decimal_mark != ".":
        texts = _marked(texts, form)
    if form.prefix or form.suffix:
        texts = pc.binary_join_element_wise(form.prefix, texts, form.suffix, "")
    return texts


def _joined(*parts: Any) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _decimals(values: pa.Array, form: CellFormat) -> pa.Array:
    if form.min_decimals == form.max_decimals and form.min_decimals <= MOST_DECIMALS:
        return _fixed(values, form.min_decimals)
    texts = column_text(values, {})
    if not form.min_decimals:
        return texts
    return _padded(texts, form.min_decimals)


def _padded(texts: pa.Array, decimals: int) -> pa.Array:
    """Zeros behind a text until it has so many decimals; those with an exponent stay."""
    dot = pc.find_substring(texts, ".")
    has = pc.if_else(pc.less(dot, 0), 0, pc.subtract(pc.subtract(pc.utf8_length(texts), dot), 1))
    whole = pc.if_else(pc.less(dot, 0), _joined(texts, "."), texts)
    width = pc.add(pc.utf8_length(whole), pc.max_element_wise(pc.subtract(decimals, has), 0))
    padded = whole
    for missing in range(1, decimals + 1):
        wanted = pc.equal(pc.subtract(width, pc.utf8_length(whole)), missing)
        padded = pc.if_else(wanted, _joined(whole, "0" * missing), padded)
    return pc.if_else(pc.match_substring(texts, "e"), texts, padded)


def _fixed(values: pa.Array, decimals: int) -> pa.Array:
    """So many decimals, rounded half to even as Python rounds."""
    coded = values.dictionary_encode()
    texts = [None if v is None else f"{v + 0.0:.{decimals}f}" for v in coded.dictionary.to_pylist()]
    return pc.take(pa.array(texts, pa.string()), coded.indices)


def _grouped(texts: pa.Array, mark: str) -> pa.Array:
    coded = texts.dictionary_encode()
    grouped = [None if t is None else _group(t, mark) for t in coded.dictionary.to_pylist()]
    return pc.take(pa.array(grouped, pa.string()), coded.indices)


def _group(text: str, mark: str) -> str:
    whole, dot, rest = text.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return sign + f"{int(digits or 0):,}".replace(",", mark if mark != "." else "\0") + dot + rest


def _marked(texts: pa.Array, form: CellFormat) -> pa.Array:
    texts = pc.replace_substring(texts, ".", form.decimal_mark)
    return pc.replace_substring(texts, "\0", ".") if form.thousands == "." else texts
