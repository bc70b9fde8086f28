"""The text of floats with few decimals, put together from two tables instead of being computed.

A float that is a whole multiple of 10**-d and has at most 15 significant digits reads back from
its d decimals, and no shorter decimal does, so the shortest text is those decimals without the
trailing zeros. It is cut into a head (sign, whole part, first decimals) and a tail (the last
digits), each of at most eight bytes: two look-ups in arrays of 64-bit words.
"""

from __future__ import annotations

import functools

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

LONGEST_HEADS = 1 << 17
WORD = 8

Words = tuple[NDArray[np.uint64], NDArray[np.int32]]
"""Texts of up to eight bytes, padded with NUL, and their lengths."""


def decimal_text(scaled: NDArray[np.float64], decimals: int) -> pa.Array | None:
    """The shortest text of ``scaled / 10**decimals``; None where the tables would not pay.

    Args:
        scaled: whole numbers, shape (rows,).
        decimals: at least 1 and at most 6.
    """
    largest = int(np.abs(scaled).max(initial=0))
    cuts = [(digits, _head_size(largest, digits)) for digits in range(1, min(5, decimals) + 1)]
    digits, size = min(cuts, key=_entries)
    if size > LONGEST_HEADS or _entries((digits, size)) > 4 * len(scaled):
        return None
    return _join(scaled, size, digits, _heads(size, decimals - digits), _tails(digits))


def _head_size(largest: int, digits: int) -> int:
    """Heads that numbers up to `largest` need, as a power of two, so that blocks share tables."""
    return 1 << max(10, int(largest // 10**digits).bit_length())


def _entries(cut: tuple[int, int]) -> int:
    digits, size = cut
    return 4 * size + 10**digits


def _join(
    scaled: NDArray[np.float64], size: int, digits: int, heads: Words, tails: Words
) -> pa.Array:
    head, tail = np.divmod(np.abs(scaled).astype(np.int64), 10**digits)
    head += size * ((tail != 0) + 2 * (scaled < 0))
    cells = np.empty((len(scaled), 2), np.uint64)
    cells[:, 0] = heads[0][head]
    cells[:, 1] = tails[0][tail]
    offsets = np.zeros(len(scaled) + 1, np.int32)
    np.cumsum(heads[1][head] + tails[1][tail], out=offsets[1:])
    data = cells.tobytes().translate(None, b"\0")
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(scaled), buffers)


@functools.lru_cache(maxsize=8)
def _heads(size: int, decimals: int) -> Words:
    """Four tables in a row: alone and before a tail, then both of them negative."""
    numbers = np.arange(size)
    whole = pc.cast(pa.array(numbers // 10**decimals), pa.string())
    fraction = pc.utf8_lpad(pc.cast(pa.array(numbers % 10**decimals), pa.string()), decimals, "0")
    if decimals == 0:
        fraction = pc.utf8_slice_codeunits(fraction, 0, 0)
    before_tail = pc.binary_join_element_wise(whole, fraction, ".")
    alone = pc.utf8_rtrim(pc.utf8_rtrim(before_tail, "0"), ".") if decimals else whole
    positive = pa.concat_arrays([alone, before_tail])
    negative = pc.binary_join_element_wise("-", positive, "")
    return _words(pa.concat_arrays([positive, negative]))


@functools.lru_cache(maxsize=4)
def _tails(digits: int) -> Words:
    """The last digits without trailing zeros; nothing for zero."""
    numbers = pc.cast(pa.array(np.arange(10**digits)), pa.string())
    return _words(pc.utf8_rtrim(pc.utf8_lpad(numbers, digits, "0"), "0"))


def _words(texts: pa.Array) -> Words:
    padded = np.array(texts.to_pylist(), dtype=f"S{WORD}")
    return padded.view(np.uint64), pc.binary_length(texts).to_numpy().astype(np.int32)
