"""Functions of texts, on Arrow arrays and constants."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.expressions.transliteration import in_ascii
from app.engine.expressions.values import Values, plain

MAX_TEXT = 10_000  # bytes of a text that grew; nested calls would fill the memory


def joined(*values: Values) -> Values:
    texts = [value.cast(pa.string()) for value in values]
    return pc.binary_join_element_wise(*texts, pa.scalar(""), null_handling="emit_null")


def text_function(function: str) -> Callable[..., Values]:
    return lambda value: pc.call_function(function, [value.cast(pa.string())])


def text_length(value: Values) -> Values:
    return plain(text_function("utf8_length")(value))


def replaced(value: Values, old: Values, new: Values) -> Values:
    """Every occurrence of the constant `old` as `new`.

    Raises:
        OverflowError: where a text grows above MAX_TEXT bytes.
    """
    value, new, sought = value.cast(pa.string()), new.cast(pa.string()), old.as_py()
    if sought is None:
        return pc.if_else(pc.is_null(value), value, pa.scalar(None, pa.string()))
    _check_growth(value, new, sought)
    return pc.binary_join(pc.split_pattern(value, pattern=sought), new)


def _check_growth(value: Values, new: Values, old: str) -> None:
    found = pc.count_substring(value, pattern=old).cast(pa.int64())
    more = pc.subtract(pc.binary_length(new).cast(pa.int64()), len(old.encode()))
    length = pc.add(pc.binary_length(value).cast(pa.int64()), pc.multiply(found, more))
    grown = pc.and_(pc.greater(length, MAX_TEXT), pc.greater(more, 0))
    if pc.any(_array(grown)).as_py():
        raise OverflowError(f"a text grows above {MAX_TEXT:,} bytes")


def _array(values: Values) -> pa.Array:
    return pa.array([values.as_py()], values.type) if isinstance(values, pa.Scalar) else values


def substring(value: Values, start: Values, length: Values | None = None) -> Values:
    """From the character `start`, 1 being the first and -1 the last, `length` characters or all."""
    begin = start.as_py() - 1 if start.as_py() > 0 else start.as_py()
    stop = None if length is None else begin + length.as_py()
    if begin < 0 and stop is not None and stop >= 0:
        stop = None
    return pc.utf8_slice_codeunits(value.cast(pa.string()), start=begin, stop=stop)


def padded(
    value: Values, width: Values, fill: Values | None = None, side: Values | None = None
) -> Values:
    """Filled up to `width` characters, on the left where no side is named; never cut."""
    function = pc.utf8_rpad if side is not None and side.as_py() == "right" else pc.utf8_lpad
    filling = " " if fill is None else fill.as_py()
    return function(value.cast(pa.string()), width=width.as_py(), padding=filling)


def transliterated(value: Values) -> Values:
    value = value.cast(pa.string())
    if isinstance(value, pa.Scalar):
        return pa.scalar(in_ascii(value.as_py()) if value.is_valid else None, pa.string())
    coded = value.dictionary_encode()
    texts = [in_ascii(text) for text in coded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(coded.indices)
