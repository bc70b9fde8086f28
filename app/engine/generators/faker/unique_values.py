"""Provider values made unique, each of its provider's own form."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import GenerationError
from app.engine.generators.base import BLOCK_ROWS, Block, Layout
from app.engine.seeds import Stream

Place = Literal["@", ".", "end"]

MOST_BLOCKS = 16  # each looks at what is drawn for all of them
IDLE_ROUNDS = 8
SAMPLE, LARGE_SAMPLE = 4_096, BLOCK_ROWS
PLENTY = 8  # times as many values as rows: no block can run out of them

# Names, streets and free text, which stay what they are with a number behind them.
NUMBERED = frozenset({
    "name", "name_female", "name_male", "name_nonbinary", "first_name", "first_name_female",
    "first_name_male", "first_name_nonbinary", "last_name", "last_name_female", "last_name_male",
    "last_name_nonbinary", "romanized_name", "company", "job", "job_female", "job_male", "city",
    "street_name", "street_address", "address", "catch_phrase", "bs", "text", "sentence",
    "paragraph", "word", "user_name",
})  # fmt: skip


class _Draws(Protocol):
    def draw(self, block: Block) -> pa.Array: ...


@dataclass(frozen=True, slots=True, eq=False)
class UniqueTable:
    """Values of a table without replacement, for tables of values with at least as many as rows.

    The order is that of successive weighted draws (Efraimidis and Spirakis 2006: sort by
    log(u) / weight); it is the same for every block, which takes its own rows of it.
    """

    values: pa.Array
    weights: Any

    def draw(self, block: Block) -> pa.Array:
        rng = block.column_stream.child("order").generator()
        keys = rng.standard_exponential(len(self.values)) / self.weights
        order = np.argsort(keys, kind="stable")
        return self.values.take(pa.array(order[block.first_row : block.first_row + block.rows]))


@dataclass(frozen=True, slots=True)
class WithoutRepetition:
    """The provider's own values, drawn until there are as many different ones as rows.

    Of several blocks each takes the values whose checksum is its own, so that no block has to
    know what another one drew.
    """

    values: _Draws

    def draw(self, block: Block) -> pa.Array:
        """The values of the block, all different.

        Raises:
            GenerationError: where no more are found.
        """
        seen, parts, idle, number = set[object](), list[pa.Array](), 0, 0
        while len(seen) < block.rows and idle < IDLE_ROUNDS:
            wanted = block.rows - len(seen)
            size = min(BLOCK_ROWS, max(64, (wanted + wanted // 8) * block.blocks))
            stream = block.column_stream.child("unique", block.number, number)
            drawn = self.values.draw(Block(0, Layout(size), stream))
            new = _new_places(drawn.to_pylist(), seen, block)
            parts.append(drawn.take(pa.array(new[:wanted], pa.int64())))
            idle, number = (0 if new else idle + 1), number + 1
        if len(seen) < block.rows:
            raise TooFewValuesError(len(seen), block.rows)
        return pa.concat_arrays(parts) if parts else self.values.draw(block)


class TooFewValuesError(GenerationError):
    """No more different values were found; `found` says how many there were."""

    def __init__(self, found: int, wanted: int) -> None:
        super().__init__(f"{found:,} different values were found, {wanted:,} are wanted")
        self.found = found


def _new_places(values: list[object], seen: set[object], block: Block) -> list[int]:
    """Places of values that were not seen before and are this block's; `seen` learns them."""
    found = []
    for place, value in enumerate(values):
        if value is None or value in seen:
            continue
        if block.blocks > 1 and zlib.crc32(str(value).encode()) % block.blocks != block.number:
            continue
        seen.add(value)
        found.append(place)
    return found


def different_values(values: _Draws, rows: int, stream: Stream) -> int | None:
    """About how many different values a provider has for so many rows; None for as many as they
    need.

    From the pairs of equal values in a sample: of n values of a uniform law over s there are about
    n² / 2s. Where that leaves doubt the rows of a single block are drawn.
    """
    layout = Layout(rows)
    if layout.blocks > MOST_BLOCKS:
        return MOST_BLOCKS * BLOCK_ROWS
    size = SAMPLE if rows * PLENTY * 6 <= SAMPLE**2 else LARGE_SAMPLE
    sample = values.draw(Block(0, Layout(size), stream.child("room"))).to_pylist()
    pairs = sum(n * (n - 1) // 2 for n in Counter(sample).values())
    about = size * size // (2 * max(pairs, 3))
    if about >= PLENTY * rows:
        return None
    if layout.blocks > 1:
        return about // PLENTY
    try:
        WithoutRepetition(values).draw(Block(0, layout, stream))
    except TooFewValuesError as error:
        return error.found
    return None


@dataclass(frozen=True, slots=True)
class Numbered:
    """Texts with the row's number, counted from 1, set into them.

    Before the @ of an e-mail address (`ann.17@…`), before the first dot of a domain
    (`firm-17.com`), else at the end (`Ann Lee-17`). The number can always be read back, as it
    stands between a sign that is no digit and the @, the first dot or the end; so no two rows
    agree.
    """

    values: _Draws
    place: Place

    def draw(self, block: Block) -> pa.Array:
        texts = self.values.draw(block)
        first = block.first_row + 1
        numbers = pc.cast(pa.array(np.arange(first, first + block.rows)), pa.string())
        if self.place == "end":
            return pc.binary_join_element_wise(texts, numbers, "-")
        pattern = rf"(?s)^(?P<head>[^{self.place}]*)(?P<tail>.*)$"
        head, tail = pc.extract_regex(texts, pattern).flatten()
        sign = "." if self.place == "@" else "-"
        return pc.binary_join_element_wise(head, sign, numbers, tail, "")


def place_of_number(method: str) -> Place | None:
    """Where the values of this provider method can take a number and stay of their form; None
    where they cannot."""
    if method.endswith("email"):
        return "@"
    if method in {"domain_name", "hostname", "safe_domain_name"}:
        return "."
    return "end" if method in NUMBERED else None
