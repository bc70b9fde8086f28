"""What a table holds, whatever file it came in: by this the same data is recognised again.

A table is taken as a bag of rows, and a row as a bag of cells. So neither the order of rows nor the
order or names of columns count, and neither does a format: a number is its value, a date its day, a
text has no blanks around it and no capital letters, and what stands for a missing value is none.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import SourceError
from app.engine.sources.limits import SourceLimits
from app.engine.sources.opening import open_source
from app.engine.sources.tables import ReadingOptions, SourceTable

Hashes = NDArray[np.uint64]
"""Two of 64 bits for each cell or row, shape (2, n)."""

_MISSING = ["", "na", "n/a", "nan", "null", "none", "?", "-", "."]
_NUMBER = r"^[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})(e[+-]?\d{1,3})?$"
_MOMENT = r"^(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(?:z|[+-]00:?00)?$"
_SALTS = np.array([[0x9E3779B97F4A7C15], [0xD1B54A32D192ED03]], np.uint64)


def content_digest(
    path: Path, options: ReadingOptions | None = None, limits: SourceLimits | None = None
) -> str | None:
    """What the only table of a source holds; None where it has several, no rows, or cannot be read.

    The first line of a text file is taken to name its columns. It is no keyed hash: of a table
    that somebody can guess it says whether they guessed right.
    """
    asked = options or ReadingOptions()
    header = True if asked.header is None else asked.header
    named = ReadingOptions(asked.encoding, asked.delimiter, asked.quote, header)
    try:
        with open_source(path, named, limits) as source:
            return _digest(source.tables[0]) if len(source.tables) == 1 else None
    except SourceError:
        return None


def _digest(table: SourceTable) -> str | None:
    rows, total = 0, np.zeros((2, 1), np.uint64)
    for batch in table.batches():
        found = np.zeros((2, batch.num_rows), np.uint64)
        for column in batch.columns:
            found += _cells(column)
        total += _mixed(found).sum(axis=1, keepdims=True, dtype=np.uint64)
        rows += batch.num_rows
    if not rows:
        return None
    return f"{rows}:{int(total[0, 0]):016x}{int(total[1, 0]):016x}"


def _cells(column: pa.Array) -> Hashes:
    """Of each cell; 0 of a missing one."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_float64(kind):
        return _of_numbers(column.cast(pa.float64(), safe=False))
    encoded = column.dictionary_encode()
    values = _of_texts(encoded.dictionary)
    hashes = np.append(values, np.zeros((2, 1), np.uint64), axis=1)
    places = pc.fill_null(encoded.indices, len(encoded.dictionary))
    return hashes[:, np.asarray(places)]


def _of_texts(values: pa.Array) -> Hashes:
    """Other cells by their texts, of which some are numbers. So are numbers of fewer bits, whose
    shortest texts say what was meant."""
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(_texts(values)))
    texts = pc.if_else(pc.is_in(texts, pa.array(_MISSING, texts.type)), None, texts)
    is_number = pc.fill_null(pc.match_substring_regex(texts, _NUMBER), False)
    found = _of_numbers(pc.if_else(is_number, texts, None).cast(pa.float64()))
    places = np.flatnonzero(~np.asarray(is_number) & np.asarray(texts.is_valid()))
    if len(places):
        found[:, places] = _of_words(_moments(texts.take(pa.array(places))))
    return found


def _texts(values: pa.Array) -> pa.Array:
    try:
        return values.cast(pa.large_string())
    except pa.ArrowException:
        return pa.array([None if each is None else str(each) for each in values.to_pylist()])


def _moments(texts: pa.Array) -> pa.Array:
    """Moments in one spelling, midnight as the day alone; other texts as they are."""
    is_moment = pc.match_substring_regex(texts, _MOMENT)
    if not pc.any(is_moment).as_py():
        return texts
    plain = pc.replace_substring_regex(texts, _MOMENT, r"\1 \2\3")
    for pattern, put in ((r"\.0*$", ""), (r"(\.\d*[1-9])0*$", r"\1"), (r" 00:00(:00)?$", "")):
        plain = pc.replace_substring_regex(plain, pattern, put)
    return pc.if_else(is_moment, plain, texts)


def _of_words(texts: pa.Array) -> Hashes:
    digests = [
        hashlib.blake2b(each.encode(), digest_size=16).digest() for each in texts.to_pylist()
    ]
    return np.frombuffer(b"".join(digests), "<u8").reshape(-1, 2).T.astype(np.uint64)


def _of_numbers(numbers: pa.Array) -> Hashes:
    """By the bits of each; what is no number is missing."""
    values = np.array(pc.fill_null(numbers, np.nan).to_numpy(zero_copy_only=False), np.float64)
    is_missing = np.isnan(values)
    bits = (np.where(is_missing, 0.0, values) + 0.0).view(np.uint64)  # no negative zero
    return np.where(is_missing, np.uint64(0), _mixed(np.broadcast_to(bits, (2, len(bits)))))


def _mixed(hashes: Hashes) -> Hashes:
    """Every bit of each moves every bit (splitmix64: Steele, Lea & Flood 2014)."""
    mixed = hashes + _SALTS
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
