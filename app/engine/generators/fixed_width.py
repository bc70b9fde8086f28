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

from app.engine.generators.bijection import make_bijection, scale
from app.engine.generators.base import Block

TABLE_LIMIT = 65_536
Numbers = NDArray[np.unsignedinteger]


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

    @property
    def template(self) -> bytes:
        return b"".join(alphabet[:1] for alphabet in self.alphabets)

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


def assemble(
    template: bytes, chunks: Sequence[Chunk], numbers: Sequence[Numbers], rows: int
) -> pa.StringArray:
    """The texts whose chunks have these numbers, shape (rows,)."""
    matrix = np.empty((rows, len(template)), np.uint8)
    if sum(chunk.width for chunk in chunks) < len(template):
        matrix[:] = np.frombuffer(template, np.uint8)
    for chunk, number in zip(chunks, numbers, strict=True):
        word = f"u{chunk.width}"
        table = spellings(chunk.alphabets).view(word)[:, 0]
        column = np.ndarray(rows, word, matrix.data, chunk.start, (len(template),))
        column[:] = table.take(number)
    return text_array(matrix)


def text_array(matrix: NDArray[np.uint8]) -> pa.StringArray:
    """Each row of a matrix of UTF-8 bytes as a text."""
    rows, width = matrix.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(matrix)]
    return pa.Array.from_buffers(pa.string(), rows, buffers)


def unique_numbers(chunks: Sequence[Chunk], block: Block) -> list[Numbers]:
    """One array a chunk, such that no two rows of the table agree in all of them.

    As few chunks as have room for the table carry the permuted row number; the others are
    random. The caller has checked that there is room for `block.total` rows.
    """
    carriers = _carriers(chunks, block.total)
    carried = _spread([chunks[number] for number in carriers], block)
    free = [number for number in range(len(chunks)) if number not in carriers]
    drawn = _random([chunks[number] for number in free], block)
    by_chunk = dict(zip(carriers, carried, strict=True)) | dict(zip(free, drawn, strict=True))
    return [by_chunk[number] for number in range(len(chunks))]


def _carriers(chunks: Sequence[Chunk], total: int) -> list[int]:
    """The chunks with the largest radix, as many as `total` different values need."""
    order = sorted(range(len(chunks)), key=lambda number: -chunks[number].radix)
    count, values = 0, 1
    while count < len(order) and (values < total or count < 2):
        values *= chunks[order[count]].radix
        count += 1
    return sorted(order[:count])


def _spread(chunks: Sequence[Chunk], block: Block) -> list[Numbers]:
    """The permuted row number, written in the chunks' radices."""
    radices = [len(alphabet) for chunk in chunks for alphabet in chunk.alphabets]
    bijection = make_bijection(radices, block.column_stream.child("order"))
    rest = bijection(block.first_row, block.rows)
    digits: list[Numbers] = []
    for chunk in reversed(chunks[1:]):
        rest, digit = np.divmod(rest, np.uint64(chunk.radix))
        digits.append(digit.astype(np.uint32))
    return [rest.astype(np.uint32), *reversed(digits)] if chunks else []


def _random(chunks: Sequence[Chunk], block: Block) -> list[Numbers]:
    """Independent uniform numbers for each chunk."""
    bits = block.stream.child("characters").generator().bit_generator
    words = bits.random_raw(-(-len(chunks) // 2) * block.rows).view(np.uint32)
    parts = words.reshape(-1, block.rows)
    return [scale(part, chunk.radix) for chunk, part in zip(chunks, parts, strict=False)]
