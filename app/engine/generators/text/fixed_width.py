"""Texts of one width, built as a matrix of bytes.

A text is cut into chunks of one, two or four characters. A chunk is drawn as one number, whose
spelling comes from a table; the finished matrix is the data buffer of the Arrow array.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.generators.base import Block
from app.engine.generators.bijection import Bijection, make_bijection, split

TABLE_LIMIT = 65_536
Numbers = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of 1, 2 or 4 characters that is drawn as one number; one alphabet a character."""

    start: int
    alphabets: tuple[bytes, ...]

    @property
    def width(self) -> int:
        return len(self.alphabets)

    @property
    def radix(self) -> int:
        return prod(map(len, self.alphabets))


@dataclass(frozen=True, slots=True)
class FixedWidth:
    """A form of text: one alphabet a byte; an alphabet of one byte is literal."""

    alphabets: tuple[bytes, ...]

    def empty(self, rows: int) -> NDArray[np.uint8]:
        """Room for `rows` texts, shape (rows, width), the literal bytes written."""
        matrix = np.empty((rows, len(self.alphabets)), np.uint8)
        for place, alphabet in enumerate(self.alphabets):
            if len(alphabet) == 1:
                matrix[:, place] = alphabet[0]
        return matrix

    @property
    def room(self) -> int:
        """How many different texts there are."""
        return prod(map(len, self.alphabets))

    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks that hold every character that is not literal, from left to right."""
        return _cut(self.alphabets)


@lru_cache(maxsize=256)
def _cut(alphabets: tuple[bytes, ...]) -> tuple[Chunk, ...]:
    chunks, start = [], 0
    while start < len(alphabets):
        if len(alphabets[start]) == 1:
            start += 1
            continue
        widths = (w for w in (4, 2, 1) if start + w <= len(alphabets))
        width = next(w for w in widths if _fits(alphabets[start : start + w]))
        chunks.append(Chunk(start, alphabets[start : start + width]))
        start += width
    return tuple(chunks)


def _fits(alphabets: Sequence[bytes]) -> bool:
    return prod(map(len, alphabets)) <= TABLE_LIMIT


@lru_cache(maxsize=64)
def spellings(alphabets: tuple[bytes, ...]) -> NDArray[np.uint8]:
    """Every spelling of a chunk, shape (radix, width), the last character fastest."""
    letters = [np.frombuffer(alphabet, np.uint8) for alphabet in alphabets]
    grids = np.meshgrid(*letters, indexing="ij")
    return np.ascontiguousarray(np.stack([grid.ravel() for grid in grids], axis=1))


def write_chunks(
    matrix: NDArray[np.uint8], chunks: Sequence[Chunk], numbers: Sequence[Numbers]
) -> None:
    """Write the spellings of the chunks' numbers into the rows of a matrix of bytes.

    Args:
        matrix: shape (rows, width), changed in place.
        numbers: one array a chunk, each of shape (rows,), below the chunk's radix.
    """
    for chunk, number in zip(chunks, numbers, strict=True):
        word = f"u{chunk.width}"
        table = spellings(chunk.alphabets).view(word)[:, 0]
        column = matrix[:, chunk.start : chunk.start + chunk.width].view(word)[:, 0]
        column[:] = table.take(number.astype(np.intp), mode="wrap")


def text_array(matrix: NDArray[np.uint8]) -> pa.StringArray:
    """Each row of a matrix of UTF-8 bytes, of shape (rows, width), as a text; shape (rows,)."""
    rows, width = matrix.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(matrix)]
    return pa.Array.from_buffers(pa.string(), rows, buffers)


@dataclass(frozen=True, slots=True)
class UniqueNumbers:
    """Numbers of chunks such that no two rows of the table agree in all of them.

    As few chunks as have room for the table carry the permuted row number; the others are
    random. The caller has checked that there is room for all rows.
    """

    chunks: tuple[Chunk, ...]
    carriers: tuple[int, ...]
    bijection: Bijection
    bits: np.random.BitGenerator

    def of(self, first: int, rows: int) -> list[Numbers]:
        """One array a chunk, each of shape (rows,), for the rows from number `first` on."""
        numbers = _random(self.chunks, self.carriers, self.bits, rows)
        rest = self.bijection(first, rows)
        for place in reversed(self.carriers[1:]):
            rest, digit = split(rest, self.chunks[place].radix)
            numbers[place] = digit.astype(np.uint32)
        if self.carriers:
            numbers[self.carriers[0]] = rest.astype(np.uint32)
        return numbers


def make_unique_numbers(chunks: tuple[Chunk, ...], block: Block) -> UniqueNumbers:
    carriers = _carriers(chunks, block.total)
    radices = [len(alphabet) for place in carriers for alphabet in chunks[place].alphabets]
    bijection = make_bijection(radices, block.column_stream.child("order"))
    bits = block.stream.child("characters").generator().bit_generator
    return UniqueNumbers(chunks, carriers, bijection, bits)


def _carriers(chunks: Sequence[Chunk], total: int) -> tuple[int, ...]:
    """The chunks with the largest radix, as many as `total` different values need."""
    order = sorted(range(len(chunks)), key=lambda number: -chunks[number].radix)
    count, values = 0, 1
    while count < len(order) and (values < total or count < 2):
        values *= chunks[order[count]].radix
        count += 1
    return tuple(sorted(order[:count]))


def _random(
    chunks: Sequence[Chunk], but: Sequence[int], bits: np.random.BitGenerator, rows: int
) -> list[Numbers]:
    """Independent uniform numbers for each chunk, zeros for those in `but`."""
    numbers: list[Numbers] = [np.zeros(0, np.uint32)] * len(chunks)
    places = sorted(set(range(len(chunks))) - set(but))
    raw = np.asarray(bits.random_raw(rows * -(-len(places) // 2)), np.uint64).view(np.uint32)
    for place, words in zip(places, raw.reshape(-1, rows), strict=False):
        numbers[place] = split(words, chunks[place].radix)[1]
    return numbers
